//! What a queue of bytes is made of.

use rustix::io::Errno;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Bytes that may wait before whoever has a choice waits too.
pub const WAITING: usize = 1 << 20;

/// What is waited for at a time.
pub const SLICE: Duration = Duration::from_millis(25);

/// Why nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk is full: it is tried again.
    Full(Errno),
    /// For good.
    Closed(Errno),
}

/// What the thread that writes and those who give it bytes have in common.
pub struct Shared {
    pub name: &'static str,
    pub to: BorrowedFd<'static>,
    pub state: Mutex<State>,
    /// Rung when there is something to write, or some of it is written.
    pub changed: Condvar,
    /// The same for those who wait without a thread.
    pub moved: Notify,
    /// Bytes so far.
    pub written: AtomicU64,
}

#[derive(Default)]
pub struct State {
    pub waiting: Vec<u8>,
    /// What is being written, and how much of it is.
    pub chunk: Arc<Vec<u8>>,
    pub at: usize,
    pub trouble: Option<Trouble>,
    /// Messages that found no room.
    pub dropped: u64,
    pub ending: bool,
}

impl Shared {
    pub fn new(name: &'static str, to: BorrowedFd<'static>) -> Self {
        Self {
            name,
            to,
            state: Mutex::default(),
            changed: Condvar::new(),
            moved: Notify::new(),
            written: AtomicU64::new(0),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if it did, the bytes are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn ring(&self) {
        self.changed.notify_all();
        self.moved.notify_waiters();
    }
}

impl State {
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.at == self.chunk.len()
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Closed(_)))
    }
}

impl Trouble {
    pub fn of(error: Errno) -> Self {
        match error {
            Errno::NOSPC | Errno::DQUOT => Self::Full(error),
            error => Self::Closed(error),
        }
    }

    /// As the system says it, without its number.
    pub fn said(self) -> String {
        let (Self::Full(error) | Self::Closed(error)) = self;
        if error == Errno::PIPE {
            return "it is closed".to_owned();
        }
        let said = io::Error::from(error).to_string();
        said.split(" (os error")
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}
