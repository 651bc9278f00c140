//! Generated from the WIT. The records of `wit/connector.wit`, one to one.
//!
//! They derive `Debug`, which would show secrets: what leaves this module is
//! converted to types that redact.
#![allow(missing_docs)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "webhook-connector",
    ownership: Borrowing { duplicate_if_necessary: true },
});

pub use exports::servo::webhooks::connector::*;

impl<'a> From<&'a [u8]> for Content<'a> {
    /// Text wherever it is UTF-8.
    fn from(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(_) => Self::Binary(bytes),
        }
    }
}
