//! Loads the machine code that the build script made of the built-in connector.
//!
//! The one place with unsafe code in the host: wasmtime trusts such bytes, so they
//! may only be those that this very crate was built with. They are part of the
//! program itself; nothing from a file, a network or a user comes here.
#![allow(unsafe_code)]

use super::component::Build;
use wasmtime::Engine;
use wasmtime::component::Component;

const LEAN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connector.cwasm"));
const COMPLETE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/complete.cwasm"));

/// A built-in connector, if this machine can run the code as it was compiled.
/// Else (an older processor, other settings) the caller compiles it anew.
pub fn load(engine: &Engine, build: Build) -> Option<Component> {
    let code = match build {
        Build::Lean => LEAN,
        Build::Complete => COMPLETE,
    };
    // SAFETY: both were written by `Engine::precompile_component` of the same
    // wasmtime release, in our build script, and are read-only since. wasmtime
    // itself checks version, settings and processor features.
    unsafe { Component::deserialize(engine, code) }.ok()
}
