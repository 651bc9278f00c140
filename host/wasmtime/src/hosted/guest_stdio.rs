//! What instances write: lines of JSON to standard output, all else to the log. Both are
//! bounded, since whoever writes them is not trusted.

use super::error::shown;
use super::limits::{LINE, LINES, LOGGED, OUTPUT};
use serde_json::value::RawValue;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Whoever takes the lines that instances write to standard output.
pub type Lines = Arc<dyn Fn(&RawValue) + Send + Sync>;

/// The log that all instances share.
pub(super) struct Log {
    began: Instant,
    /// The second, counted from the beginning.
    second: AtomicU64,
    /// Lines in it.
    lines: AtomicU32,
}

/// The log, for one instance.
#[derive(Clone)]
pub(super) struct GuestStdio {
    log: Arc<Log>,
    instance: u64,
    left: Arc<AtomicU32>,
}

/// One of the two streams of an instance.
#[derive(Clone)]
pub(super) struct Stream(Arc<Mutex<Written>>);

struct Written {
    stdio: GuestStdio,
    /// None: standard error.
    lines: Option<Lines>,
    line: Vec<u8>,
    /// Bytes that are taken of a line, and those that may still come.
    longest: usize,
    left: usize,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            second: AtomicU64::new(0),
            lines: AtomicU32::new(0),
        }
    }
}

impl Log {
    /// Whether this second has room for a line more.
    fn has_room(&self) -> bool {
        let second = self.began.elapsed().as_secs();
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.lines.store(0, Ordering::Relaxed);
        }
        self.lines.fetch_add(1, Ordering::Relaxed) < LINES.1
    }
}

impl GuestStdio {
    /// For an instance, which is known by its number.
    pub(super) fn new(log: &Arc<Log>, instance: u64) -> Self {
        Self {
            log: Arc::clone(log),
            instance,
            left: Arc::new(AtomicU32::new(LINES.0)),
        }
    }

    /// Logs something that an instance says, or is the reason of.
    pub(super) fn warn(&self, text: &str) {
        let instance = self.instance;
        let take = |left: u32| left.checked_sub(1);
        match self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        {
            Err(_) => {}
            Ok(_) if !self.log.has_room() => {}
            Ok(1) => tracing::warn!(instance, "{text} (the last line of this instance)"),
            Ok(_) => tracing::warn!(instance, "{text}"),
        }
    }

    /// Its standard output.
    pub(super) fn stdout(&self, lines: Lines) -> Stream {
        self.stream(Some(lines), LINE, OUTPUT)
    }

    /// Its standard error.
    pub(super) fn stderr(&self) -> Stream {
        self.stream(None, LOGGED, usize::MAX)
    }

    fn stream(&self, lines: Option<Lines>, longest: usize, left: usize) -> Stream {
        Stream(Arc::new(Mutex::new(Written {
            stdio: self.clone(),
            lines,
            line: Vec::new(),
            longest,
            left,
        })))
    }
}

impl Stream {
    /// Bytes of a line that has not ended.
    pub(super) fn held(&self) -> usize {
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.line.capacity()
    }
}

impl Written {
    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ended) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            // One byte more than fits tells that it was too long.
            let room = (self.longest + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if ended {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.trim_ascii().is_empty() {
            return;
        }
        let Some(lines) = &self.lines else {
            return self.log("component", &line);
        };
        if line.len() > self.longest || line.len() > self.left {
            return self.log("too much for standard output", &line);
        }
        self.left -= line.len();
        let record = String::from_utf8(line)
            .map_err(|error| error.into_bytes())
            .and_then(|text| {
                if text.trim_start().starts_with('{')
                    && serde_json::from_str::<&RawValue>(&text).is_ok()
                {
                    Ok(text)
                } else {
                    Err(text.into_bytes())
                }
            });
        match record.map(RawValue::from_string) {
            Ok(Ok(record)) => lines(&record),
            Ok(Err(_)) => {}
            Err(line) => self.log("no JSON object on standard output", &line),
        }
    }

    fn log(&self, what: &str, line: &[u8]) {
        let text = String::from_utf8_lossy(&line[..line.len().min(LOGGED)]);
        self.stdio
            .warn(&format!("{what}: {}", shown(&text, LOGGED)));
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        self.end();
    }
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // For WASI 0.3 alone.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Stream {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(super::limits::CHUNK)
    }
}
