//! Loads machine code that is our own: what the build script made of the built-in
//! connector, and what a process that this one started has compiled.
//!
//! The one place with unsafe code in the host: wasmtime trusts such bytes. No machine
//! code from a file, a network or a user comes here.
#![allow(unsafe_code)]

use super::builtin::Build;
use super::compiler::Code;
use wasmtime::Engine;
use wasmtime::component::Component;

#[cfg(feature = "builtin")]
use std::borrow::Cow;

#[cfg(feature = "builtin")]
use miniz_oxide::inflate::decompress_to_vec_zlib;

#[cfg(feature = "builtin")]
const LEAN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connector.cwasm"));
#[cfg(feature = "builtin")]
const COMPLETE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/complete.cwasm.zz"));

/// A built-in connector, if this machine can run the code as it was compiled.
/// Else (an older processor, other settings) the caller compiles it anew.
#[cfg(feature = "builtin")]
pub(super) fn load(engine: &Engine, build: Build) -> Option<Component> {
    let code: Cow<'static, [u8]> = match build {
        Build::Lean => LEAN.into(),
        // Not every host needs it, and it is large: it is kept compressed.
        Build::Complete => decompress_to_vec_zlib(COMPLETE).ok()?.into(),
        Build::Service => return None,
    };
    // SAFETY: both were written by `Engine::precompile_component` of the same
    // wasmtime release, in our build script, and are read-only since. wasmtime
    // itself checks version, settings and processor features.
    unsafe { Component::deserialize(engine, code) }.ok()
}

/// There is none.
#[cfg(not(feature = "builtin"))]
pub fn load(_: &Engine, build: Build) -> Option<Component> {
    match build {}
}

/// The component that a process of our own compiled.
///
/// # Errors
/// If it was compiled for another processor or by another version.
pub(super) fn adopt(engine: &Engine, code: &Code) -> wasmtime::Result<Component> {
    // SAFETY: only `Compiler` makes a `Code`, of what a process wrote that it started
    // with a program which its caller vouches for, through a pipe that nobody else has.
    unsafe { Component::deserialize(engine, &code.0) }
}
