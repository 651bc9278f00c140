//! The time that the processor gives an instance: it is counted while its future is
//! polled, so that waiting costs nothing.

use super::limits::SLICE;
use crate::connector::engine::Engine;
use crate::connector::time_limit::of_this_thread;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use wasmtime::UpdateDeadline;

/// What one instance has used.
#[derive(Debug)]
pub(super) struct CpuTime {
    most: Duration,
    /// Nanoseconds of the polls before this one.
    spent: AtomicU64,
    /// When this poll began.
    since: AtomicU64,
}

impl CpuTime {
    /// May be used for so long.
    pub(super) fn new(most: Duration) -> Self {
        Self {
            most,
            spent: AtomicU64::new(0),
            since: AtomicU64::new(0),
        }
    }

    /// What to do with a guest at a tick of the engine's clock.
    pub(super) fn tick(&self, ticks: u64) -> UpdateDeadline {
        // Only ever called within a poll, on its thread.
        let now = now().saturating_sub(self.since.load(Ordering::Relaxed));
        let spent = Duration::from_nanos(self.spent.load(Ordering::Relaxed).saturating_add(now));
        if spent >= self.most {
            UpdateDeadline::Interrupt
        } else if now >= nanoseconds(SLICE) {
            UpdateDeadline::YieldCustom(ticks, Box::pin(tokio::task::yield_now()))
        } else {
            UpdateDeadline::Continue(ticks)
        }
    }
}

/// A future whose polls are counted, and which the engine's clock ticks for.
pub(super) struct Counted<'a, F> {
    pub future: Pin<Box<F>>,
    pub processor: Arc<CpuTime>,
    pub engine: &'a Engine,
}

impl<F: Future> Future for Counted<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _ticking = self.engine.tick_while_called();
        let began = now();
        self.processor.since.store(began, Ordering::Relaxed);
        let polled = self.future.as_mut().poll(context);
        let used = now().saturating_sub(began);
        self.processor.spent.fetch_add(used, Ordering::Relaxed);
        polled
    }
}

/// Nanoseconds that this thread has had of the processor; of wall time where the system
/// does not tell.
fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    nanoseconds(of_this_thread().unwrap_or_else(|| START.get_or_init(Instant::now).elapsed()))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
