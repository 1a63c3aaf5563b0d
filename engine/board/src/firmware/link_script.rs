//! Where image, stack and data lie on a chip.

use crate::chips::{instruction_address, main_region};
use crate::error::BoardError;
use crate::toolchain::{Architecture, architecture};
use std::fmt::Write as _;
use tinyscope_core::plan::{MemoryKind, MemoryRegion, Target};

/// The memory that a program is linked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Vectors, code, constants and the image of initialised data: flash, or the RAM by its address for instructions
    /// where the program runs from RAM.
    pub code: MemoryRegion,
    /// Stack, data and arena; of a program that runs from RAM its code and constants, too.
    pub ram: MemoryRegion,
    /// Stack in bytes, its guard included. From flash, it lies at the bottom of the RAM, so that an overflow meets the
    /// guard, or leaves the RAM, and faults.
    pub stack_bytes: u64,
}

impl Placement {
    /// Whether the image is loaded into RAM, and flash left alone.
    pub fn runs_from_ram(&self) -> bool {
        self.code.kind == MemoryKind::Ram
    }
}

/// Chooses the largest flash and the largest RAM of the target. RISC-V programs run from RAM: the chips of that kind
/// that are known have their flash behind a cache, which their own boot program sets up.
///
/// # Errors
/// [`BoardError::DoesNotFit`] where there is none, or not room enough for a stack.
pub fn placement(target: &Target) -> Result<Placement, BoardError> {
    let region = |kind, what| {
        main_region(target, kind)
            .cloned()
            .ok_or_else(|| BoardError::DoesNotFit {
                chip: target.chip.clone(),
                what,
                needed_bytes: 1024,
                available_bytes: 0,
            })
    };
    let ram = region(MemoryKind::Ram, "SRAM")?;
    let code = if architecture(target.core) == Some(Architecture::RiscV) {
        MemoryRegion {
            base: instruction_address(&target.chip, &ram),
            ..ram.clone()
        }
    } else {
        region(MemoryKind::Flash, "flash")?
    };
    // Kernels keep their working memory in the arena, so little is needed; stack and the firmware's own data together
    // stay below what targets keep back.
    let stack_bytes = (ram.bytes / 16).clamp(1024, 2048) / 256 * 256;
    Ok(Placement {
        code,
        ram,
        stack_bytes,
    })
}

/// The linker script of a placement, for GNU ld and lld.
pub fn link_script(placement: &Placement) -> String {
    if placement.runs_from_ram() {
        from_ram(placement)
    } else {
        from_flash(placement)
    }
}

/// Code and constants, then stack, data and arena, all in one RAM. The code is linked to the RAM's address for
/// instructions and loaded by the one for data, so that the linker counts the same cells once.
fn from_ram(placement: &Placement) -> String {
    let Placement {
        code,
        ram,
        stack_bytes,
    } = placement;
    let guard_bytes = super::GUARD_BYTES;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "/* Everything in RAM: {}. The stack overflows into its guard. */
ENTRY(tinyscope_reset)
MEMORY
{{
    CODE (rx) : ORIGIN = {:#010x}, LENGTH = {:#x}
    RAM (rwx) : ORIGIN = {:#010x}, LENGTH = {:#x}
}}
/* Named, so that lld does not load the file's own headers, too. */
PHDRS
{{
    code PT_LOAD;
    constants PT_LOAD;
    stack PT_LOAD;
    data PT_LOAD;
    rest PT_LOAD;
}}
SECTIONS
{{
    .text : {{ *(.text .text.*) . = ALIGN(32); }} > CODE AT > RAM :code
    __code_start = ADDR(.text);
    __code_end = ADDR(.text) + SIZEOF(.text);
    .rodata : ALIGN(32) {{ *(.rodata .rodata.* .srodata .srodata.*) . = ALIGN(32); }} > RAM :constants
    __data_load = .;
    __image_start = ORIGIN(RAM);
    __image_end = __data_load + SIZEOF(.data);
    __flash_start = ORIGIN(CODE);
    __flash_end = ORIGIN(CODE) + LENGTH(CODE);
    __ram_start = ORIGIN(RAM);
    __ram_end = ORIGIN(RAM) + LENGTH(RAM);
    .stack ALIGN(__data_load + SIZEOF(.data), 32) (NOLOAD) : {{
        . = . + {guard_bytes};
        __stack_limit = .;
        . = . + {stack_bytes} - {guard_bytes};
        . = ALIGN(16);
        __stack_top = .;
    }} > RAM :stack
    .data : AT(__data_load) {{
        __data_start = .;
        *(.data .data.* .sdata .sdata.*)
        . = ALIGN(4);
        __data_end = .;
    }} > RAM :data
    /* lld would go on loading where .data was loaded. */
    .noinit (NOLOAD) : AT(ADDR(.noinit)) ALIGN(8) {{ KEEP(*(.noinit)) }} > RAM :rest
    .bss (NOLOAD) : AT(ADDR(.bss)) ALIGN(8) {{
        __bss_start = .;
        *(.bss .bss.* .sbss .sbss.* COMMON)
        . = ALIGN(4);
        __bss_end = .;
    }} > RAM :rest
    .arena (NOLOAD) : AT(ADDR(.arena)) ALIGN(32) {{ KEEP(*(.arena)) }} > RAM :rest
    /DISCARD/ : {{ *(.eh_frame .eh_frame.* .eh_frame_hdr .note.* .comment .riscv.attributes) }}
}}
",
        comment_safe(&ram.name),
        code.base,
        code.bytes,
        ram.base,
        ram.bytes,
    );
    text
}

fn from_flash(placement: &Placement) -> String {
    let Placement {
        code: flash,
        ram,
        stack_bytes,
    } = placement;
    let guard_bytes = super::GUARD_BYTES;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "/* Flash: {}. RAM: {}. The stack is at the bottom of the RAM: it overflows into its guard. */
ENTRY(tinyscope_reset)
MEMORY
{{
    FLASH (rx) : ORIGIN = {:#010x}, LENGTH = {:#x}
    RAM (rwx) : ORIGIN = {:#010x}, LENGTH = {:#x}
}}
SECTIONS
{{
    .vectors : {{ KEEP(*(.vectors)) }} > FLASH
    .text : {{ *(.text .text.*) }} > FLASH
    .rodata : ALIGN(16) {{ *(.rodata .rodata.*) . = ALIGN(4); }} > FLASH
    __image_start = ADDR(.vectors);
    __image_end = LOADADDR(.data) + SIZEOF(.data);
    __flash_start = ORIGIN(FLASH);
    __flash_end = ORIGIN(FLASH) + LENGTH(FLASH);
    __ram_start = ORIGIN(RAM);
    __ram_end = ORIGIN(RAM) + LENGTH(RAM);
    .stack (NOLOAD) : ALIGN(32) {{
        . = . + {guard_bytes};
        __stack_limit = .;
        . = . + {stack_bytes} - {guard_bytes};
        . = ALIGN(8);
        __stack_top = .;
    }} > RAM
    .data : ALIGN(8) {{
        __data_start = .;
        *(.data .data.*)
        . = ALIGN(4);
        __data_end = .;
    }} > RAM AT > FLASH
    __data_load = LOADADDR(.data);
    .noinit (NOLOAD) : ALIGN(8) {{ KEEP(*(.noinit)) }} > RAM
    .bss (NOLOAD) : ALIGN(8) {{
        __bss_start = .;
        *(.bss .bss.* COMMON)
        . = ALIGN(4);
        __bss_end = .;
    }} > RAM
    .arena (NOLOAD) : ALIGN(32) {{ KEEP(*(.arena)) }} > RAM
    /DISCARD/ : {{ *(.ARM.exidx .ARM.exidx.* .ARM.extab .ARM.extab.* .note.* .comment) }}
}}
",
        comment_safe(&flash.name),
        comment_safe(&ram.name),
        flash.base,
        flash.bytes,
        ram.base,
        ram.bytes,
    );
    text
}

/// Region names come from a registry of chips; nothing in them may end the comment.
fn comment_safe(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "+_- ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}
