//! The thread that writes what is in line.

use super::shared::{Shared, Trouble, WAITING};
use crate::log_format;
use crate::stdio::write_some;
use rustix::io::Errno;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

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

/// Writes until nothing can be written any more.
pub fn write(shared: &Shared) {
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
        let notice = log_format::notice(&format!(
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
                            "{}: {}; retrying until there is room",
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
