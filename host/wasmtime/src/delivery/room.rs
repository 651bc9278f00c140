//! How much may wait: deliveries that are not settled, and the bytes of their bodies.
//!
//! Every endpoint has an equal part of it, so that one which hangs leaves the others
//! their room. Whoever waits for room is woken when a good piece of it has come free,
//! and not for each delivery that leaves.

use lifecycle::{Capacity, Demand, QueueFull};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The bounds, and what is taken of them.
#[derive(Debug)]
pub struct Room {
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Debug)]
struct Taken {
    capacity: Capacity<Arc<str>>,
    publications: usize,
    /// Nothing comes any more: nobody needs to wait for room.
    closed: bool,
}

/// Why there is no room.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// In the whole of it.
    #[error("the queue is full: {0} deliveries are waiting")]
    Everywhere(usize),
    /// In the part of the endpoint.
    #[error("the queue for {endpoint} is full: {deliveries} deliveries are waiting")]
    At {
        /// Its origin.
        endpoint: Arc<str>,
        /// That wait for it.
        deliveries: usize,
    },
}

impl From<QueueFull<Arc<str>>> for Full {
    fn from(full: QueueFull<Arc<str>>) -> Self {
        match full {
            QueueFull::Everywhere { deliveries } => Self::Everywhere(deliveries),
            QueueFull::At {
                endpoint,
                deliveries,
            } => Self::At {
                endpoint,
                deliveries,
            },
        }
    }
}

/// Bytes of a body; free again when dropped.
#[derive(Debug)]
pub struct Bytes {
    room: Arc<Room>,
    count: usize,
}

impl Drop for Bytes {
    fn drop(&mut self) {
        let good = self.room.lock().capacity.free(self.count);
        self.room.has_room(good);
    }
}

/// The place of one delivery; free again when dropped.
#[derive(Debug)]
pub struct Place {
    room: Arc<Room>,
    endpoint: Arc<str>,
    bytes: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        let good = self.room.lock().capacity.leave(&self.endpoint, self.bytes);
        self.room.has_room(good);
    }
}

/// An answer that is being read to be published; over when it is dropped.
#[derive(Debug)]
pub struct Publishing(Arc<Room>);

impl Drop for Publishing {
    fn drop(&mut self) {
        self.0.lock().publications -= 1;
        self.0.has_room(true);
    }
}

impl Room {
    pub fn new(most: usize, most_bytes: usize, endpoints: usize) -> Self {
        Self {
            taken: Mutex::new(Taken {
                capacity: Capacity::new(most, most_bytes, endpoints),
                publications: 0,
                closed: false,
            }),
            freed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing panics while it is held; if it did, the counts are still whole.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever waits for room looks again, if a good piece of it has become free.
    fn has_room(&self, good: bool) {
        if good {
            self.freed.notify_waiters();
        }
    }

    /// Among how many endpoints it is divided from now on.
    pub fn divide(&self, endpoints: usize) {
        self.lock().capacity.divide(endpoints);
        self.has_room(true);
    }

    /// Takes the place of one delivery with a body of so many bytes; `expected`, as
    /// many as were known before it was written, decide whether it fits.
    pub fn enter(
        self: &Arc<Self>,
        endpoint: &Arc<str>,
        expected: usize,
        bytes: usize,
    ) -> Result<Place, Full> {
        self.lock().capacity.enter(endpoint, expected, bytes)?;
        Ok(Place {
            room: Arc::clone(self),
            endpoint: Arc::clone(endpoint),
            bytes,
        })
    }

    /// Takes the bytes of one body, which several deliveries may share; none if there
    /// is no room for `expected`.
    pub fn take(self: &Arc<Self>, expected: usize, count: usize) -> Result<Bytes, Full> {
        self.lock().capacity.hold(expected, count)?;
        Ok(Bytes {
            room: Arc::clone(self),
            count,
        })
    }

    /// Deliveries that are not settled.
    pub fn waiting(&self) -> usize {
        self.lock().capacity.deliveries()
    }

    /// Waits until a delivery to each of `endpoints`, one for each time that it is
    /// named, can enter with a body of `bytes`, `bodies` of them in all; or until
    /// nothing is left to wait for.
    pub async fn until_free(&self, endpoints: &[Arc<str>], bodies: usize, bytes: usize) {
        let demand = Demand::new(endpoints.iter().cloned(), bodies, bytes);
        self.until(|taken| taken.closed || taken.capacity.fits(&demand))
            .await;
    }

    /// Notes a publication, which is waited for. None while as many are being read as
    /// deliveries may wait.
    pub fn publish(self: &Arc<Self>) -> Option<Publishing> {
        let mut taken = self.lock();
        if taken.publications >= taken.capacity.max_deliveries().max(1) {
            return None;
        }
        taken.publications += 1;
        Some(Publishing(Arc::clone(self)))
    }

    /// Nobody waits for room any more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.has_room(true);
    }

    /// Waits until nothing is taken.
    pub async fn until_settled(&self) {
        self.until(|taken| taken.capacity.deliveries() == 0).await;
    }

    /// Waits until nothing is taken and nothing is being published.
    pub async fn until_empty(&self) {
        self.until(|taken| taken.capacity.deliveries() == 0 && taken.publications == 0)
            .await;
    }

    async fn until(&self, condition: impl Fn(&Taken) -> bool) {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            // Register before checking, so that no wake-up is lost.
            freed.as_mut().enable();
            if condition(&self.lock()) {
                return;
            }
            freed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(most: usize, most_bytes: usize, endpoints: usize) -> Arc<Room> {
        Arc::new(Room::new(most, most_bytes, endpoints))
    }

    #[test]
    fn deliveries_and_bytes_are_bounded() {
        let room = room(2, 10, 1);
        let a: Arc<str> = Arc::from("a");
        let first = room.enter(&a, 1, 1).unwrap();
        let _second = room.enter(&a, 1, 1).unwrap();
        assert_eq!(room.enter(&a, 1, 1).unwrap_err(), Full::Everywhere(2));
        drop(first);
        assert!(room.enter(&a, 1, 1).is_ok());
        let first = room.take(100, 100);
        assert!(first.is_ok(), "a body alone always fits");
        assert!(room.take(1, 1).is_err());
        drop(first);
        assert!(room.take(10, 10).is_ok());
    }

    #[test]
    fn an_endpoint_that_is_full_leaves_the_others_their_part() {
        let room = room(4, 100, 2);
        let (hangs, works): (Arc<str>, Arc<str>) = (Arc::from("a"), Arc::from("b"));
        let _held = [
            room.enter(&hangs, 10, 10).unwrap(),
            room.enter(&hangs, 10, 10).unwrap(),
        ];
        let full = Full::At {
            endpoint: Arc::clone(&hangs),
            deliveries: 2,
        };
        assert_eq!(room.enter(&hangs, 10, 10).unwrap_err(), full);
        let large = room.enter(&works, 60, 60).unwrap();
        assert!(room.enter(&works, 1, 1).is_err(), "its part holds 50 bytes");
        drop(large);
        assert!(room.enter(&works, 50, 50).is_ok());
        room.divide(1);
        assert!(room.enter(&hangs, 10, 10).is_ok());
    }

    #[tokio::test]
    async fn waits_until_there_is_room() {
        let room = room(2, 10, 2);
        let a: Arc<str> = Arc::from("a");
        let place = room.enter(&a, 1, 1).unwrap();
        let b: Arc<str> = Arc::from("b");
        room.until_free(&[b], 1, 1).await;
        let waiter = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.until_free(&[a], 1, 1).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drop(place);
        assert!(waiter.await.is_ok());
        room.until_empty().await;
    }

    #[tokio::test]
    async fn whoever_waits_for_room_is_let_go_at_the_end() {
        let room = room(1, 10, 1);
        let a: Arc<str> = Arc::from("a");
        let _place = room.enter(&a, 1, 1).unwrap();
        let waiting = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.until_free(&[a], 1, 1).await }
        });
        tokio::task::yield_now().await;
        room.close();
        assert!(waiting.await.is_ok());
    }

    #[tokio::test]
    async fn publications_are_waited_for() {
        let room = room(1, 10, 1);
        let publishing = room.publish().unwrap();
        assert!(room.publish().is_none(), "as many as deliveries");
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
