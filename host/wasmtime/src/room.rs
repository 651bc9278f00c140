//! How much may wait: deliveries that are not settled, and the bytes of their bodies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// The bound, and what is taken of it.
#[derive(Debug)]
pub struct Room {
    most: usize,
    most_bytes: usize,
    deliveries: AtomicUsize,
    bytes: AtomicUsize,
    publications: AtomicUsize,
    freed: Notify,
}

/// Bytes of a body; free again when dropped.
#[derive(Debug)]
pub struct Bytes {
    room: Arc<Room>,
    count: usize,
}

impl Drop for Bytes {
    fn drop(&mut self) {
        self.room.bytes.fetch_sub(self.count, Ordering::AcqRel);
        self.room.freed.notify_waiters();
    }
}

/// An answer that is being read to be published; over when it is dropped.
#[derive(Debug)]
pub struct Publishing(Arc<Room>);

impl Drop for Publishing {
    fn drop(&mut self) {
        self.0.publications.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_waiters();
    }
}

impl Room {
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            most,
            most_bytes,
            deliveries: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            publications: AtomicUsize::new(0),
            freed: Notify::new(),
        }
    }

    /// Takes the place of one delivery; false if there is none.
    pub fn enter(&self) -> bool {
        let below = |count| (count < self.most).then_some(count + 1);
        self.deliveries
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, below)
            .is_ok()
    }

    /// Gives the place of one delivery back.
    pub fn leave(&self) {
        self.deliveries.fetch_sub(1, Ordering::AcqRel);
        self.freed.notify_waiters();
    }

    /// Takes the bytes of one body; none if there is no room for `expected`, as many as
    /// were known before it was written. A body alone always fits, or it would wait for
    /// ever.
    pub fn take(self: &Arc<Self>, expected: usize, count: usize) -> Option<Bytes> {
        let below = |taken: usize| {
            let fits = taken == 0 || taken.saturating_add(expected) <= self.most_bytes;
            fits.then_some(taken + count)
        };
        self.bytes
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, below)
            .ok()?;
        Some(Bytes {
            room: Arc::clone(self),
            count,
        })
    }

    /// Deliveries that are not settled.
    pub fn waiting(&self) -> usize {
        self.deliveries.load(Ordering::Acquire)
    }

    /// Waits until `deliveries` more, of `bytes` more, can enter, or until nothing is
    /// left to wait for.
    pub async fn until_free(&self, deliveries: usize, bytes: usize) {
        self.until(|room| {
            let waiting = room.waiting();
            let taken = room.bytes.load(Ordering::Acquire);
            waiting == 0
                || (waiting + deliveries <= room.most
                    && taken.saturating_add(bytes) <= room.most_bytes)
        })
        .await;
    }

    /// Notes a publication, which takes no room but is waited for.
    pub fn publish(self: &Arc<Self>) -> Publishing {
        self.publications.fetch_add(1, Ordering::AcqRel);
        Publishing(Arc::clone(self))
    }

    /// Waits until nothing is taken and nothing is being published.
    pub async fn until_empty(&self) {
        self.until(|room| room.waiting() == 0 && room.publications.load(Ordering::Acquire) == 0)
            .await;
    }

    async fn until(&self, condition: impl Fn(&Self) -> bool) {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            // Before the look, or what happens in between is missed.
            freed.as_mut().enable();
            if condition(self) {
                return;
            }
            freed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_and_bytes_are_bounded() {
        let room = Arc::new(Room::new(2, 10));
        assert!(room.enter() && room.enter() && !room.enter());
        room.leave();
        assert!(room.enter());
        let first = room.take(100, 100);
        assert!(first.is_some(), "a body alone always fits");
        assert!(room.take(1, 1).is_none());
        drop(first);
        assert!(room.take(10, 10).is_some());
    }

    #[tokio::test]
    async fn waits_until_there_is_room() {
        let room = Arc::new(Room::new(1, 10));
        assert!(room.enter());
        let waiter = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.until_free(1, 1).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        room.leave();
        assert!(waiter.await.is_ok());
        room.until_empty().await;
    }

    #[tokio::test]
    async fn publications_are_waited_for() {
        let room = Arc::new(Room::new(1, 10));
        let publishing = room.publish();
        let waiter = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.until_empty().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drop(publishing);
        assert!(waiter.await.is_ok());
    }
}
