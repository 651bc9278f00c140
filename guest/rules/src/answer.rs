//! What an answer means: the table of statuses, and the cancel of an event.
//!
//! Status and headers decide, the moment they are there. The body only supplies a
//! cancel's reason and what is published, and cannot undo the decision.

use crate::backoff::{self, Wait};
use crate::cancel;
use crate::header::Header;
use crate::notification::Side;
use crate::policy::Policy;
use crate::reason::{self, Body, Ending};
use crate::retry_after;

pub use crate::cancel::CONTENT_TYPES as CANCEL_CONTENT_TYPES;

/// The answer headers that [`judge`] wants to see.
pub const HEADERS: [&str; 3] = ["content-type", "retry-after", "date"];

/// An answer, as far as it is of interest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// As it came.
    pub status: u16,
    /// Those named in [`HEADERS`].
    pub headers: Vec<Header>,
    /// None: not read yet.
    pub body: Option<Body>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Status and headers came.
    Answer(Answer),
    /// They did not: why, for people.
    NoAnswer(String),
}

/// One attempt and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1.
    pub number: u32,
    /// Nanoseconds since the first attempt began.
    pub elapsed: u64,
    /// Nanoseconds since 1970.
    pub now: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What the host is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Before an event: proceed.
    Delivered,
    /// Cancel the event for this reason.
    Cancel(String),
    /// Try again.
    Retry(Wait),
    /// No further attempt, and why.
    Failed(String),
    /// The same, and the webhook is switched off.
    Gone(String),
}

/// A verdict and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// What the host is to do.
    pub verdict: Verdict,
    /// Read the body and judge again.
    pub read_body: bool,
    /// Publish the body.
    pub publish: bool,
    /// To be logged.
    pub warning: Option<String>,
}

impl From<Verdict> for Ruling {
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            read_body: false,
            publish: false,
            warning: None,
        }
    }
}

/// Says what the outcome of an attempt means; `policy` is the token of the side.
#[must_use]
pub fn judge(policy: &str, attempt: &Attempt) -> Ruling {
    let Some(policy) = Policy::parse(policy) else {
        return Verdict::Failed("the policy is not this component's".to_owned()).into();
    };
    match &attempt.outcome {
        Outcome::NoAnswer(why) => retry(&policy, attempt, why, None).into(),
        Outcome::Answer(answer) => {
            let cancels = header(answer, "content-type").any(cancel::is_named);
            if cancels && answer.status >= 200 && policy.side == Side::Before {
                return cancelled(answer);
            }
            let mut ruling = by_status(&policy, attempt, answer);
            if cancels && answer.status >= 200 {
                ruling.warning = Some(
                    "it answered with a cancel, too late: the event has already happened"
                        .to_owned(),
                );
                ruling.read_body = false;
                ruling.publish = false;
            }
            ruling
        }
    }
}

fn cancelled(answer: &Answer) -> Ruling {
    Ruling {
        read_body: answer.body.is_none(),
        ..Verdict::Cancel(reason::read(answer.body.as_ref())).into()
    }
}

fn by_status(policy: &Policy, attempt: &Attempt, answer: &Answer) -> Ruling {
    let status = answer.status;
    let said = format!("answered {status}");
    match status {
        200..=299 => delivered(policy, answer),
        300..=399 => Verdict::Failed(format!("{said}: redirects are never followed")).into(),
        410 => Verdict::Gone(format!("{said}: the endpoint is gone for good")).into(),
        429 | 503 => retry(policy, attempt, &said, retry_after(attempt.now, answer)).into(),
        // Statuses outside of 100 to 599 count as 5xx (RFC 9110, section 15).
        404 | 408 | 409 | 425 | 500.. => retry(policy, attempt, &said, None).into(),
        _ => Verdict::Failed(said).into(),
    }
}

fn delivered(policy: &Policy, answer: &Answer) -> Ruling {
    let mut ruling = Ruling::from(Verdict::Delivered);
    let is_typed = header(answer, "content-type").any(|kind| !kind.trim().is_empty());
    if !policy.publishes || !is_typed {
        return ruling;
    }
    match &answer.body {
        None => ruling.read_body = true,
        Some(Body {
            ending: Ending::Whole,
            text,
        }) => ruling.publish = !text.is_empty(),
        Some(Body {
            ending: Ending::Oversized,
            ..
        }) => {
            ruling.warning = Some("its answer is too long to be published".to_owned());
        }
        Some(Body {
            ending: Ending::Broken,
            ..
        }) => {
            ruling.warning =
                Some("its answer broke off or came too late to be published".to_owned());
        }
    }
    ruling
}

fn retry(policy: &Policy, attempt: &Attempt, said: &str, asked: Option<u64>) -> Verdict {
    match backoff::next(policy, attempt.number, attempt.elapsed, asked) {
        Ok(wait) => Verdict::Retry(wait),
        Err(why) if why.is_empty() => Verdict::Failed(said.to_owned()),
        Err(why) => Verdict::Failed(format!("{said}; {why}")),
    }
}

fn retry_after(now: u64, answer: &Answer) -> Option<u64> {
    let date = header(answer, "date").next();
    // More than one: the longest, so that none is undercut.
    header(answer, "retry-after")
        .filter_map(|value| retry_after::parse(value, date, now))
        .max()
}

fn header<'a>(answer: &'a Answer, name: &'static str) -> impl Iterator<Item = &'a str> {
    let named = move |header: &&Header| header.name.eq_ignore_ascii_case(name);
    answer
        .headers
        .iter()
        .filter(named)
        .map(|header| header.value.as_str())
}

#[cfg(test)]
mod tests;
