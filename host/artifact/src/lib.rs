//! The components as they were built from `guest`, or as `SERVO_WEBHOOKS_COMPONENT` and
//! `SERVO_WEBHOOKS_SERVICE` named them, with their digests.
#![no_std]

/// A component's file.
#[derive(Debug)]
pub struct Artifact {
    /// What the file holds.
    pub bytes: &'static [u8],
    /// SHA-256 in lower-case hex: to make it at each start would bring all of the file into
    /// memory.
    pub digest: &'static str,
}

macro_rules! artifact {
    ($name:literal) => {
        Artifact {
            bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm")),
            digest: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".sha256")),
        }
    };
}

/// The connector without expressions.
pub static LEAN: Artifact = artifact!("connector");

/// The connector with everything.
pub static COMPLETE: Artifact = artifact!("complete");

/// The service, with the complete connector inside.
pub static SERVICE: Artifact = artifact!("service");
