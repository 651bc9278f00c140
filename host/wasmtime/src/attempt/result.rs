//! What came of an attempt.

use crate::attempt::publication::Unread;
use crate::attempt::verdict::Verdict;
use crate::observe::webhook_counters::AttemptClass;
use crate::outbound::Body;
use crate::trace::attempt_end::AttemptEnd;
use http::Version;
use lifecycle::Health;

/// What came of an attempt.
#[derive(Debug)]
pub(crate) struct AttemptResult {
    pub verdict: Verdict,
    /// Of the answer, if one came.
    pub status: Option<u16>,
    /// What it came to, for those who count.
    pub class: AttemptClass,
    /// Of HTTP, if an answer came.
    pub version: Option<Version>,
    /// What it shows of the endpoint; none if it did not come to a request.
    pub health: Option<Health>,
    /// Its body is to be published, and is still to be read.
    pub publish: Option<Unread>,
    /// The beginning of its body, if that is kept.
    pub kept: Option<Body>,
}

impl From<Verdict> for AttemptResult {
    /// It did not come to a request.
    fn from(verdict: Verdict) -> Self {
        let class = match verdict {
            Verdict::Lacking(_) => AttemptClass::Lacking,
            _ => AttemptClass::Unsent,
        };
        Self {
            verdict,
            status: None,
            class,
            version: None,
            health: None,
            publish: None,
            kept: None,
        }
    }
}

impl AttemptResult {
    /// It came to an answer.
    pub(crate) fn answered(status: u16, verdict: Verdict) -> Self {
        let health = if status >= 500 {
            Health::Down
        } else {
            Health::Up
        };
        Self {
            verdict,
            status: Some(status),
            class: AttemptClass::of_status(status),
            version: None,
            health: Some(health),
            publish: None,
            kept: None,
        }
    }

    /// What its span tells of it.
    pub(crate) fn end(&self) -> AttemptEnd<'_> {
        AttemptEnd {
            status: self.status,
            version: self.version,
            is_failed: !matches!(self.verdict, Verdict::Delivered | Verdict::Cancel(_)),
            class: self.class.name(),
            why: self.verdict.why(),
        }
    }

    /// What the core is told of it.
    pub(crate) fn to_core(&self) -> lifecycle::AttemptResult {
        lifecycle::AttemptResult {
            verdict: match self.verdict {
                Verdict::Delivered => lifecycle::Verdict::Delivered,
                Verdict::Cancel(_) => lifecycle::Verdict::Cancel,
                Verdict::Retry(wait, _) => lifecycle::Verdict::Retry(wait),
                Verdict::Failed(_) => lifecycle::Verdict::Failed,
                Verdict::Gone(_) => lifecycle::Verdict::Gone,
                Verdict::Lacking(_) => lifecycle::Verdict::Lacking,
            },
            health: self.health,
        }
    }
}
