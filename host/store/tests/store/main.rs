//! The store against real disks: what others' queues lost or hung on, as tests that a naive
//! implementation would not pass. The numbers are those of the ways in which that happened.

mod batches;
mod child;
mod clocks;
mod corrupt;
mod foreign;
mod full;
mod kills;
mod lists;
mod locks;
mod locks_child;
mod many;
mod poison;
mod retention;
mod support;
mod sync_errors;
mod tails;
mod tools;
