//! What all instances of a service share.

use super::guest::Guest;
use super::guest_stdio::{Lines, Log};
use super::limits::Limits;
use super::outgoing::Egress;
use crate::connector::engine::Engine;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::{Semaphore, watch};
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

/// The body of an instance's answer, as its engine has it.
pub(super) type GuestBody = UnsyncBoxBody<Bytes, Error>;

/// What all instances of a service share.
pub(super) struct Inner {
    pub engine: Arc<Engine>,
    pub pre: ProxyPre<Guest>,
    pub environment: Vec<(String, String)>,
    pub limits: Limits,
    pub egress: Arc<Egress>,
    pub lines: Lines,
    pub log: Arc<Log>,
    pub permits: Arc<Semaphore>,
    pub ended: watch::Sender<bool>,
    /// Instances so far, and those that failed.
    pub begun: AtomicU64,
    pub failed: AtomicU64,
}
