//! The side that asks.

pub mod answers;
pub mod check;
pub mod condition;
pub mod decisions;
pub mod deliveries;
pub mod details;
pub mod export;
pub mod follow;
pub mod paged_scan;
pub mod reader;
pub mod stats;
