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
