//! Saves what can be read of a corrupt database.

pub mod copy;
pub mod essentials;
pub mod head;
pub mod replace;
pub mod rest;
pub mod source;
pub mod walk;
