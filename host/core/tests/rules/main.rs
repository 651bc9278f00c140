//! What is said of the core in DESIGN.md and at its functions, one rule after the other.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a rule that is broken is to stop it"
)]

mod capacity;
mod host;
mod queues;
mod restore;
