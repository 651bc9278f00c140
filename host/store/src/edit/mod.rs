//! The side that changes what is settled, from any process.

pub mod compact;
pub mod editor;
pub mod forget;
pub mod import;
pub mod replay;
pub mod steps;
