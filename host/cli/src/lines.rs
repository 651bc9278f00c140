//! Lines of a file or of standard input, opened and read by a thread of its own.
//!
//! Lines that are there at once come together, so that many share a wake-up; one that
//! comes alone is passed on at once.
//!
//! A line that is too long or not UTF-8 is a fault of its own, and the next one is
//! read as if nothing had been.

use anyhow::Context;
use servo_webhooks::__internal::file::Patient;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::thread;
use tokio::sync::{mpsc, oneshot};

/// Batches that are read ahead.
const AHEAD: usize = 1;

/// Lines in one batch at the most, and the bytes with which it is full.
const BATCH: (usize, usize) = (128, 128 << 10);

/// U+FEFF in UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// What is read of the input at a time.
const BUFFER: usize = 64 << 10;

/// One line of the input.
#[derive(Debug)]
pub struct Line {
    /// Counts from 1.
    pub number: u64,
    /// Without its end; or what is wrong with it.
    pub text: Result<String, String>,
}

/// The lines of an input, in order.
pub struct Lines {
    opened: Option<oneshot::Receiver<anyhow::Result<()>>>,
    batches: mpsc::Receiver<VecDeque<Line>>,
    batch: VecDeque<Line>,
}

impl Lines {
    /// Waits until the input is open, which a FIFO is when somebody writes to it.
    ///
    /// # Errors
    /// If it cannot be opened, or is a folder.
    pub async fn opened(&mut self) -> anyhow::Result<()> {
        match self.opened.take() {
            Some(opened) => opened.await.context("the thread that reads has died")?,
            None => Ok(()),
        }
    }

    /// The next line; none at the end. Nothing is lost if it is not waited for.
    pub async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.batch.pop_front() {
                return Some(line);
            }
            self.batch = self.batches.recv().await?;
        }
    }
}

/// Opens a file, or standard input for `-`, in a thread that can be left behind: a FIFO
/// waits for its other end. Lines longer than `longest` bytes are faults.
pub fn open(file: &Path, longest: usize) -> anyhow::Result<Lines> {
    let (sender, batches) = mpsc::channel(AHEAD);
    let (tell, opened) = oneshot::channel();
    let file = file.to_owned();
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || match input(&file) {
            Ok(input) => {
                let _ = tell.send(Ok(()));
                read(input, longest, &sender);
            }
            Err(error) => drop(tell.send(Err(error))),
        })?;
    Ok(Lines {
        opened: Some(opened),
        batches,
        batch: VecDeque::new(),
    })
}

fn input(file: &Path) -> anyhow::Result<Box<dyn Read>> {
    if file == Path::new("-") {
        return Ok(Box::new(Patient(io::stdin())));
    }
    let opened = File::open(file).with_context(|| file.display().to_string())?;
    anyhow::ensure!(
        !opened.metadata()?.is_dir(),
        "{}: is a directory, not a file of events",
        file.display()
    );
    Ok(Box::new(Patient(opened)))
}

fn read(input: impl Read, longest: usize, batches: &mpsc::Sender<VecDeque<Line>>) {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let (mut batch, mut bytes) = (VecDeque::new(), 0);
    for number in 1.. {
        let (text, ends) = match next(&mut input, longest) {
            Ok(Some(text)) => (Some(text), false),
            Ok(None) => (None, true),
            Err(error) => (Some(Err(format!("cannot be read: {error}"))), true),
        };
        if let Some(text) = text {
            bytes += text.as_ref().map_or(0, String::len);
            batch.push_back(Line { number, text });
        }
        // Else the rest of the next line may be long in coming.
        let whole = input.buffer().contains(&b'\n');
        if whole && !ends && batch.len() < BATCH.0 && bytes < BATCH.1 {
            continue;
        }
        bytes = 0;
        // Whoever takes them may have gone.
        if batches.blocking_send(std::mem::take(&mut batch)).is_err() || ends {
            return;
        }
    }
}

fn next(input: &mut impl BufRead, longest: usize) -> io::Result<Option<Result<String, String>>> {
    let mut line = Vec::new();
    let limit = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(1);
    let read = input.by_ref().take(limit).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > longest {
        let left = skip_line(input)?;
        let size = line.len().saturating_add(left);
        return Ok(Some(Err(format!(
            "it has {size} bytes; at most {longest} are accepted in one line"
        ))));
    }
    // Whoever reads the event skips a byte order mark before it. Of files that were put
    // together, one may be empty but for its own.
    if line == MARK {
        line.clear();
    }
    let text = String::from_utf8(line).map_err(|error| {
        format!(
            "not UTF-8, at column {}",
            error.utf8_error().valid_up_to() + 1
        )
    });
    Ok(Some(text))
}

/// Drops the rest of a line without keeping it, and counts its bytes without its end.
fn skip_line(input: &mut impl BufRead) -> io::Result<usize> {
    let mut dropped = 0;
    loop {
        let buffer = input.fill_buf()?;
        if let Some(at) = buffer.iter().position(|byte| *byte == b'\n') {
            input.consume(at + 1);
            return Ok(dropped + at);
        }
        let read = buffer.len();
        if read == 0 {
            return Ok(dropped);
        }
        input.consume(read);
        dropped += read;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8], longest: usize) -> Vec<Result<String, String>> {
        let mut input = BufReader::with_capacity(4, input);
        std::iter::from_fn(|| next(&mut input, longest).ok().flatten()).collect()
    }

    #[test]
    fn lines_and_half_lines() {
        assert_eq!(
            all(b"a\n\nb", 10),
            [Ok("a".to_owned()), Ok(String::new()), Ok("b".to_owned())]
        );
        assert!(all(b"", 10).is_empty());
    }

    #[test]
    fn a_line_with_nothing_but_a_byte_order_mark_is_empty() {
        let marked = "\u{feff}a\n\u{feff}\nb\u{feff}".as_bytes();
        let expected = ["\u{feff}a", "", "b\u{feff}"].map(|line| Ok(line.to_owned()));
        assert_eq!(all(marked, 10), expected);
    }

    #[test]
    fn a_long_line_is_dropped_alone() {
        let lines = all(b"aaaaaaaaaaaaaaaaaaaaaaaa\nb\naaaaa\naaaaaa", 5);
        assert!(
            lines[0]
                .as_ref()
                .is_err_and(|error| error.contains("24 bytes")),
            "{lines:?}"
        );
        assert_eq!(lines[1..3], [Ok("b".to_owned()), Ok("aaaaa".to_owned())]);
        assert!(lines[3].is_err());
    }

    #[test]
    fn bytes_that_are_no_text() {
        let lines = all(b"ab\xff\nc", 10);
        assert!(
            lines[0]
                .as_ref()
                .is_err_and(|error| error.contains("column 3"))
        );
        assert_eq!(lines[1], Ok("c".to_owned()));
    }
}
