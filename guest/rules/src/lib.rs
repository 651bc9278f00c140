//! Every decision of servo webhooks: what a configuration means, what a webhook
//! is sent, how it is signed, and what an answer does to the event.
//!
//! Pure functions over plain data, without clocks, randomness or I/O. The crate
//! `connector` exports them as a WebAssembly component; the records here are
//! those of its WIT world, one to one.

pub mod answer;
pub mod backoff;
pub mod cloudevents;
pub mod config;
pub mod created;
pub mod duration;
pub mod envelope;
#[cfg(feature = "expressions")]
mod expression;
#[cfg(not(feature = "expressions"))]
#[path = "no_expression.rs"]
mod expression;
pub mod foreign;
pub mod json;
pub mod occasion;
pub mod outcome;
pub mod reason;
pub mod render;
pub mod retry_after;
pub mod sample;
pub mod schema;
pub mod selector;
pub mod shape;
pub mod signature;
