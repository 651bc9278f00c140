//! One attempt at a webhook: signed, sent and judged.

pub(crate) mod answer;
pub(crate) mod answer_headers;
pub(crate) mod context;
pub(crate) mod header_rules;
pub(crate) mod info;
pub(crate) mod judgement;
pub(crate) mod publication;
pub(crate) mod request;
pub(crate) mod result;
pub(crate) mod send;
pub(crate) mod signing;
pub(crate) mod verdict;
