//! A queue of bytes, and the thread that writes them.
//!
//! Bytes that come alone are written at once; those that follow within a millisecond are
//! written together, so that many lines share a system call and a wake-up.

use super::{can_write, write_some};
use rustix::io::Errno;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::timeout;

/// Bytes that may wait before whoever has a choice waits too.
const WAITING: usize = 1 << 20;

/// Bytes that are written at a time, so that it is seen whether somebody reads.
const CHUNK: usize = 64 << 10;

/// The same at the end, when it matters more.
const LAST_CHUNK: usize = 4 << 10;

/// Bytes of memory that are kept for the next.
const KEPT: usize = 64 << 10;

/// Between two writes.
const PAUSE: Duration = Duration::from_millis(1);

/// Until a full disk is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// What is waited for at a time.
const SLICE: Duration = Duration::from_millis(25);

/// Of a full disk at the end.
const LAST_RETRIES: Duration = Duration::from_secs(1);

/// What is written by a thread of its own, in order.
pub struct Queue {
    shared: Arc<Shared>,
}

/// Why nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk is full: it is tried again.
    Full(Errno),
    /// For good.
    Closed(Errno),
}

/// Not all was written when it was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Still {
    /// Nobody reads.
    Unread,
    /// It cannot be written.
    Troubled(Trouble),
}

struct Shared {
    name: &'static str,
    to: BorrowedFd<'static>,
    state: Mutex<State>,
    /// Rung when there is something to write, or some of it is written.
    changed: Condvar,
    /// The same for those who wait without a thread.
    moved: Notify,
    /// Bytes so far.
    written: AtomicU64,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// What is being written, and how much of it is.
    chunk: Arc<Vec<u8>>,
    at: usize,
    trouble: Option<Trouble>,
    /// Messages that found no room.
    dropped: u64,
    ending: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if it did, the bytes are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        self.changed.notify_all();
        self.moved.notify_waiters();
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.at == self.chunk.len()
    }

    fn is_closed(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Closed(_)))
    }
}

impl Trouble {
    fn of(error: Errno) -> Self {
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

impl Queue {
    /// Starts the thread that writes.
    pub(super) fn start(name: &'static str, to: BorrowedFd<'static>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            name,
            to,
            state: Mutex::default(),
            changed: Condvar::new(),
            moved: Notify::new(),
            written: AtomicU64::new(0),
        });
        let given = Arc::clone(&shared);
        thread::Builder::new()
            .name(name.replace("standard ", ""))
            .spawn(move || write(&given))?;
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

/// Finds out whether somebody still reads.
struct Watch<'a> {
    shared: &'a Shared,
    still: Duration,
    written: u64,
    looked: Instant,
    /// In which nothing was written; of a full disk all the time.
    idle: Duration,
}

impl<'a> Watch<'a> {
    fn new(shared: &'a Shared, still: Duration) -> Self {
        Self {
            shared,
            still,
            written: shared.written.load(Ordering::Acquire),
            looked: Instant::now(),
            idle: Duration::ZERO,
        }
    }

    /// All is written, or it is given up; else it is to be waited for.
    fn look(&mut self) -> Option<Result<(), Still>> {
        let trouble = {
            let state = self.shared.lock();
            if state.is_empty() && state.dropped == 0 {
                return Some(Ok(()));
            }
            state.trouble
        };
        // A process that stood still meanwhile has not seen whether anybody reads.
        let passed = self.looked.elapsed().min(SLICE);
        self.looked = Instant::now();
        match trouble {
            Some(closed @ Trouble::Closed(_)) => Some(Err(Still::Troubled(closed))),
            Some(full @ Trouble::Full(_)) => {
                self.idle += passed;
                (self.idle >= LAST_RETRIES.min(self.still)).then_some(Err(Still::Troubled(full)))
            }
            None => {
                let written = self.shared.written.load(Ordering::Acquire);
                if written != self.written {
                    (self.written, self.idle) = (written, Duration::ZERO);
                } else if can_write(self.shared.to) {
                    // Not whoever reads is late, but the thread that writes.
                    self.idle += passed / 4;
                } else {
                    self.idle += passed;
                }
                (self.idle >= self.still).then_some(Err(Still::Unread))
            }
        }
    }
}

fn write(shared: &Shared) {
    loop {
        let chunk = next(shared);
        if let Err(error) = write_chunk(shared, &chunk) {
            let trouble = Trouble::Closed(error);
            // What waits stays, for whoever asks what is not written: no more comes.
            shared.lock().trouble = Some(trouble);
            shared.ring();
            tracing::error!("{}: {}", shared.name, trouble.said());
            return;
        }
        // What comes meanwhile is written together.
        if !shared.lock().ending {
            thread::sleep(PAUSE);
        }
    }
}

/// What is to be written next, as soon as there is something.
fn next(shared: &Shared) -> Arc<Vec<u8>> {
    let mut state = shared.lock();
    let chunk = std::mem::take(&mut state.chunk);
    state.at = 0;
    // Nobody else holds it but who looks at what is not written, for a moment.
    let mut memory = Arc::try_unwrap(chunk).unwrap_or_default();
    memory.clear();
    memory.shrink_to(KEPT);
    while state.waiting.is_empty() && state.dropped == 0 {
        let waited = shared.changed.wait(state);
        state = waited.unwrap_or_else(PoisonError::into_inner);
    }
    std::mem::swap(&mut state.waiting, &mut memory);
    let dropped = std::mem::take(&mut state.dropped);
    if dropped > 0 {
        let notice = crate::cli::logging::notice(&format!(
            "{dropped} lines of the log were dropped: standard error was not read in time"
        ));
        memory.extend_from_slice(notice.as_bytes());
    }
    let was_full = memory.len() >= WAITING;
    state.chunk = Arc::new(memory);
    let chunk = Arc::clone(&state.chunk);
    drop(state);
    if was_full {
        shared.ring();
    }
    chunk
}

fn write_chunk(shared: &Shared, chunk: &[u8]) -> Result<(), Errno> {
    let mut at = 0;
    while at < chunk.len() {
        let (ending, trouble) = {
            let state = shared.lock();
            (state.ending, state.trouble)
        };
        let most = if ending { LAST_CHUNK } else { CHUNK };
        let piece = &chunk[at..chunk.len().min(at + most)];
        match write_some(shared.to, piece) {
            Ok(written) => {
                at += written;
                shared.written.fetch_add(written as u64, Ordering::Release);
                let mut state = shared.lock();
                state.at = at;
                state.trouble = None;
                let tell = ending || at == chunk.len() || trouble.is_some();
                drop(state);
                if tell {
                    shared.ring();
                }
                if trouble.is_some() {
                    tracing::warn!("{}: there is room again", shared.name);
                }
            }
            Err(error) => match Trouble::of(error) {
                Trouble::Closed(error) => return Err(error),
                full @ Trouble::Full(_) => {
                    shared.lock().trouble = Some(full);
                    if trouble.is_none() {
                        shared.ring();
                        tracing::error!(
                            "{}: {}; it is tried again until there is room",
                            shared.name,
                            full.said()
                        );
                    }
                    thread::sleep(RETRY);
                }
            },
        }
    }
    Ok(())
}
