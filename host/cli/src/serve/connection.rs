//! A connection of somebody who hands in events, and the table of all that are open.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Bytes that are read at a time, and of a head.
pub const HEAD_SIZE: usize = 64 << 10;

/// Answers to who never brought the token, on one connection.
const ANSWERS: usize = 100;

/// Those that are open.
#[derive(Default)]
pub struct Table {
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    /// Rung when one has ended, or could be ended.
    freed: Notify,
    /// Those that last asked for health.
    asking: AtomicUsize,
}

/// One of them.
pub struct Connection {
    table: Arc<Table>,
    number: u64,
    /// Requests from those who may, until they are answered.
    working: AtomicUsize,
    /// Whether there has been one.
    proven: AtomicBool,
    asks_health: AtomicBool,
    answered: AtomicUsize,
    last: Mutex<Instant>,
    pub evicted: Notify,
}

/// A request is worked at.
pub struct Work(Arc<Connection>);

impl Table {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        // Nothing panics while it is held; if it did, the table is still whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn open(self: &Arc<Self>, number: u64) -> Arc<Connection> {
        let connection = Arc::new(Connection {
            table: Arc::clone(self),
            number,
            working: AtomicUsize::new(0),
            proven: AtomicBool::new(false),
            asks_health: AtomicBool::new(false),
            answered: AtomicUsize::new(0),
            last: Mutex::new(Instant::now()),
            evicted: Notify::new(),
        });
        self.lock().insert(number, Arc::clone(&connection));
        connection
    }

    /// Waits until one more may be open. Of those that nothing is done for the one goes
    /// that has been so for longest; who never brought the token before who has.
    pub async fn make_room(&self, most: usize) {
        self.until(|open| {
            if open.len() < most {
                return true;
            }
            let idle = open.values().filter(|connection| !connection.is_working());
            match idle.min_by_key(|connection| connection.rank()) {
                Some(idle) => {
                    let number = idle.number;
                    idle.evicted.notify_one();
                    open.remove(&number);
                    true
                }
                None => false,
            }
        })
        .await;
    }

    pub async fn until(&self, mut is_so: impl FnMut(&mut HashMap<u64, Arc<Connection>>) -> bool) {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            // Before the look, or what happens in between is missed.
            freed.as_mut().enable();
            if is_so(&mut self.lock()) {
                return;
            }
            freed.await;
        }
    }
}

impl Connection {
    pub fn is_working(&self) -> bool {
        self.working.load(Ordering::Acquire) > 0
    }

    fn rank(&self) -> (bool, Instant) {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (self.proven.load(Ordering::Acquire), last)
    }

    fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// It was answered. Whether it had better end: so many others ask for health as well,
    /// or it has had many answers and never brought the token.
    pub fn overstays(&self, is_health: bool, most: usize) -> bool {
        if is_health && !self.asks_health.swap(true, Ordering::AcqRel) {
            self.table.asking.fetch_add(1, Ordering::AcqRel);
        }
        let answered = self.answered.fetch_add(1, Ordering::AcqRel) + 1;
        let is_stranger = !self.proven.load(Ordering::Acquire);
        is_health && self.table.asking.load(Ordering::Acquire) > most
            || is_stranger && answered >= ANSWERS
    }

    /// Somebody who may has a request, which is worked at until this is dropped.
    pub fn work(self: &Arc<Self>) -> Work {
        self.proven.store(true, Ordering::Release);
        self.stop_asking();
        self.working.fetch_add(1, Ordering::AcqRel);
        Work(Arc::clone(self))
    }

    fn stop_asking(&self) {
        if self.asks_health.swap(false, Ordering::AcqRel) {
            self.table.asking.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.touch();
        self.0.working.fetch_sub(1, Ordering::AcqRel);
        self.0.table.freed.notify_waiters();
    }
}

/// In the table until it is dropped.
pub struct Open(pub Arc<Connection>);

impl Drop for Open {
    fn drop(&mut self) {
        let table = &self.0.table;
        self.0.stop_asking();
        table.lock().remove(&self.0.number);
        table.freed.notify_waiters();
    }
}
