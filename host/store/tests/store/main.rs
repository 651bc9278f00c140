//! The store against real disks: what others' queues lost or hung on, as tests that a naive
//! implementation would not pass. The numbers are those of the ways in which that happened.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod batches;
mod burials;
mod changes;
mod child;
mod clocks;
mod compacting;
mod corrupt;
mod endings;
mod fatal_delivery;
mod formats;
mod full;
mod kills;
mod lists;
mod locks;
mod locks_child;
mod many;
mod other_processes;
mod pending;
mod replaced;
mod retention;
#[path = "../../../../tests/all/support/skips.rs"]
mod skips;
mod support;
mod sync_errors;
mod tails;
mod together;
mod tools;
