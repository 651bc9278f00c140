//! What is signed beside the body.

/// What tells one attempt from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningContext {
    /// The same on every attempt.
    pub delivery: String,
    /// Counts from 1.
    pub attempt: u32,
    /// Nanoseconds since 1970.
    pub now: u64,
}
