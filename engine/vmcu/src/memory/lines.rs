//! What is known of each 16 bytes of memory: whether an access there is anything but plain. Loads and stores test one
//! byte, so that protection, caches and decoded code cost nothing where they have nothing to say.

/// Bytes of one line (16), the least that any rule distinguishes: half a line of the Cortex-M7's caches, a line of
/// STM32 flash interfaces.
pub(super) const LINE_BITS: u32 = 4;

/// Decoded code lies here: stores must drop it.
pub(crate) const CODE: u8 = 1;
/// Privileged code may not load.
pub(crate) const NO_READ: u8 = 1 << 1;
/// Privileged code may not store.
pub(crate) const NO_WRITE: u8 = 1 << 2;
/// Unprivileged code may not load.
pub(crate) const NO_USER_READ: u8 = 1 << 3;
/// Unprivileged code may not store.
pub(crate) const NO_USER_WRITE: u8 = 1 << 4;
/// A data access takes longer than a hit.
pub(crate) const SLOW_DATA: u8 = 1 << 5;
/// A fetch takes longer than a hit.
pub(crate) const SLOW_FETCH: u8 = 1 << 6;
/// Caches may not hold it, because the memory protection unit says so.
pub(crate) const NOT_CACHED: u8 = 1 << 7;

/// All that protection decides.
pub(crate) const PROTECTION: u8 = NO_READ | NO_WRITE | NO_USER_READ | NO_USER_WRITE | NOT_CACHED;

/// Which of the protecting flags count at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Guard {
    /// None: the memory protection unit is off.
    #[default]
    Off,
    /// Those of privileged code.
    Privileged,
    /// Those of unprivileged code.
    User,
}

impl Guard {
    /// Flags that forbid a load.
    pub const fn no_read(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Privileged => NO_READ,
            Self::User => NO_USER_READ,
        }
    }

    /// Flags that forbid a store.
    pub const fn no_write(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Privileged => NO_WRITE,
            Self::User => NO_USER_WRITE,
        }
    }
}
