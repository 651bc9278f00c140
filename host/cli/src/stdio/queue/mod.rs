//! A queue of bytes, and the thread that writes them.
//!
//! Bytes that come alone are written at once; those that follow within a millisecond are
//! written together, so that many lines share a system call and a wake-up.

mod shared;
mod watch;
mod writer;

pub use shared::Trouble;
pub use watch::Still;

use shared::{SLICE, Shared, State, WAITING};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::time::timeout;
use watch::Watch;

/// What is written by a thread of its own, in order.
pub struct Queue {
    shared: Arc<Shared>,
}

impl Queue {
    /// Starts the thread that writes.
    pub(super) fn start(name: &'static str, to: BorrowedFd<'static>) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(name, to));
        let given = Arc::clone(&shared);
        thread::Builder::new()
            .name(name.replace("standard ", ""))
            .spawn(move || writer::write(&given))?;
        Ok(Self { shared })
    }

    /// Puts bytes in line, however many wait. They are dropped if nothing can be written
    /// any more.
    pub fn push(&self, bytes: &[u8]) {
        let mut state = self.shared.lock();
        if state.is_closed() {
            return;
        }
        let first = state.waiting.is_empty();
        state.waiting.extend_from_slice(bytes);
        drop(state);
        if first {
            self.shared.changed.notify_all();
        }
    }

    /// Puts a message in line unless so many bytes wait: then it is counted, and the
    /// number said when there is room again.
    pub fn push_or_drop(&self, bytes: &[u8], most: usize) {
        let mut state = self.shared.lock();
        if state.waiting.len() >= most {
            state.dropped += 1;
            return;
        }
        drop(state);
        self.push(bytes);
    }

    /// Bytes that wait.
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }

    /// Why nothing is written, if it is so.
    pub fn trouble(&self) -> Option<Trouble> {
        self.shared.lock().trouble
    }

    /// Whether nothing can be written any more.
    pub fn is_closed(&self) -> bool {
        self.shared.lock().is_closed()
    }

    /// Whether more would only wait: so much does already, or the disk is full.
    pub fn is_held(&self) -> bool {
        let state = self.shared.lock();
        state.waiting.len() >= WAITING || state.trouble.is_some()
    }

    /// Waits until more can be taken, or nothing ever.
    pub async fn room(&self) {
        self.until(|state| {
            state.is_closed() || state.trouble.is_none() && state.waiting.len() < WAITING
        })
        .await;
    }

    /// Waits until nothing can be written any more.
    pub async fn closed(&self) {
        self.until(State::is_closed).await;
    }

    /// Waits until the disk has been full for so long.
    pub async fn full_for(&self, time: Duration) {
        let is_full = |state: &State| matches!(state.trouble, Some(Trouble::Full(_)));
        loop {
            self.until(is_full).await;
            if timeout(time, self.until(|state| !is_full(state)))
                .await
                .is_err()
            {
                return;
            }
        }
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let mut moved = std::pin::pin!(self.shared.moved.notified());
            // Before the look, or what happens in between is missed.
            moved.as_mut().enable();
            if is_so(&self.shared.lock()) {
                return;
            }
            moved.await;
        }
    }

    /// Waits until all is written. Gives up when nothing was for `still`, and a second
    /// after the disk was found full.
    pub async fn emptied(&self, still: Duration) -> Result<(), Still> {
        self.shared.lock().ending = true;
        let mut watch = Watch::new(&self.shared, still);
        loop {
            let mut moved = std::pin::pin!(self.shared.moved.notified());
            moved.as_mut().enable();
            if let Some(found) = watch.look() {
                return found;
            }
            let _ = timeout(SLICE, moved).await;
        }
    }

    /// The lines that are not written, the one among them of which a part is.
    pub fn unwritten(&self) -> Vec<u8> {
        let state = self.shared.lock();
        let (done, rest) = state.chunk.split_at(state.at);
        let begun = match done.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => &done[end + 1..],
            None => done,
        };
        let partial = if rest.is_empty() { &[][..] } else { begun };
        [partial, rest, &state.waiting].concat()
    }

    /// Waits, with this thread, until all is written or nothing was for `still`. Whether
    /// all is.
    pub fn settle(&self, still: Duration) -> bool {
        self.shared.lock().ending = true;
        let mut watch = Watch::new(&self.shared, still);
        loop {
            if let Some(found) = watch.look() {
                return found.is_ok();
            }
            let state = self.shared.lock();
            let _ = self.shared.changed.wait_timeout(state, SLICE);
        }
    }
}
