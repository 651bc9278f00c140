//! How many connections there may be, by the file descriptors that this process may have.
//!
//! A part is kept for questions before events: deliveries after events can never take it, so
//! that endpoints which hang do not silence a veto.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Descriptors that bound how many names are looked up at a time: five eighths of them.
const LOOKUPS: usize = 256;

/// Who wants to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// An event waits for the answer.
    Question,
    /// Nobody waits.
    Delivery,
}

/// The bounds on connections.
#[derive(Debug)]
pub(super) struct ConnectionLimit {
    shared: Arc<Semaphore>,
    /// For questions alone.
    reserve: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// The right to one connection, or lookup; over when it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionPermit {
    /// It is of the part for questions alone.
    pub(super) reserved: bool,
    #[expect(dead_code, reason = "its drop gives it back")]
    permit: OwnedSemaphorePermit,
}

/// Counts who waits for as long as it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl ConnectionLimit {
    /// For as many descriptors as the process may have: five eighths of them are
    /// connections, a fifth of those is the reserve. The rest is for whoever connects to
    /// us, and for files.
    pub(super) fn new(descriptors: usize) -> Self {
        let connections = (descriptors / 8 * 5).clamp(8, Semaphore::MAX_PERMITS);
        let reserve = (connections / 5).clamp(2, 256);
        Self {
            shared: Arc::new(Semaphore::new(connections - reserve)),
            reserve: Arc::new(Semaphore::new(reserve)),
            waiting: AtomicUsize::new(0),
        }
    }

    /// For lookups: each has a thread and some descriptors, and may outlive its asker.
    pub(super) fn of_lookups() -> Self {
        Self::new(descriptors().min(LOOKUPS))
    }

    /// By the limit of this process, as it is now.
    pub(super) fn of_this_process() -> Self {
        Self::new(descriptors())
    }

    /// Whether somebody waits for a connection, so that none should be kept unused.
    pub(super) fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// A permit, if there is one at once.
    pub(super) fn try_acquire(&self, urgency: Urgency) -> Option<ConnectionPermit> {
        let of = |semaphore: &Arc<Semaphore>, reserved| {
            let permit = Arc::clone(semaphore).try_acquire_owned().ok()?;
            Some(ConnectionPermit { reserved, permit })
        };
        let shared = of(&self.shared, false);
        match urgency {
            Urgency::Delivery => shared,
            Urgency::Question => shared.or_else(|| of(&self.reserve, true)),
        }
    }

    /// Waits for a permit.
    pub(super) async fn acquire(&self, urgency: Urgency) -> ConnectionPermit {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let _waiting = Waiting(&self.waiting);
        let shared = of(&self.shared, false);
        match urgency {
            Urgency::Delivery => shared.await,
            Urgency::Question => tokio::select! {
                biased;
                permit = shared => permit,
                permit = of(&self.reserve, true) => permit,
            },
        }
    }
}

fn of(
    semaphore: &Arc<Semaphore>,
    reserved: bool,
) -> impl Future<Output = ConnectionPermit> + use<> {
    let semaphore = Arc::clone(semaphore);
    async move {
        match semaphore.acquire_owned().await {
            Ok(permit) => ConnectionPermit { reserved, permit },
            // None is ever closed.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
fn descriptors() -> usize {
    use rustix::process::{Resource, getrlimit};
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

#[cfg(not(unix))]
fn descriptors() -> usize {
    8192
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn deliveries_leave_a_reserve_to_questions() {
        let connection_limit = ConnectionLimit::new(64);
        let mut deliveries = Vec::new();
        while let Some(permit) = connection_limit.try_acquire(Urgency::Delivery) {
            deliveries.push(permit);
        }
        assert_eq!(deliveries.len(), 32, "four fifths of 40");
        let mut questions = Vec::new();
        while let Some(permit) = connection_limit.try_acquire(Urgency::Question) {
            questions.push(permit);
        }
        assert_eq!(questions.len(), 8);
        let waits = connection_limit.acquire(Urgency::Delivery);
        tokio::pin!(waits);
        tokio::select! {
            biased;
            _ = &mut waits => panic!("nothing is free"),
            () = std::future::ready(()) => {}
        }
        assert!(connection_limit.is_wanted());
        questions.pop();
        tokio::select! {
            biased;
            _ = &mut waits => panic!("the reserve is for questions"),
            () = std::future::ready(()) => {}
        }
        assert!(connection_limit.try_acquire(Urgency::Question).is_some());
        deliveries.pop();
        waits.await;
        assert!(!connection_limit.is_wanted());
    }
}
