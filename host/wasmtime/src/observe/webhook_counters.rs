//! What became of the deliveries, the attempts and the questions of one webhook, counted.

use crate::observe::histogram::{Durations, Histogram};
use crate::outbound::{NoAnswerKind, SendError};
use rules::outcome::DeliveryStatus;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptClass {
    /// A status from 100 to 199.
    Informational,
    /// From 200 to 299.
    Success,
    /// From 300 to 399: a redirect, which is not followed.
    Redirection,
    /// From 400 to 499.
    ClientError,
    /// From 500 to 599.
    ServerError,
    /// A status beyond 599.
    OtherStatus,
    /// No answer in time.
    Timeout,
    /// No address for the name.
    Lookup,
    /// No connection.
    Connect,
    /// No TLS, or a certificate that is not trusted.
    Tls,
    /// The connection ended before an answer.
    Connection,
    /// What came was no HTTP.
    Malformed,
    /// The egress rule forbids the address.
    Refused,
    /// This machine lacked something.
    Lacking,
    /// The request could not be made, such as for a signature.
    Unsent,
}

impl AttemptClass {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Informational,
        Self::Success,
        Self::Redirection,
        Self::ClientError,
        Self::ServerError,
        Self::OtherStatus,
        Self::Timeout,
        Self::Lookup,
        Self::Connect,
        Self::Tls,
        Self::Connection,
        Self::Malformed,
        Self::Refused,
        Self::Lacking,
        Self::Unsent,
    ];

    /// As metrics name it: `2xx`, `timeout`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Informational => "1xx",
            Self::Success => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::OtherStatus => "other",
            Self::Timeout => "timeout",
            Self::Lookup => "lookup",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Connection => "connection",
            Self::Malformed => "malformed",
            Self::Refused => "refused",
            Self::Lacking => "lacking",
            Self::Unsent => "unsent",
        }
    }

    /// Of the status of an answer.
    pub(crate) const fn of_status(status: u16) -> Self {
        match status / 100 {
            1 => Self::Informational,
            2 => Self::Success,
            3 => Self::Redirection,
            4 => Self::ClientError,
            5 => Self::ServerError,
            _ => Self::OtherStatus,
        }
    }

    /// Of a request that has no answer.
    pub(crate) fn of_error(error: &SendError) -> Self {
        match error {
            SendError::Refused(_) => Self::Refused,
            SendError::Late(_) => Self::Timeout,
            SendError::Lacking(_) => Self::Lacking,
            SendError::NoAnswer(no_answer) => match no_answer.kind() {
                NoAnswerKind::Address => Self::Lookup,
                NoAnswerKind::Listener | NoAnswerKind::Route | NoAnswerKind::Time => Self::Connect,
                NoAnswerKind::Certificate | NoAnswerKind::Tls => Self::Tls,
                NoAnswerKind::Http => Self::Malformed,
                NoAnswerKind::Connection | NoAnswerKind::Other => Self::Connection,
            },
        }
    }
}

/// What a question before an event came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Proceed,
    Cancelled,
    /// There was none that counts, and `on_error` let the event happen.
    FailedOpen,
    /// There was none that counts, and `on_error` cancelled the event.
    FailedClosed,
}

impl Answer {
    pub(crate) const ALL: [Self; 4] = [
        Self::Proceed,
        Self::Cancelled,
        Self::FailedOpen,
        Self::FailedClosed,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Proceed => "proceed",
            Self::Cancelled => "cancelled",
            Self::FailedOpen => "failed_open",
            Self::FailedClosed => "failed_closed",
        }
    }
}

/// What became of the deliveries, the attempts and the questions of one webhook. Counts
/// without a lock; with a relaxed order, since nothing follows from one of them for another.
#[derive(Debug, Default)]
pub(crate) struct WebhookCounters {
    /// By [`DeliveryStatus`].
    deliveries: [AtomicU64; 3],
    rejected: AtomicU64,
    /// By [`Answer`].
    answers: [AtomicU64; Answer::ALL.len()],
    /// By [`AttemptClass`].
    attempts: [AtomicU64; AttemptClass::ALL.len()],
    durations: Histogram,
    breaker_opened: AtomicU64,
}

impl WebhookCounters {
    /// A delivery was settled.
    pub(crate) fn settled(&self, status: DeliveryStatus) {
        add(&self.deliveries[place(status)]);
    }

    /// A delivery was not accepted.
    pub(crate) fn rejected(&self) {
        add(&self.rejected);
    }

    /// A question came to its end.
    pub(crate) fn answered(&self, answer: Answer) {
        add(&self.answers[answer as usize]);
    }

    /// An attempt came to its end.
    pub(crate) fn attempted(&self, class: AttemptClass, elapsed: Duration) {
        add(&self.attempts[class as usize]);
        self.durations.observe(elapsed);
    }

    /// Its breaker opened.
    pub(crate) fn opened(&self) {
        add(&self.breaker_opened);
    }

    /// As they are now.
    pub(crate) fn read(&self) -> WebhookCounts {
        let answers = |answer: Answer| read(&self.answers[answer as usize]);
        let deliveries = |status| read(&self.deliveries[place(status)]);
        let attempts = AttemptClass::ALL.into_iter().zip(&self.attempts);
        WebhookCounts {
            delivered: deliveries(DeliveryStatus::Delivered),
            failed: deliveries(DeliveryStatus::Failed),
            undelivered: deliveries(DeliveryStatus::Undelivered),
            rejected: read(&self.rejected),
            proceeded: answers(Answer::Proceed),
            cancelled: answers(Answer::Cancelled),
            failed_open: answers(Answer::FailedOpen),
            failed_closed: answers(Answer::FailedClosed),
            attempts: attempts
                .map(|(class, count)| (class, read(count)))
                .collect(),
            durations: self.durations.read(),
            breaker_opened: read(&self.breaker_opened),
        }
    }
}

fn place(status: DeliveryStatus) -> usize {
    match status {
        DeliveryStatus::Delivered => 0,
        DeliveryStatus::Failed => 1,
        DeliveryStatus::Undelivered => 2,
    }
}

pub(crate) fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// What was counted of a webhook since the start, reloads included.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct WebhookCounts {
    /// Deliveries that got through.
    pub delivered: u64,
    /// Deliveries that were given up.
    pub failed: u64,
    /// Deliveries that the end of everything came before.
    pub undelivered: u64,
    /// Deliveries that were not accepted.
    pub rejected: u64,
    /// Questions that were answered with consent.
    pub proceeded: u64,
    /// Questions that were answered with a cancel.
    pub cancelled: u64,
    /// Questions without an answer that counts, after which the event went on.
    pub failed_open: u64,
    /// Questions without an answer that counts, which cancelled the event.
    pub failed_closed: u64,
    /// Attempts by what they came to, of deliveries and questions.
    pub attempts: Vec<(AttemptClass, u64)>,
    /// How long attempts took.
    pub durations: Durations,
    /// How often the breaker opened.
    pub breaker_opened: u64,
}
