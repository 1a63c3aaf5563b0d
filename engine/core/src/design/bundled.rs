//! The designs that come with the program: those of the folder `models`.

use super::error::DesignError;
use super::types::Design;

/// A design of `models/`, as text.
#[derive(Clone, Copy, Debug)]
pub struct Bundled {
    /// The file's name without its ending; the design's own name.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! bundled {
    ($($name:literal),+ $(,)?) => {
        &[$(Bundled {
            name: $name,
            text: include_str!(concat!("../../../../models/", $name, ".ron")),
        }),+]
    };
}

/// All of them, by name.
pub const BUNDLED: &[Bundled] = bundled![
    "mbv2-w0.3-r80",
    "mbv2-w0.35-r144",
    "mcunet-10fps",
    "mcunet-256kb-1mb",
    "mcunet-256kb-1mb-int4",
    "mcunet-320kb-1mb",
    "mcunet-320kb-1mb-int4",
    "mcunet-512kb-2mb",
    "mcunet-512kb-2mb-int4",
    "mcunet-5fps",
    "mcunet-vww1",
    "mcunet-vww2",
    "mlperf-ad",
    "mlperf-kws",
    "mlperf-resnet8",
    "mlperf-vww",
    "mobilenetv2-1.0-r224",
    "mobilenetv2-rd-r224",
    "msf-mbv2-w0.35-r144",
    "proxyless-mobile",
    "proxyless-w0.25-r112",
    "proxyless-w0.3-r176",
    "proxyless-w0.3-r64",
];

/// The bundled design of this name.
///
/// # Errors
/// When there is none.
pub fn bundled(name: &str) -> Result<Design, DesignError> {
    let found = BUNDLED.iter().find(|bundled| bundled.name == name);
    let found = found.ok_or(DesignError::Unknown)?;
    Design::from_ron(found.text.as_bytes())
}
