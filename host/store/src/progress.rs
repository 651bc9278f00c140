//! How far something is that takes long.

use std::ops::ControlFlow;

/// How far something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is done: rows, or pages of the database.
    pub done: u64,
    /// Out of how many, if that is known.
    pub total: Option<u64>,
}

/// Is asked now and then, at least every few milliseconds of work; `Break` ends the work with
/// [`StoreError::Cancelled`](crate::StoreError::Cancelled).
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;
