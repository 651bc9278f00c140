//! Keeps what repeats from filling the log: a cause is logged once, and then at most once a
//! minute, with the number of lines that were held back.
//!
//! One table for the process, as there is one log. A cause is a hash in a short list, so memory
//! is bounded whatever events are called. A line that is the only record of a loss is never
//! limited.

use std::collections::hash_map::RandomState;
use std::fmt::Write;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two lines of one cause.
const PAUSE: Duration = Duration::from_secs(60);

/// Causes of one kind that are logged within the pause; of those beyond, the number is.
const CAUSES: usize = 32;

/// What is limited, each kind by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An event does not match its declared types.
    EventType,
    /// An event has a name that nobody knows.
    EventName,
    /// A condition failed before an event.
    Expression,
    /// An answer after an event would have cancelled it.
    Answer,
    /// The observer panicked.
    Observer,
    /// An attempt panicked.
    Attempt,
    /// A decision could not be written down.
    Decision,
    /// The store cannot be read.
    StoreRead,
    /// A hosted service refused to answer.
    Service,
    /// A request to `serve` was refused.
    Request,
    /// A connection could not be accepted.
    Connection,
    /// The context of a trace is malformed.
    Trace,
    /// Spans could not be exported.
    Export,
}

impl Kind {
    const ALL: [Self; 13] = [
        Self::EventType,
        Self::EventName,
        Self::Expression,
        Self::Answer,
        Self::Observer,
        Self::Attempt,
        Self::Decision,
        Self::StoreRead,
        Self::Service,
        Self::Request,
        Self::Connection,
        Self::Trace,
        Self::Export,
    ];

    /// As metrics and the log call it.
    fn name(self) -> &'static str {
        match self {
            Self::EventType => "event_type",
            Self::EventName => "event_name",
            Self::Expression => "expression",
            Self::Answer => "answer",
            Self::Observer => "observer",
            Self::Attempt => "attempt",
            Self::Decision => "decision",
            Self::StoreRead => "store_read",
            Self::Service => "service",
            Self::Request => "request",
            Self::Connection => "connection",
            Self::Trace => "trace",
            Self::Export => "export",
        }
    }
}

/// The limits of this process.
static LIMITS: LazyLock<LogLimits> = LazyLock::new(LogLimits::default);

/// Logs a line by `log` unless its cause was logged within the last minute. `log` is given the
/// number of lines that were held back since the last one, if there were any.
pub fn limited(kind: Kind, cause: &[&str], log: impl FnOnce(Option<u64>)) {
    let admission = LIMITS.admit(kind, cause, Instant::now());
    if let Some(others) = admission.others {
        tracing::warn!(
            lines = others,
            "{others} log lines of the kind {} were held back: it had more than {CAUSES} causes within a minute",
            kind.name()
        );
    }
    if let Some(repeated) = admission.line {
        log((repeated > 0).then_some(repeated));
    }
}

/// How often each kind occurred in this process, logged or held back.
#[must_use]
pub fn counts() -> Vec<(&'static str, u64)> {
    LIMITS.counts().collect()
}

/// Logs how many lines were held back and not counted in a later one.
pub fn log_rest() {
    let rest = LIMITS.take_held();
    let lines: u64 = rest.iter().map(|(_, held)| held).sum();
    if lines > 0 {
        let mut kinds = String::new();
        for (kind, held) in rest {
            let comma = if kinds.is_empty() { "" } else { ", " };
            // A string takes all there is.
            let _ = write!(kinds, "{comma}{held} {}", kind.name());
        }
        let plural = if lines == 1 { " was" } else { "s were" };
        tracing::warn!(
            lines,
            "{lines} repeated log line{plural} held back: {kinds}"
        );
    }
}

#[derive(Default)]
struct LogLimits {
    hasher: RandomState,
    kinds: [Limit; Kind::ALL.len()],
}

/// The limit of one kind.
#[derive(Default)]
struct Limit {
    count: AtomicU64,
    causes: Mutex<Causes>,
}

#[derive(Default)]
struct Causes {
    known: Vec<Cause>,
    /// Lines of causes that are not known, and when their number was logged.
    others: u64,
    others_logged: Option<Instant>,
}

struct Cause {
    hash: u64,
    logged: Instant,
    held: u64,
}

/// What is logged now.
#[derive(Debug, Default, PartialEq, Eq)]
struct Admission {
    /// The line, with the number of those that were held back before it.
    line: Option<u64>,
    /// The number of lines of causes that there was no place for.
    others: Option<u64>,
}

impl LogLimits {
    fn admit(&self, kind: Kind, cause: &[&str], now: Instant) -> Admission {
        let limit = &self.kinds[kind as usize];
        limit.count.fetch_add(1, Ordering::Relaxed);
        let hash = self.hasher.hash_one(cause);
        let mut causes = limit.causes.lock().unwrap_or_else(PoisonError::into_inner);
        causes.admit(hash, now)
    }

    fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.kinds.iter().zip(Kind::ALL);
        counts.map(|(limit, kind)| (kind.name(), limit.count.load(Ordering::Relaxed)))
    }

    /// How many lines were held back of each kind of which some were; each is told of once.
    fn take_held(&self) -> Vec<(Kind, u64)> {
        let held = self.kinds.iter().zip(Kind::ALL).map(|(limit, kind)| {
            let mut causes = limit.causes.lock().unwrap_or_else(PoisonError::into_inner);
            let known = causes.known.iter_mut();
            let held: u64 = known.map(|cause| std::mem::take(&mut cause.held)).sum();
            (kind, held + std::mem::take(&mut causes.others))
        });
        held.filter(|(_, held)| *held > 0).collect()
    }
}

impl Causes {
    fn admit(&mut self, hash: u64, now: Instant) -> Admission {
        let is_due = |logged: Instant| now.saturating_duration_since(logged) >= PAUSE;
        let line = match self.known.iter_mut().find(|cause| cause.hash == hash) {
            Some(cause) if is_due(cause.logged) => {
                cause.logged = now;
                std::mem::take(&mut cause.held)
            }
            Some(cause) => {
                cause.held += 1;
                return Admission::default();
            }
            None => {
                let new = Cause {
                    hash,
                    logged: now,
                    held: 0,
                };
                if self.known.len() < CAUSES {
                    self.known.push(new);
                } else if let Some(old) = self.known.iter_mut().find(|old| is_due(old.logged)) {
                    self.others += old.held;
                    *old = new;
                } else {
                    self.others += 1;
                    return Admission::default();
                }
                0
            }
        };
        let others = (self.others > 0 && self.others_logged.is_none_or(is_due)).then(|| {
            self.others_logged = Some(now);
            std::mem::take(&mut self.others)
        });
        Admission {
            line: Some(line),
            others,
        }
    }
}

#[cfg(test)]
mod tests;
