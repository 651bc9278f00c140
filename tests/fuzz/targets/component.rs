//! A component is loaded or refused: by its bytes, and by a process of its own as the
//! program does it, which is not needed to find what the loader falls over.
#![no_main]

use libfuzzer_sys::fuzz_target;
use servo_webhooks::{Component, Connector};

fuzz_target!(|bytes: &[u8]| {
    let _ = Connector::new(&Component::from_bytes("fuzz", bytes.to_vec()));
});
