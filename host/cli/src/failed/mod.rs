//! `--failed` of `run` and `serve`: what was not delivered, as lines that `run` takes again.
//!
//! Each is the event as it was handed in, with its id and its time, and the webhook that it
//! is for. It is written when the delivery is given up, so that no signal takes it away.

mod seen_lines;

use anyhow::{Context, ensure};
use rustix::fs::{Stat, fstat, stat};
use seen_lines::SeenLines;
use serde_json::json;
use servo_webhooks::Input;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What may wait for room on the disk; what comes then is lost, and said.
const WAITING: usize = 64 << 20;

/// At the end, the time in which a full disk may have room again.
const LAST_RETRIES: Duration = Duration::from_secs(1);

/// Between two looks at it.
const RETRY: Duration = Duration::from_millis(50);

/// Held while lines are written, so that no end of the process cuts one.
static WRITING: Mutex<()> = Mutex::new(());

/// Lets nothing more be written, after the line that is being written now; waits for that
/// for a time.
pub fn seal(time: Duration) {
    let end = Instant::now() + time;
    loop {
        match WRITING.try_lock() {
            Ok(guard) => return std::mem::forget(guard),
            Err(_) if Instant::now() >= end => return,
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// A file to which lines are added.
pub struct FailedFile {
    path: PathBuf,
    source: String,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// Lines that are in it.
    seen: SeenLines,
    /// Whole lines that are not in it yet.
    waiting: Vec<u8>,
    /// Of what is not written whole, said once.
    troubled: bool,
    /// Lines that found no room.
    lost: u64,
}

impl FailedFile {
    /// Opens it, or makes it for nobody else to read.
    ///
    /// # Errors
    /// If it cannot be written, is no regular file, or is the one that events come from, if
    /// they come from one.
    pub fn open(path: &Path, events: Option<&Path>, source: &str) -> anyhow::Result<Self> {
        let name = || format!("--failed {}", path.display());
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            // A FIFO is refused below, and not waited for.
            .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
            .open(path)
            .with_context(name)?;
        ensure!(
            file.metadata().with_context(name)?.is_file(),
            "{}: it is not a regular file",
            name()
        );
        let read = events.and_then(|events| match events == Path::new("-") {
            true => fstat(io::stdin()).ok(),
            false => stat(events).ok(),
        });
        let same = |read: &Stat| {
            fstat(&file).is_ok_and(|own| (own.st_dev, own.st_ino) == (read.st_dev, read.st_ino))
        };
        ensure!(
            !read.as_ref().is_some_and(same),
            "{}: it is the file that events are read from; name another one",
            name()
        );
        let mut state = State {
            file,
            seen: SeenLines::new(),
            waiting: Vec::new(),
            troubled: false,
            lost: 0,
        };
        state.look().with_context(name)?;
        Ok(Self {
            path: path.to_owned(),
            source: source.to_owned(),
            state: Mutex::new(state),
        })
    }

    /// Adds an event for one webhook, unless it is there already.
    pub fn add(&self, event: &str, webhook: Option<&str>, index: usize) {
        let webhook = webhook.map_or_else(|| json!(index), |name| json!(name));
        self.add_line(event, Some(webhook.to_string()));
    }

    /// Adds an event that no webhook had yet, for those that it was meant for.
    pub fn add_untold(&self, input: &Input) {
        self.add_line(&input.line(), input.webhook());
    }

    fn add_line(&self, event: &str, webhook: Option<String>) {
        let Some(open) = event.strip_suffix('}') else {
            return;
        };
        let mut line = open.to_owned();
        let source = Some(&self.source).filter(|source| !source.is_empty());
        let source = source.map(|source| json!(source).to_string());
        let texts = [("source", source), ("webhook", webhook)];
        for (name, text) in texts {
            if let Some(text) = text {
                line.push_str(&format!(",\"{name}\":{text}"));
            }
        }
        line.push_str("}\n");
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.seen.is_new(&line) {
            return;
        }
        if state.waiting.len() + line.len() > WAITING {
            state.lost += 1;
            return;
        }
        state.waiting.extend_from_slice(line.as_bytes());
        self.write(&mut state);
    }

    /// Writes what waits. What cannot be written is tried again with the next line.
    fn write(&self, state: &mut State) -> bool {
        let path = self.path.display();
        match state.write() {
            Ok(()) if state.troubled => {
                state.troubled = false;
                tracing::warn!("--failed {path}: writing again");
            }
            Ok(()) => {}
            Err(error) if !state.troubled => {
                state.troubled = true;
                tracing::error!(%error, "--failed {path}: cannot be written; retrying");
            }
            Err(_) => {}
        }
        !state.troubled
    }

    /// Writes what still waits; a full disk has a second to have room again. Whether all
    /// is written.
    pub fn finish(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let end = Instant::now() + LAST_RETRIES;
        while !self.write(&mut state) && Instant::now() < end {
            thread::sleep(RETRY);
        }
        let unwritten = state.waiting.iter().filter(|byte| **byte == b'\n').count();
        let lost = u64::try_from(unwritten).unwrap_or(u64::MAX) + state.lost;
        if lost > 0 {
            tracing::error!(
                lines = lost,
                "--failed {}: {lost} lines were not written; the log has each delivery",
                self.path.display()
            );
        }
        lost == 0
    }
}

impl State {
    /// Reads what is there, and ends a line that was left unfinished.
    fn look(&mut self) -> io::Result<()> {
        let mut reader = BufReader::new(&self.file);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            if line.last() != Some(&b'\n') {
                self.waiting.push(b'\n');
            } else if let Ok(text) = std::str::from_utf8(&line) {
                self.seen.is_new(text);
            }
            line.clear();
        }
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.file.metadata()?.len();
        let mut rest = &*self.waiting;
        let written = loop {
            match self.file.write(rest) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) if count == rest.len() => break Ok(()),
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        let done = self.waiting.len() - rest.len();
        match written {
            Ok(()) => {
                self.waiting.clear();
                Ok(())
            }
            Err(error) => {
                // Half a line would be a bad one: it goes, if nobody else added to it.
                let whole = self.waiting[..done].iter().rposition(|byte| *byte == b'\n');
                let whole = whole.map_or(0, |end| end + 1);
                let length = before + u64::try_from(done).unwrap_or(u64::MAX);
                if whole < done && self.file.metadata()?.len() == length {
                    let kept = before + u64::try_from(whole).unwrap_or(u64::MAX);
                    self.file.set_len(kept)?;
                    self.waiting.drain(..whole);
                } else {
                    self.waiting.drain(..done);
                }
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
