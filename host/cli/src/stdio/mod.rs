//! Standard output and standard error, whatever is at their other end: a terminal, a
//! file on a full disk, a pipe that is closed, not read, or does not block.
//!
//! A command that answers and ends writes them itself, and waits for whoever reads. One
//! that goes on working gives each a thread of its own and a queue, so that nobody's
//! reader stops it. The standard library's own are not used: they are locked while they
//! are written, also at the end of the process.

mod queue;
mod screen;

pub use queue::{Queue, Still, Trouble};
pub use screen::{Screen, give_back};

use anstream::adapter::strip_bytes;
use anstream::{AutoStream, ColorChoice};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::{self, IsTerminal, LineWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Bytes of the log that may wait; what comes later is dropped, and counted.
const LOG: usize = 1 << 20;

/// One of the two.
pub struct Stream {
    name: &'static str,
    is_error: bool,
    queue: OnceLock<Queue>,
    colored: OnceLock<bool>,
}

static OUTPUT: Stream = Stream::new("standard output", false);
static ERROR: Stream = Stream::new("standard error", true);

impl Stream {
    const fn new(name: &'static str, is_error: bool) -> Self {
        Self {
            name,
            is_error,
            queue: OnceLock::new(),
            colored: OnceLock::new(),
        }
    }

    fn descriptor(&self) -> BorrowedFd<'static> {
        // Both are there as long as the process: the standard library opens what is missing.
        static OUT: OnceLock<io::Stdout> = OnceLock::new();
        static ERR: OnceLock<io::Stderr> = OnceLock::new();
        if self.is_error {
            ERR.get_or_init(io::stderr).as_fd()
        } else {
            OUT.get_or_init(io::stdout).as_fd()
        }
    }

    /// Whether colours are shown there.
    pub fn is_colored(&self) -> bool {
        *self.colored.get_or_init(|| {
            let choice = if self.is_error {
                AutoStream::choice(&io::stderr())
            } else {
                AutoStream::choice(&io::stdout())
            };
            choice != ColorChoice::Never
        })
    }

    /// From here on a thread writes, and whoever has something to say goes on.
    pub fn detach(&'static self) -> io::Result<&'static Queue> {
        if let Some(queue) = self.queue.get() {
            return Ok(queue);
        }
        let queue = Queue::start(self.name, self.descriptor())?;
        Ok(self.queue.get_or_init(|| queue))
    }

    fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        if let Some(queue) = self.queue.get() {
            if self.is_error {
                queue.push_or_drop(bytes, LOG);
            } else {
                queue.push(bytes);
            }
            return Ok(());
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match write_some(self.descriptor(), rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) => return Err(described(self.name, error)),
            }
        }
        Ok(())
    }

    fn write_text(&self, text: &str) -> io::Result<()> {
        // Nothing is drawn where standard error is no terminal.
        if self.is_error && IS_DRAWN.load(Ordering::Relaxed) {
            self.write_all(ERASE.as_bytes())?;
        }
        if self.is_colored() {
            self.write_all(text.as_bytes())
        } else {
            self.write_all(&strip_bytes(text.as_bytes()).into_vec())
        }
    }
}

/// The columns of the terminal that standard output is, if it is one that has some.
pub fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(OUTPUT.descriptor()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// The columns and rows of the terminal that standard output is.
pub fn size() -> (usize, usize) {
    let size = rustix::termios::tcgetwinsize(OUTPUT.descriptor()).ok();
    let sizes = size.map(|size| (usize::from(size.ws_col), usize::from(size.ws_row)));
    sizes
        .filter(|(columns, rows)| *columns > 0 && *rows > 0)
        .unwrap_or((80, 24))
}

/// Whether standard output is a terminal that can show pictures.
pub fn is_screen() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    output_is_terminal() && !is_dumb
}

/// Writes what can be written. Waits until that is something.
fn write_some(descriptor: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    loop {
        match rustix::io::write(descriptor, bytes) {
            Ok(0) => return Err(Errno::IO),
            // Whoever shares the pipe may have made it so.
            Err(Errno::AGAIN) => {
                match poll(&mut [PollFd::new(&descriptor, PollFlags::OUT)], None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error),
                }
            }
            Err(Errno::INTR) => {}
            written => return written,
        }
    }
}

/// Whether something can be written at once.
fn can_write(descriptor: BorrowedFd<'_>) -> bool {
    let mut looked = [PollFd::new(&descriptor, PollFlags::OUT)];
    poll(&mut looked, Some(&Timespec::default())).is_ok_and(|count| count > 0)
}

/// With the name of what cannot be written.
fn described(name: &str, error: Errno) -> io::Error {
    let error = io::Error::from(error);
    io::Error::new(error.kind(), format!("{name}: {error}"))
}

/// Standard output for a command that answers: line by line, without colours where there
/// is no terminal.
pub fn output() -> LineWriter<Plain> {
    LineWriter::new(Plain)
}

/// See [`output`].
pub struct Plain;

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if OUTPUT.is_colored() {
            OUTPUT.write_all(bytes)?;
        } else {
            OUTPUT.write_all(&strip_bytes(bytes).into_vec())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard output, with a thread of its own.
///
/// # Errors
/// If there can be no thread.
pub fn detached_output() -> io::Result<&'static Queue> {
    OUTPUT.detach()
}

/// Standard error gets a thread of its own. What it cannot take within a bound is dropped.
///
/// # Errors
/// If there can be no thread.
pub fn detach_error() -> io::Result<()> {
    ERROR.detach().map(|_| ())
}

/// Whether standard error shows colours.
pub fn error_is_colored() -> bool {
    ERROR.is_colored()
}

/// Whether standard output shows colours.
pub fn output_is_colored() -> bool {
    OUTPUT.is_colored()
}

/// Whether standard output is a terminal.
pub fn output_is_terminal() -> bool {
    OUTPUT.descriptor().is_terminal()
}

/// Says something on standard error, in whole lines.
pub fn say(text: &str) {
    // There is nowhere else to say that it cannot be said.
    let _ = ERROR.write_text(text);
}

/// Takes the last line off a terminal.
const ERASE: &str = "\r\x1b[K";

/// Whether a line is drawn that is to be drawn anew.
static IS_DRAWN: AtomicBool = AtomicBool::new(false);

/// Draws the last line of a terminal anew, on standard error; an empty one takes it away.
pub fn redraw(line: &str) {
    IS_DRAWN.store(!line.is_empty(), Ordering::Relaxed);
    let _ = ERROR.write_all(format!("{ERASE}{line}").as_bytes());
}

/// What is to be written to standard output before a line, so that it does not stand behind
/// one that is drawn on the same terminal.
pub fn before_output() -> &'static str {
    if IS_DRAWN.load(Ordering::Relaxed) && output_is_terminal() {
        ERASE
    } else {
        ""
    }
}

/// Says a line on standard error.
pub fn say_line(text: &str) {
    say(&format!("{text}\n"));
}

/// Waits until standard error has taken all, or takes nothing for a while. Whether it
/// has.
pub fn settle(still: Duration) -> bool {
    ERROR.queue.get().is_none_or(|queue| queue.settle(still))
}
