//! How much may wait: deliveries that are not settled, and the bytes of their bodies.
//!
//! Every endpoint has an equal part of it, so that one which hangs leaves the others
//! their capacity. Whoever waits for capacity is woken when a good piece of it has come free,
//! and not for each delivery that leaves.

use super::queue_full::QueueFull;
use lifecycle::Demand;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The bounds, and what is taken of them.
#[derive(Debug)]
pub(crate) struct Capacity {
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Debug)]
struct Taken {
    core: lifecycle::Capacity<Arc<str>>,
    publications: usize,
    /// Nothing comes any more: nobody needs to wait for capacity.
    closed: bool,
}

/// Bytes of a body; free again when dropped.
#[derive(Debug)]
pub(crate) struct BytesPermit {
    capacity: Arc<Capacity>,
    count: usize,
}

impl Drop for BytesPermit {
    fn drop(&mut self) {
        let good = self.capacity.lock().core.free(self.count);
        self.capacity.has_room(good);
    }
}

/// The permit of one delivery; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    capacity: Arc<Capacity>,
    endpoint: Arc<str>,
    bytes: usize,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let good = self.capacity.lock().core.leave(&self.endpoint, self.bytes);
        self.capacity.has_room(good);
    }
}

/// An answer that is being read to be published; over when it is dropped.
#[derive(Debug)]
pub(crate) struct Publishing(Arc<Capacity>);

impl Drop for Publishing {
    fn drop(&mut self) {
        self.0.lock().publications -= 1;
        self.0.has_room(true);
    }
}

impl Capacity {
    pub(crate) fn new(most: usize, most_bytes: usize, endpoints: usize) -> Self {
        Self {
            taken: Mutex::new(Taken {
                core: lifecycle::Capacity::new(most, most_bytes, endpoints),
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

    /// Whoever waits for capacity looks again, if a good piece of it has become free.
    fn has_room(&self, good: bool) {
        if good {
            self.freed.notify_waiters();
        }
    }

    /// Among how many endpoints it is divided from now on.
    pub(crate) fn divide(&self, endpoints: usize) {
        self.lock().core.divide(endpoints);
        self.has_room(true);
    }

    /// Reserves a permit for one delivery with a body of so many bytes; `expected`, as
    /// many as were known before it was written, decide whether it fits.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        endpoint: &Arc<str>,
        expected: usize,
        bytes: usize,
    ) -> Result<Permit, QueueFull> {
        self.lock().core.enter(endpoint, expected, bytes)?;
        Ok(Permit {
            capacity: Arc::clone(self),
            endpoint: Arc::clone(endpoint),
            bytes,
        })
    }

    /// Reserves the bytes of one body, which several deliveries may share; none if there
    /// is no capacity for `expected`.
    pub(crate) fn reserve_bytes(
        self: &Arc<Self>,
        expected: usize,
        count: usize,
    ) -> Result<BytesPermit, QueueFull> {
        self.lock().core.hold(expected, count)?;
        Ok(BytesPermit {
            capacity: Arc::clone(self),
            count,
        })
    }

    /// Deliveries that are not settled.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().core.deliveries()
    }

    /// Waits until a delivery to each of `endpoints` (one may occur twice) can be queued,
    /// with as many `bodies` of `bytes` each, or until the capacity is closed.
    pub(crate) async fn ready(&self, endpoints: &[Arc<str>], bodies: usize, bytes: usize) {
        let demand = Demand::new(endpoints.iter().cloned(), bodies, bytes);
        self.until(|taken| taken.closed || taken.core.fits(&demand))
            .await;
    }

    /// Waits until one of these deliveries, each with its endpoint and the bytes of its body, can
    /// be queued, or until the capacity is closed.
    #[cfg(any(feature = "store", test))]
    pub(crate) async fn any_ready(&self, deliveries: &[(Arc<str>, usize)]) {
        let demands = deliveries
            .iter()
            .map(|(endpoint, bytes)| Demand::new([Arc::clone(endpoint)], 1, *bytes));
        let demands: Vec<_> = demands.collect();
        let fits = |taken: &Taken| demands.iter().any(|demand| taken.core.fits(demand));
        self.until(|taken| taken.closed || fits(taken)).await;
    }

    /// Notes a publication, which is waited for. None while as many are being read as
    /// deliveries may wait.
    pub(crate) fn publish(self: &Arc<Self>) -> Option<Publishing> {
        let mut taken = self.lock();
        if taken.publications >= taken.core.max_deliveries().max(1) {
            return None;
        }
        taken.publications += 1;
        Some(Publishing(Arc::clone(self)))
    }

    /// Nobody waits for capacity any more.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.has_room(true);
    }

    /// Waits until nothing is taken.
    pub(crate) async fn until_settled(&self) {
        self.until(|taken| taken.core.deliveries() == 0).await;
    }

    /// Waits until nothing is taken and nothing is being published.
    pub(crate) async fn until_empty(&self) {
        self.until(|taken| taken.core.deliveries() == 0 && taken.publications == 0)
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

    fn capacity(most: usize, most_bytes: usize, endpoints: usize) -> Arc<Capacity> {
        Arc::new(Capacity::new(most, most_bytes, endpoints))
    }

    #[test]
    fn deliveries_and_bytes_are_bounded() {
        let capacity = capacity(2, 10, 1);
        let a: Arc<str> = Arc::from("a");
        let first = capacity.reserve(&a, 1, 1).unwrap();
        let _second = capacity.reserve(&a, 1, 1).unwrap();
        let full = QueueFull::Everywhere(2);
        assert_eq!(capacity.reserve(&a, 1, 1).unwrap_err(), full);
        drop(first);
        assert!(capacity.reserve(&a, 1, 1).is_ok());
        let first = capacity.reserve_bytes(100, 100);
        assert!(first.is_ok(), "a body alone always fits");
        assert!(capacity.reserve_bytes(1, 1).is_err());
        drop(first);
        assert!(capacity.reserve_bytes(10, 10).is_ok());
    }

    #[test]
    fn an_endpoint_that_is_full_leaves_the_others_their_part() {
        let capacity = capacity(4, 100, 2);
        let (hangs, works): (Arc<str>, Arc<str>) = (Arc::from("a"), Arc::from("b"));
        let _held = [
            capacity.reserve(&hangs, 10, 10).unwrap(),
            capacity.reserve(&hangs, 10, 10).unwrap(),
        ];
        let full = QueueFull::At {
            endpoint: Arc::clone(&hangs),
            deliveries: 2,
        };
        assert_eq!(capacity.reserve(&hangs, 10, 10).unwrap_err(), full);
        let large = capacity.reserve(&works, 60, 60).unwrap();
        assert!(
            capacity.reserve(&works, 1, 1).is_err(),
            "its part holds 50 bytes"
        );
        drop(large);
        assert!(capacity.reserve(&works, 50, 50).is_ok());
        capacity.divide(1);
        assert!(capacity.reserve(&hangs, 10, 10).is_ok());
    }

    #[tokio::test]
    async fn waits_until_there_is_capacity() {
        let capacity = capacity(2, 10, 2);
        let a: Arc<str> = Arc::from("a");
        let permit = capacity.reserve(&a, 1, 1).unwrap();
        let b: Arc<str> = Arc::from("b");
        capacity.ready(&[b], 1, 1).await;
        let waiter = tokio::spawn({
            let capacity = Arc::clone(&capacity);
            async move { capacity.ready(&[a], 1, 1).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drop(permit);
        assert!(waiter.await.is_ok());
        capacity.until_empty().await;
    }

    #[tokio::test]
    async fn one_that_stays_full_does_not_keep_others_waiting() {
        let capacity = capacity(2, 10, 2);
        let (stuck, a): (Arc<str>, Arc<str>) = (Arc::from("stuck"), Arc::from("a"));
        let _stuck = capacity.reserve(&stuck, 1, 1).unwrap();
        let permit = capacity.reserve(&a, 4, 4).unwrap();
        let waiting = [(stuck, 1), (a, 3)];
        tokio::join!(capacity.any_ready(&waiting), async { drop(permit) });
    }

    #[tokio::test]
    async fn whoever_waits_for_capacity_is_let_go_at_the_end() {
        let capacity = capacity(1, 10, 1);
        let a: Arc<str> = Arc::from("a");
        let _permit = capacity.reserve(&a, 1, 1).unwrap();
        let waiting = tokio::spawn({
            let capacity = Arc::clone(&capacity);
            async move { capacity.ready(&[a], 1, 1).await }
        });
        tokio::task::yield_now().await;
        capacity.close();
        assert!(waiting.await.is_ok());
    }

    #[tokio::test]
    async fn publications_are_waited_for() {
        let capacity = capacity(1, 10, 1);
        let publishing = capacity.publish().unwrap();
        assert!(capacity.publish().is_none(), "as many as deliveries");
        let waiter = tokio::spawn({
            let capacity = Arc::clone(&capacity);
            async move { capacity.until_empty().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drop(publishing);
        assert!(waiter.await.is_ok());
    }
}
