//! Every decision about a delivery of servo webhooks: which webhooks an event concerns,
//! what they are sent, how it is signed, and what an answer does to the event.
//!
//! Pure functions over plain data, without clocks, randomness or I/O. The crate
//! `connector` exports them as a WebAssembly component; the records here are
//! those of its WIT world, one to one.

pub mod addressee;
pub mod answer;
pub mod backoff;
mod cancel;
pub mod cloudevents;
pub mod created;
pub mod duration;
pub mod envelope;
#[cfg(feature = "expressions")]
pub mod expression;
#[cfg(not(feature = "expressions"))]
#[path = "no_expression.rs"]
pub mod expression;
pub mod header;
pub mod notification;
pub mod outcome;
pub mod policy;
pub mod protected_header;
pub mod reason;
pub mod record;
pub mod render;
pub mod retry_after;
pub mod sanitize;
pub mod scheme;
pub mod selector;
pub mod shape;
#[cfg(feature = "signatures")]
pub mod signature;
pub mod suggestion;
pub mod trace_context;

pub use json;
