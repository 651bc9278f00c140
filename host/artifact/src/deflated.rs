//! A file that is kept compressed.

use miniz_oxide::inflate::decompress_to_vec_zlib;
use std::sync::OnceLock;

/// One that this crate's own build script has compressed.
pub struct Deflated {
    deflated: &'static [u8],
    bytes: OnceLock<Vec<u8>>,
}

impl Deflated {
    pub const fn new(deflated: &'static [u8]) -> Self {
        Self {
            deflated,
            bytes: OnceLock::new(),
        }
    }

    /// What it holds. It cannot be broken: the build script has read it back.
    pub fn get(&'static self) -> &'static [u8] {
        let inflate = || decompress_to_vec_zlib(self.deflated).unwrap_or_default();
        self.bytes.get_or_init(inflate)
    }
}
