//! The implemented encodings, named as in the Armv7-M Architecture Reference Manual (DDI 0403E, chapter A7) and the
//! Armv8-M one (DDI 0553), with the rules that keep random instances of them predictable.

mod branch;
mod data;
mod dsp;
mod float;
mod immediate;
mod memory;
mod multiple;
mod multiply;
mod system;
mod undefined;
mod v8;

use crate::board::Board;
use crate::case::Case;
use crate::pattern::Pattern;

/// Instruction classes of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    DataProcessing,
    MultiplyDivide,
    Dsp,
    Saturating,
    BitField,
    LoadStore,
    Exclusive,
    Branch,
    System,
    FloatSingle,
    FloatDouble,
    V8,
    Undefined,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Self::DataProcessing => "data processing",
            Self::MultiplyDivide => "multiply and divide",
            Self::Dsp => "DSP and SIMD",
            Self::Saturating => "saturating",
            Self::BitField => "bit field",
            Self::LoadStore => "load and store",
            Self::Exclusive => "exclusive",
            Self::Branch => "branch",
            Self::System => "system",
            Self::FloatSingle => "single precision",
            Self::FloatDouble => "double precision",
            Self::V8 => "Armv8-M",
            Self::Undefined => "undefined",
        }
    }
}

/// Where an encoding may stand in an IT block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InIt {
    Any,
    Last,
    Never,
}

/// Which floating-point operands a case is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float {
    None,
    Single,
    Double,
}

/// Finishes a case whose fields have been drawn; false when they are UNPREDICTABLE together.
pub type Make = Box<dyn Fn(&mut Case) -> bool>;

pub struct Encoding {
    pub name: String,
    pub class: Class,
    pub pattern: Pattern,
    pub it: InIt,
    pub float: Float,
    /// Bytes on either side of the instruction that branches may land in.
    pub room: u32,
    /// Bytes of the instructions before the one under test.
    pub before_bytes: u32,
    pub make: Make,
}

pub fn encoding(class: Class, name: impl Into<String>, bits: impl AsRef<str>) -> Encoding {
    Encoding {
        name: name.into(),
        class,
        pattern: Pattern::new(bits.as_ref()),
        it: InIt::Any,
        float: Float::None,
        room: 0,
        before_bytes: 0,
        make: Box::new(|_| true),
    }
}

impl Encoding {
    pub fn make(self, make: impl Fn(&mut Case) -> bool + 'static) -> Self {
        let make = Box::new(make);
        Self { make, ..self }
    }

    pub fn it(self, it: InIt) -> Self {
        Self { it, ..self }
    }

    pub fn room(self, room: u32) -> Self {
        Self { room, ..self }
    }

    /// With a prologue of this length; not in IT blocks, whose state the prologue would use up.
    pub fn after(self, before_bytes: u32) -> Self {
        Self {
            before_bytes,
            ..self.it(InIt::Never)
        }
    }

    pub fn float(self, float: Float) -> Self {
        Self { float, ..self }
    }
}

/// The encodings, and after them the undefined space.
pub fn encodings_and_undefined(board: &Board) -> Vec<Encoding> {
    let mut all = encodings(board);
    undefined::add(&mut all);
    all
}

/// All encodings of this board's core.
pub fn encodings(board: &Board) -> Vec<Encoding> {
    let mut all = Vec::new();
    data::add(&mut all);
    immediate::add(&mut all);
    multiply::add(&mut all);
    dsp::add(&mut all);
    memory::add(&mut all);
    multiple::add(&mut all);
    branch::add(&mut all);
    system::add(&mut all);
    float::add(board, &mut all);
    if board.is_v8() {
        v8::add(&mut all);
    }
    all
}
