//! What the process that delivers says of its deliveries.

use crate::body::{Body, StoredBody};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// A delivery to be accepted.
#[derive(Clone)]
pub struct NewDelivery {
    /// As `X-Servo-Delivery` carries it; a UUID of version 7 keeps the index small.
    pub id: Uuid,
    /// The webhook's name.
    pub webhook: Arc<str>,
    /// As `X-Servo-Event` carries it.
    pub event: Arc<str>,
    /// Of the event, as `X-Servo-Event-Id` carries it.
    pub event_id: Arc<str>,
    /// Deliveries of one event share it: equal pointers are written once.
    pub body: Arc<dyn Body>,
    /// When it was accepted, in milliseconds since 1970.
    pub accepted: i64,
    /// The trace that it is part of, if any.
    pub trace: Option<Box<Trace>>,
}

/// The trace that a delivery is part of, in texts that nobody here looks into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// `traceparent`, as it came with the event.
    pub traceparent: Option<Box<str>>,
    /// `tracestate`, as it came with the event.
    pub tracestate: Option<Box<str>>,
    /// The span of the delivery.
    pub span: Option<Box<str>>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is not settled.
    Waiting,
    /// It got through.
    Delivered,
    /// It failed for good: a dead letter, whose body is kept.
    Failed,
    /// It was forgotten: its body is gone, and it is not sent any more.
    Forgotten,
}

impl State {
    /// All of them, in order of their numbers on disk.
    pub const ALL: [Self; 4] = [
        Self::Waiting,
        Self::Delivered,
        Self::Failed,
        Self::Forgotten,
    ];

    /// As people write it: `waiting`, `delivered`, `failed` or `forgotten`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Forgotten => "forgotten",
        }
    }

    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    pub(crate) fn of(number: i64) -> Option<Self> {
        usize::try_from(number)
            .ok()
            .and_then(|number| Self::ALL.get(number).copied())
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptEnd {
    /// From 1.
    pub number: u32,
    /// When it began, in milliseconds since 1970.
    pub began: i64,
    /// How long it took, in milliseconds.
    pub elapsed: i64,
    /// Of the answer.
    pub status: Option<u16>,
    /// Why it did not get through.
    pub error: Option<Box<str>>,
    /// The first bytes of the answer, if they are to be kept; what is beyond the option is cut.
    pub answer: Option<Box<[u8]>>,
}

/// Until when a delivery waits after an attempt or behind a breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The end of the wait on the wall clock, in milliseconds since 1970.
    pub due: i64,
    /// The whole wait, in milliseconds: after a restart none is longer, whatever the clock says.
    pub wait: i64,
    /// Attempts that began and count.
    pub attempts: u32,
    /// How much of its patience is used, in milliseconds of time in which a process ran.
    pub spent: i64,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Of the last attempt.
    pub error: Option<Box<str>>,
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryEnd {
    /// [`State::Delivered`] or [`State::Failed`].
    pub state: State,
    /// Attempts that were made.
    pub attempts: u32,
    /// How long the last attempt took, in milliseconds; 0 if there was none.
    pub elapsed: i64,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<Box<str>>,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// A waiting delivery, as the loader gets it.
#[derive(Clone)]
pub struct Stored {
    /// Its place in the queue: pages go on after the last one's.
    pub queue: i64,
    /// As `X-Servo-Delivery` carries it.
    pub id: Uuid,
    /// The webhook's name.
    pub webhook: Arc<str>,
    /// As `X-Servo-Event` carries it.
    pub event: Arc<str>,
    /// Of the event.
    pub event_id: Arc<str>,
    /// When it was accepted, in milliseconds since 1970.
    pub accepted: i64,
    /// Deliveries of a page that share a body share it here too.
    pub body: Arc<StoredBody>,
    /// Attempts that began so far.
    pub attempts: u32,
    /// How much of its patience is used, in milliseconds.
    pub spent: i64,
    /// The end of its wait on the wall clock, in milliseconds since 1970.
    pub due: Option<i64>,
    /// The whole wait that ends at `due`, in milliseconds.
    pub wait: i64,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Of the last attempt.
    pub error: Option<Box<str>>,
    /// How often it was replayed: above 0, `X-Servo-Replay` carries it.
    pub replays: u32,
    /// The trace that it was accepted in, if any.
    pub trace: Option<Box<Trace>>,
}
