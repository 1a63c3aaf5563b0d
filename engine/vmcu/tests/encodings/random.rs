//! Random numbers, and operands that are often edge cases.

/// The `SplitMix64` generator.
pub struct Random(pub u64);

const EDGES: [u32; 21] = [
    0,
    1,
    2,
    31,
    32,
    33,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_ffff,
    0x8000_8000,
    0x7fff_7fff,
    0xffff_0000,
    0x00ff_00ff,
    0x8080_8080,
];

/// Zeros, ones, infinities, NaNs of both kinds, subnormals, limits of integers, halves, limits of half precision.
const SINGLES: [u32; 24] = [
    0,
    0x8000_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0xffc1_2345,
    0x7f80_0001,
    0xffa0_0000,
    1,
    0x807f_ffff,
    0x0080_0000,
    0x7f7f_ffff,
    0x4f00_0000,
    0xcf00_0000,
    0x4f80_0000,
    0x3f00_0000,
    0x3fc0_0000,
    0x4020_0000,
    0x477f_e000,
    0x3380_0000,
    0x387f_c000,
    0x4eff_ffff,
];

/// The same for double precision, and limits of single precision.
const DOUBLES: [u64; 24] = [
    0,
    1 << 63,
    0x3ff0 << 48,
    0xbff0 << 48,
    0x7ff0 << 48,
    0xfff0 << 48,
    0x7ff8 << 48,
    0xfff8_1234_5678_9abc,
    0x7ff0_0000_0000_0001,
    0xfff4 << 48,
    1,
    0x800f_ffff_ffff_ffff,
    0x0010 << 48,
    0x7fef_ffff_ffff_ffff,
    0x41e0 << 48,
    0xc1e0 << 48,
    0x41f0 << 48,
    0x3fe0 << 48,
    0x3ff8 << 48,
    0x47ef_ffff_f000_0000,
    0x47ef_ffff_e000_0000,
    0x3690 << 48,
    0x380f_ffff_e000_0000,
    0x41df_ffff_ffc0_0000,
];

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    pub fn word(&mut self) -> u32 {
        (self.next() >> 32) as u32
    }

    /// Evenly from `0 .. limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        ((u64::from(self.word()) * u64::from(limit)) >> 32) as u32
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }

    /// An integer that is often an edge case.
    pub fn operand(&mut self) -> u32 {
        let value = self.word();
        match self.below(8) {
            0 => self.pick(&EDGES),
            1 => value & 0xff,
            2 => i32::from(value as u8 as i8) as u32,
            3 => value & 0x3f,
            _ => value,
        }
    }

    /// A single-precision bit pattern that is often special.
    pub fn single(&mut self) -> u32 {
        let value = self.word();
        match self.below(8) {
            0 => self.pick(&SINGLES),
            1 => value,
            // Subnormal.
            2 => value & 0x807f_ffff,
            // Close to 1, so that sums cancel.
            3 => value & 0x80ff_ffff | 0x3f00_0000,
            // A small multiple of a quarter, so that results are exact or tie.
            4 => value & 0x8000_0000 | (0x3e80_0000 + ((value & 15) << 21)),
            _ => value & 0x807f_ffff | (0x70 + (value >> 23 & 31)) << 23,
        }
    }

    /// A double-precision bit pattern that is often special.
    pub fn double(&mut self) -> u64 {
        let value = self.next();
        let sign = value & 1 << 63;
        let fraction = value & ((1 << 52) - 1);
        match self.below(10) {
            0 => self.pick(&DOUBLES),
            1 => value,
            2 => sign | fraction,
            3 => sign | fraction | (0x3fe + (value >> 52 & 1)) << 52,
            4 => sign | ((0x3fd << 52) + ((value & 15) << 50)),
            // About where single precision ends, on either side.
            5 => sign | fraction | (0x47c + (value >> 52 & 7)) << 52,
            6 => sign | fraction | (0x366 + (value >> 52 & 31)) << 52,
            // Exact or halfway in single precision.
            7 => sign | fraction & !((1 << 28) - 1) | (0x3f0 + (value >> 52 & 31)) << 52,
            _ => sign | fraction | (0x3f0 + (value >> 52 & 63)) << 52,
        }
    }
}
