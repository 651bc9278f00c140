//! How often a webhook is tried.

use crate::connector::wit;
use http::HeaderValue;
use std::sync::OnceLock;
use std::time::Duration;

/// How often one side of a webhook is tried.
#[derive(Debug)]
#[non_exhaustive]
pub struct Retries {
    /// The first attempt counted.
    pub max_tries: u32,
    /// From the start of the first attempt.
    pub max_time: Duration,
    pub(crate) policy: String,
    /// An answer that the connector called `delivered`, from status and content
    /// type alone: the same one again need not be judged.
    pub(crate) delivered: OnceLock<(u16, Option<HeaderValue>)>,
}

impl Retries {
    pub(super) fn new(from: wit::Retries) -> Self {
        Self {
            max_tries: from.max_tries,
            max_time: Duration::from_nanos(from.max_time),
            policy: from.policy,
            delivered: OnceLock::new(),
        }
    }
}
