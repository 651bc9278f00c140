//! One attempt at a webhook: signed, sent and judged.

pub mod attempt;
pub mod headers;
pub mod signing;
