//! What the linked image holds: sizes, and the addresses of variables and functions. Read from the ELF file.

use crate::error::BoardError;
use crate::protocol::crc32;
use crate::toolchain::Architecture;
use object::read::elf::{ElfFile32, ProgramHeader as _};
use object::{Object as _, ObjectSection as _, ObjectSegment as _, ObjectSymbol as _, SymbolKind};
use std::collections::BTreeMap;

/// Sizes and symbols of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Code, constants and the image of initialised data, in bytes of flash; 0 of a program that runs from RAM.
    pub flash_bytes: u64,
    /// Initialised data, zeroed data and arena, in bytes of RAM; the stack is apart. Of a program that runs from RAM its
    /// code and constants, too.
    pub ram_bytes: u64,
    /// Stack reserved, in bytes, its guard included.
    pub stack_bytes: u64,
    /// Address of the stack's reserve: its guard is at the bottom.
    pub stack_base: u64,
    /// Arena with its guards: address and bytes.
    pub arena: (u64, u64),
    /// CRC-32 of what is loaded, from its first to its last byte.
    pub flash_crc: u32,
    /// What is loaded: address of its first byte, and bytes.
    pub loaded: (u64, u64),
    /// Where it begins to run. Arm's processors know from their vectors, RISC-V's have to be told.
    pub entry: u64,
    /// The instruction set.
    pub architecture: Architecture,
    /// Address of each variable.
    pub variables: BTreeMap<String, u64>,
    /// Functions by address: first byte, size, name.
    pub functions: Vec<(u64, u64, String)>,
}

impl Image {
    /// The function that holds this code address.
    pub fn function_at(&self, address: u32) -> Option<&str> {
        // Arm's code addresses say by their lowest bit which instruction set they lead to.
        let address = u64::from(address & !1);
        let after = self.functions.partition_point(|f| f.0 <= address);
        let (start, bytes, name) = self.functions.get(after.checked_sub(1)?)?;
        (address < start + (*bytes).max(2)).then_some(name)
    }

    /// The address of a variable of the firmware.
    ///
    /// # Errors
    /// [`BoardError::Protocol`] when the image has none of this name.
    pub fn variable(&self, name: &str) -> Result<u64, BoardError> {
        self.variables
            .get(name)
            .copied()
            .ok_or_else(|| BoardError::Protocol {
                message: format!("the image has no `{name}`"),
            })
    }
}

/// Gaps between segments up to this length are programmed as erased flash.
const GAP_BYTES: u64 = 4096;
/// Value of a byte of erased flash.
const ERASED: u8 = 0xFF;
/// Most that an image may load: no microcontroller has as much flash. Segments may share bytes of the file, so that its
/// size bounds nothing.
const MAX_LOADED_BYTES: usize = 64 << 20;

/// What is programmed, by address: the loaded segments, with small gaps between them filled as erased flash is.
///
/// # Errors
/// [`BoardError::Protocol`] when the bytes are not a 32-bit ELF image, or segments overlap, or load more than 64 MiB.
pub fn load_blocks(elf: &[u8]) -> Result<Vec<(u64, Vec<u8>)>, BoardError> {
    let bad = |message: String| BoardError::Protocol {
        message: format!("the linked image cannot be read: {message}"),
    };
    let file =
        ElfFile32::<object::Endianness>::parse(elf).map_err(|error| bad(error.to_string()))?;
    let endian = file.endian();
    let mut segments = Vec::new();
    for header in file.elf_program_headers() {
        if header.p_type(endian) != object::elf::PT_LOAD {
            continue;
        }
        let data = header
            .data(endian, elf)
            .map_err(|()| bad("it ends early".to_owned()))?;
        if !data.is_empty() {
            segments.push((u64::from(header.p_paddr(endian)), data));
        }
    }
    // The bytes of segments, and the longest gaps before them.
    let most = segments
        .iter()
        .map(|(_, data)| data.len() + GAP_BYTES as usize);
    if most.sum::<usize>() > MAX_LOADED_BYTES {
        return Err(bad(format!(
            "it loads more than {} MiB",
            MAX_LOADED_BYTES >> 20
        )));
    }
    segments.sort_by_key(|segment| segment.0);
    let mut blocks: Vec<(u64, Vec<u8>)> = Vec::new();
    for (address, data) in segments {
        match blocks.last_mut() {
            Some((start, block)) if address < *start + block.len() as u64 + GAP_BYTES => {
                let filled = (address - *start) as usize;
                if filled < block.len() {
                    return Err(bad(format!("segments overlap at {address:#010x}")));
                }
                block.resize(filled, ERASED);
                block.extend(data);
            }
            _ => blocks.push((address, data.to_vec())),
        }
    }
    Ok(blocks)
}

/// Reads an image for Arm or RISC-V.
///
/// # Errors
/// [`BoardError::Protocol`] when the bytes are not such an image.
pub fn read_image(elf: &[u8]) -> Result<Image, BoardError> {
    let bad = |message: String| BoardError::Protocol {
        message: format!("the linked image cannot be read: {message}"),
    };
    let file = object::File::parse(elf).map_err(|e| bad(e.to_string()))?;
    let architecture = match file.architecture() {
        object::Architecture::Arm => Architecture::Arm,
        object::Architecture::Riscv32 => Architecture::RiscV,
        other => return Err(bad(format!("it is for {other:?}"))),
    };
    let blocks = load_blocks(elf)?;
    // Every loaded byte takes memory: code, constants, and initialised data at its load address.
    let loaded_bytes = file.segments().map(|segment| segment.file_range().1).sum();
    let (flash_bytes, ram_bytes) = match architecture {
        Architecture::Arm => (loaded_bytes, 0),
        Architecture::RiscV => (0, loaded_bytes),
    };
    let first = blocks.first();
    let mut image = Image {
        flash_crc: first.map_or(0, |(_, bytes)| crc32(bytes)),
        loaded: first.map_or((0, 0), |(start, bytes)| (*start, bytes.len() as u64)),
        entry: file.entry(),
        architecture,
        flash_bytes,
        ram_bytes,
        stack_bytes: 0,
        stack_base: 0,
        arena: (0, 0),
        variables: BTreeMap::new(),
        functions: Vec::new(),
    };
    for section in file.sections() {
        let writable = matches!(
            section.flags(),
            object::SectionFlags::Elf { sh_flags }
                if sh_flags & u64::from(object::elf::SHF_WRITE | object::elf::SHF_ALLOC)
                    == u64::from(object::elf::SHF_WRITE | object::elf::SHF_ALLOC)
        );
        match section.name() {
            Ok(".stack") => {
                image.stack_bytes += section.size();
                image.stack_base = section.address();
            }
            _ if writable => image.ram_bytes += section.size(),
            _ => {}
        }
        if section.name() == Ok(".arena") {
            image.arena = (section.address(), section.size());
        }
    }
    for symbol in file.symbols().filter(|s| !s.is_undefined()) {
        let Ok(name) = symbol.name() else { continue };
        match symbol.kind() {
            SymbolKind::Data => {
                image.variables.insert(name.to_owned(), symbol.address());
            }
            SymbolKind::Text if !name.starts_with('$') => {
                image
                    .functions
                    .push((symbol.address() & !1, symbol.size(), name.to_owned()));
            }
            _ => {}
        }
    }
    image.functions.sort();
    Ok(image)
}
