//! What is seen of webhooks at work: counters, how each webhook is, and pausing one.

pub(crate) mod counters;
#[cfg(feature = "metrics")]
mod exposition;
#[cfg(feature = "metrics")]
mod families;
pub(crate) mod histogram;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
mod pause;
pub(crate) mod pause_switch;
pub(crate) mod paused;
pub(crate) mod snapshot;
pub(crate) mod unknown_webhook;
pub(crate) mod webhook_counters;
