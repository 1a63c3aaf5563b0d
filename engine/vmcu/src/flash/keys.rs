//! ST's unlock keys: a pair of words, and a lock that a wrong one jams until reset.

use super::Refused;

/// Unlock keys of the control register, in order, the same in every family.
pub const ST_KEYS: [u32; 2] = [0x4567_0123, 0xCDEF_89AB];
/// Unlock keys of the option bytes.
pub const ST_OPTION_KEYS: [u32; 2] = [0x0819_2A3B, 0x4C5D_6E7F];

/// Progress through a pair of unlock keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// Nothing given yet.
    #[default]
    Locked,
    /// The first key.
    HalfOpen,
    /// Both.
    Open,
    /// A wrong key: shut until the next reset.
    Jammed,
}

impl Keys {
    /// A key is written: the second opens the lock, which clears the bits `lock` of its control `register`. A wrong key
    /// is a bus error and jams the lock; keys for an open lock change nothing.
    pub fn offer(
        &mut self,
        key: u32,
        pair: [u32; 2],
        register: &mut u32,
        lock: u32,
    ) -> Result<(), Refused> {
        *self = match (*self, key) {
            (Self::Locked, k) if k == pair[0] => Self::HalfOpen,
            (Self::HalfOpen, k) if k == pair[1] => Self::Open,
            (Self::Open, _) => Self::Open,
            _ => {
                *self = Self::Jammed;
                return Err(Refused);
            }
        };
        if self.is_open() {
            *register &= !lock;
        }
        Ok(())
    }

    /// Whether both keys were given.
    pub fn is_open(self) -> bool {
        self == Self::Open
    }
}
