//! The side that writes: what was handed in, the thread that commits it, and what it does
//! beside that.

pub mod apply;
pub mod batch;
pub mod counts;
pub mod dead_letters;
pub mod entry;
pub mod history;
pub mod opening;
pub mod other_processes;
pub mod recovery;
pub mod retention;
pub mod shared;
pub mod state;
pub mod transaction;
pub mod unaccepted;
pub mod webhooks;
pub mod writer;
