//! What the store's handles share with the thread that writes.

use crate::disk::directory::Directory;
use crate::health::{StoreHealth, Trouble};
use crate::notice::Notice;
use crate::options::StoreOptions;
use crate::ticket::Outcome;
use crate::write::state::State;
use rusqlite::Connection;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Is told the number of each commit that is over, and how long it took if it was written.
type Listener = Box<dyn Fn(u64, Option<Duration>) + Send + Sync>;

/// What the store's handles share with the thread that writes.
pub struct Shared {
    /// Where the store is.
    pub directory: Directory,
    /// How it is kept.
    pub options: StoreOptions,
    state: Mutex<State>,
    work: Condvar,
    committed: AtomicU64,
    /// Set when the thread has ended.
    pub ended: Arc<Outcome>,
    listeners: Mutex<Vec<Listener>>,
    health: Mutex<StoreHealth>,
    /// The connection that pages are read by; made when it is needed.
    pub pages: Mutex<Option<Connection>>,
}

impl Shared {
    /// Nothing was handed in.
    pub fn new(directory: Directory, options: StoreOptions, state: State) -> Self {
        Self {
            directory,
            options,
            state: Mutex::new(state),
            work: Condvar::new(),
            committed: AtomicU64::new(0),
            ended: Arc::default(),
            listeners: Mutex::default(),
            health: Mutex::default(),
            pages: Mutex::default(),
        }
    }

    /// What was handed in. Held for moments.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Hands something in, and wakes the writer if it waits for that.
    pub fn hand_in<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        let idle = std::mem::take(&mut state.idle);
        drop(state);
        if idle {
            self.work.notify_one();
        }
        result
    }

    /// Wakes the writer, whatever it waits for.
    pub fn wake(&self) {
        self.work.notify_one();
    }

    /// Waits to be woken, for so long at most.
    pub fn sleep<'a>(
        &self,
        state: MutexGuard<'a, State>,
        limit: Duration,
    ) -> MutexGuard<'a, State> {
        let woken = self.work.wait_timeout(state, limit);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    /// The number of the last commit that is over.
    pub fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    /// A commit is over, which took so long to write.
    pub fn publish(&self, number: u64, took: Option<Duration>) {
        self.committed.fetch_max(number, Ordering::Release);
        self.tell(number, took);
    }

    /// The thread has ended: what is not written will not be.
    pub fn end(&self) {
        let mut state = self.state();
        state.end();
        let number = state.young().number;
        drop(state);
        drop(lock(&self.pages).take());
        self.ended.set(Ok(()));
        self.publish(number, None);
    }

    /// Tells that tickets of a commit may have an outcome.
    pub fn announce(&self, number: u64) {
        self.tell(number, None);
    }

    fn tell(&self, number: u64, took: Option<Duration>) {
        for listener in lock(&self.listeners).iter() {
            listener(number, took);
        }
    }

    /// Whom to tell.
    pub fn listen(&self, listener: Listener) {
        lock(&self.listeners).push(listener);
    }

    /// How it is.
    pub fn health(&self) -> MutexGuard<'_, StoreHealth> {
        lock(&self.health)
    }

    /// Tells the owner.
    pub fn notify(&self, notice: &Notice) {
        (self.options.notify)(notice);
    }

    /// The time of the caller's clock.
    pub fn now(&self) -> i64 {
        (self.options.clock)()
    }

    /// Nothing is accepted from now on; it is said once.
    pub fn set_trouble(&self, trouble: Trouble) {
        let known = self.state().trouble.replace(trouble.clone());
        self.health().trouble = Some(trouble.clone());
        if known.as_ref() != Some(&trouble) {
            self.notify(&Notice::Trouble(trouble));
        }
    }

    /// Things are accepted again; it is said once.
    pub fn clear_trouble(&self) {
        if self.state().trouble.take().is_some() {
            self.health().trouble = None;
            self.notify(&Notice::Recovered);
        }
    }
}

/// What a thread left behind that panicked is whole: nothing is half changed under a lock.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
