//! Webhooks before and after the events of a servo, decided in a WebAssembly sandbox.
//!
//! A servo measures and tunes a running service. [`Webhooks`] hooks into its events
//! over HTTP: it asks before an event, and a responder may cancel it; it tells after
//! an event. What a configuration means, what is sent, how it is signed and what an
//! answer does is decided by a component of the WIT world `webhook-connector`, which
//! imports nothing; this crate does HTTP, timers and the hooks.
//!
//! # Features
//!
//! - `builtin` (default): the connector itself, compiled when the crate is built, and the
//!   components as files to pass on.
//! - `yaml` (default): configurations in YAML. Without it they are JSON.
//! - `compile`: compiles components from elsewhere, with cranelift. Without it such a component
//!   needs another program that does ([`Connector::isolated`]).
//! - `service`: holds a service, a component of WASI.
//! - `metrics`: metrics as text for Prometheus.
//! - `traces`: exports spans by OTLP over HTTP ([`Traces`]).
//! - `validate`: warns of events that do not fit their declared types.
//!
//! ```no_run
//! use servo_webhooks::{Configuration, Connector, Dispatched, Event, Options, LoadOptions, Results, Webhooks};
//!
//! # async fn servo() -> Result<(), Box<dyn std::error::Error>> {
//! let connector = Connector::built_in()?;
//! let configuration = Configuration::load(&connector, "servo.yaml".as_ref(), &LoadOptions::default())?;
//! let webhooks = Webhooks::start(configuration, Options::from_env()?, ())?;
//! let event = Event::new("adjust")?.with_parameters(&serde_json::json!({"adjustments": []}))?;
//! match webhooks.dispatch(&event, async || ("adjusted", Results::new())).await? {
//!     Dispatched::Done { value, .. } => println!("{value}"),
//!     Dispatched::Cancelled { reason, .. } => println!("cancelled: {reason}"),
//! }
//! webhooks.shutdown(std::time::Duration::from_secs(10)).await;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(not(test), warn(unreachable_pub))]
#![cfg_attr(
    not(feature = "__internal"),
    allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "some of it is for the program of this repository alone"
    )
)]

mod ask;
mod attempt;
mod clock;
mod config;
mod connector;
mod deadline;
mod delivery;
mod error;
mod event;
mod file;
#[cfg(feature = "service")]
mod hosted;
mod inspect;
#[cfg(feature = "__internal")]
mod internal;
mod ledger;
mod log_limit;
mod observe;
mod option_names;
mod option_setters;
mod options;
mod outbound;
mod render;
mod trace;
mod webhooks;

/// For this repository alone.
#[cfg(feature = "__internal")]
#[doc(hidden)]
pub mod __internal {
    pub use crate::internal::*;
}

/// A held service: a component of WASI that takes requests and sends its own.
#[cfg(feature = "service")]
pub mod service {
    pub use crate::hosted::*;
}

pub use config::configuration::Configuration;
pub use config::load_options::{LoadMode, LoadOptions};
pub use config::retries::Retries;
pub use config::webhook::{OnError, Webhook};
pub use config::{Problem, Problems, Reference, Resolver, Severity, Text, WebhookSpec};
pub use connector::{Compiler, Component, ComponentInfo, Connector, Metadata};
pub use delivery::observer::{AttemptRecord, Observer};
pub use delivery::outcome::{
    BreakerRecord, BreakerState, DeliveryOutcome, DeliveryStatus, EventDecision, EventOutcome,
    Publication, WebhookOutcome, WebhookStatus,
};
pub use error::Error;
pub use event::catalogue::{Catalogue, CustomEvent};
pub use event::decided::{Asked, Decision, QuestionEnd, Reception, Told};
pub use event::event::{Event, Results};
pub use event::input::Input;
pub use event::message::Message;
#[cfg(feature = "service")]
pub use hosted::Service;
pub use inspect::dry_run::{DryRun, Explanation, PreparedRequest};
pub use inspect::event_schema::{Description, sample, schema};
pub use inspect::trigger::{AnswerEffect, TriggerResult};
#[cfg(feature = "store")]
pub use ledger::{Salvage, StoreHealth, StoreOptions, SyncMode};
pub use observe::histogram::Durations;
#[cfg(feature = "metrics")]
pub use observe::metrics::Metrics;
pub use observe::snapshot::WebhookSnapshot;
pub use observe::webhook_counters::{AttemptClass, WebhookCounts};
pub use option_names::OptionNames;
pub use options::Options;
pub use outbound::{Allow, Class, Proxies, Refused, Transport};
#[cfg(feature = "traces")]
pub use trace::Traces;
pub use webhooks::Webhooks;
pub use webhooks::dispatch::{Dispatched, Tried};
pub use webhooks::submission::Submission;

/// The Rust of the documents, compiled and run as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../../../docs/concepts/signatures.md")]
#[doc = include_str!("../../../docs/guides/embedding.md")]
struct Documents;
