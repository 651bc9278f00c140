//! The components as they were built from `guest`, or as `SERVO_WEBHOOKS_COMPONENT` and
//! `SERVO_WEBHOOKS_SERVICE` named them, with their digests.

mod deflated;

use deflated::Deflated;
use std::fmt;
use std::ops::Range;

/// A component's file.
pub struct Artifact {
    /// SHA-256 in lower-case hex: to make it at each start would bring all of the file into
    /// memory.
    pub digest: &'static str,
    bytes: Bytes,
}

enum Bytes {
    Plain(&'static [u8]),
    Within(&'static Deflated, Range<usize>),
}

impl Artifact {
    /// What the file holds. Those that are seldom asked for are kept compressed, and stay in
    /// memory from the first time on.
    #[must_use]
    pub fn bytes(&'static self) -> &'static [u8] {
        match &self.bytes {
            Bytes::Plain(bytes) => bytes,
            Bytes::Within(file, place) => file.get().get(place.clone()).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for Artifact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Artifact").field(&self.digest).finish()
    }
}

include!(concat!(env!("OUT_DIR"), "/statics.rs"));

#[cfg(test)]
mod tests {
    use super::{Artifact, COMPLETE, LEAN, SERVICE};
    use sha2::{Digest, Sha256};

    #[test]
    fn the_bytes_are_those_of_the_digest() {
        for artifact in [&LEAN, &COMPLETE, &SERVICE] {
            let artifact: &'static Artifact = artifact;
            let digest = format!("{:x}", Sha256::digest(artifact.bytes()));
            assert_eq!(digest, artifact.digest);
        }
    }
}
