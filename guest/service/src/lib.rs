//! Servo webhooks as a service for WASI engines, of the world `webhook-service`.
//!
//! It takes events over `wasi:http/incoming-handler`, asks the connector what they mean,
//! and delivers through `wasi:http/outgoing-handler`. It decides nothing that the
//! connector decides.
// Nothing of it makes sense elsewhere, but for what its tests try.
#![cfg(any(target_family = "wasm", test))]

mod access;
mod answer;
mod attempt;
mod clock;
mod configuration;
mod delivery;
mod document;
mod fan_out;
mod frontend;
mod headers;
mod hooks;
mod input;
mod outbound;
mod output;
mod path;
mod problem;
mod publication;
mod question;
mod reactor;
mod secret_handles;
mod settings;
mod webhook;

/// Generated from the WIT; its unsafe code is that of the canonical ABI.
#[allow(
    missing_docs,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::pedantic
)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit", "../../wit/service"],
        world: "servo:webhooks-service/webhook-service",
        generate_all,
    });
    #[cfg(target_family = "wasm")]
    use super::Service;
    #[cfg(target_family = "wasm")]
    export!(Service);
}

use bindings::exports::wasi::http::incoming_handler::{Guest, IncomingRequest, ResponseOutparam};
use bindings::servo::webhooks::connector;
use bindings::wasi;

struct Service;

impl Guest for Service {
    /// Answers first, then delivers what was accepted; the engine keeps the instance
    /// until this returns.
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        reactor::block_on(frontend::serve(request, out));
    }
}
