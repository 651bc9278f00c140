//! The numbers of one moment, wherever they come from.

use std::time::{Duration, Instant};

/// The numbers of one moment.
#[derive(Clone, Debug)]
pub struct Sample {
    pub at: Instant,
    pub webhooks: Vec<Webhook>,
    pub program: Program,
}

/// One webhook. Counts are those since its program started, or of what a store has.
#[derive(Clone, Debug, Default)]
pub struct Webhook {
    pub name: String,
    pub state: Option<State>,
    pub breaker: Option<Breaker>,
    pub waiting: f64,
    pub oldest: Option<Duration>,
    pub counts: Counts,
    pub latency: Latency,
}

/// What only grows while a program runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Deliveries that got through.
    pub delivered: f64,
    /// Deliveries that were given up, rejected or left.
    pub failed: f64,
    /// Questions before events.
    pub asked: f64,
    /// Those that were answered with a cancel.
    pub vetoed: f64,
    /// Those without an answer whose event went on.
    pub failed_open: f64,
}

/// Whether a webhook is sent anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    On,
    Paused,
    /// It answered 410.
    Off,
}

/// Whether deliveries are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaker {
    Closed,
    Open,
    HalfOpen,
}

/// How long attempts took, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Latency {
    /// Upper bounds, each with the number of attempts up to it.
    Buckets(Vec<(f64, f64)>),
    /// The median, and what nineteen of twenty stay below.
    Known(Option<f64>, Option<f64>),
}

/// The program as a whole; what is not known is not shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Program {
    /// Events and messages.
    pub events: Option<f64>,
    /// Events that were cancelled.
    pub cancelled: Option<f64>,
    /// Events that went on without an answer.
    pub failed_open: Option<f64>,
    /// Deliveries that were rejected for lack of room.
    pub queue_full: Option<f64>,
    pub dead_letters: Option<f64>,
    pub store_bytes: Option<f64>,
    pub store_limit: Option<f64>,
    pub store_accepting: Option<bool>,
    pub reload_successful: Option<bool>,
}

impl Default for Latency {
    fn default() -> Self {
        Self::Known(None, None)
    }
}

impl State {
    pub const fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Paused => "paused",
            Self::Off => "off",
        }
    }
}

impl Breaker {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}
