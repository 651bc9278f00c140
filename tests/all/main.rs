//! End to end: the real program against real servers on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod answers;
mod artefact;
mod breakers;
mod canaries;
mod captures;
mod commands;
mod compatibility;
mod components;
mod configurations;
mod conformance;
mod expressions;
mod formats;
mod fuel;
mod library;
mod proxies;
mod readme;
mod rehearsal;
mod reload;
mod requests;
mod responders;
mod retries;
mod run;
mod scenarios;
mod schemas;
mod secrets;
mod serve;
mod signals;
mod support;
mod tls;
mod wit;
