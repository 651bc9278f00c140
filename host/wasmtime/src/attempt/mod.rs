//! One attempt at a webhook: signed, sent and judged.

pub mod answer;
pub mod answer_headers;
pub mod context;
pub mod headers;
pub mod info;
pub mod judgement;
pub mod publication;
pub mod request;
pub mod result;
pub mod send;
pub mod signing;
pub mod verdict;
