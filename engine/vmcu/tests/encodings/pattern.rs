//! Encodings as the manual prints them: bits, and letters for the fields.

/// A 16- or 32-bit encoding. In its text 0 and 1 are fixed, `o` and `l` are bits that should be 0 and 1, every other
/// letter is a field, its bits in order wherever they lie.
pub struct Pattern {
    pub long: bool,
    /// Fixed bits.
    pub mask: u32,
    pub value: u32,
    /// Bits that should be one.
    pub ones: u32,
    /// Fields: letter and bit positions, the highest first.
    pub fields: Vec<(char, Vec<u32>)>,
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        let bits: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
        assert!(
            matches!(bits.len(), 16 | 32),
            "{text} has {} bits",
            bits.len()
        );
        let (mut mask, mut value, mut ones) = (0, 0, 0);
        let mut fields: Vec<(char, Vec<u32>)> = Vec::new();
        for (place, letter) in bits.iter().enumerate() {
            let bit = (bits.len() - 1 - place) as u32;
            match letter {
                '0' => mask |= 1 << bit,
                '1' => {
                    mask |= 1 << bit;
                    value |= 1 << bit;
                }
                'o' => {}
                'l' => ones |= 1 << bit,
                _ => match fields.iter_mut().find(|(known, _)| known == letter) {
                    Some((_, bits)) => bits.push(bit),
                    None => fields.push((*letter, vec![bit])),
                },
            }
        }
        Self {
            long: bits.len() == 32,
            mask,
            value,
            ones,
            fields,
        }
    }

    fn bits(&self, letter: char) -> &[u32] {
        let field = self.fields.iter().find(|(known, _)| *known == letter);
        &field.unwrap_or_else(|| panic!("no field {letter}")).1
    }

    pub fn has(&self, letter: char) -> bool {
        self.fields.iter().any(|(known, _)| *known == letter)
    }

    pub fn get(&self, opcode: u32, letter: char) -> u32 {
        let bits = self.bits(letter).iter();
        bits.fold(0, |value, bit| value << 1 | opcode >> bit & 1)
    }

    pub fn set(&self, opcode: u32, letter: char, value: u32) -> u32 {
        let bits = self.bits(letter).iter().rev().enumerate();
        bits.fold(opcode, |opcode, (k, bit)| {
            opcode & !(1 << bit) | (value >> k & 1) << bit
        })
    }
}
