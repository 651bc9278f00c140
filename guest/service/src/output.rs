//! Results on standard output, one JSON object a line, as `servo-webhooks run` writes
//! them; warnings on standard error.

use crate::clock;
use crate::wasi::cli::{stderr, stdout};
use crate::wasi::io::streams::OutputStream;
use rules::record::Stamped;
use rules::sanitize::sanitize;
use serde::Serialize;

/// What one write may hold, by the contract of `wasi:io`.
const CHUNK: usize = 4096;

/// Writes a result, with its time.
pub fn record(record: &impl Serialize) {
    line(&Stamped::new(record, clock::time()));
}

/// Writes a result.
pub fn line(record: &impl Serialize) {
    // Records are made of texts and numbers: nothing in them fails.
    if let Ok(mut line) = serde_json::to_string(record) {
        line.push('\n');
        write(&stdout::get_stdout(), &line);
    }
}

/// Writes a warning, as one line.
pub fn warn(text: &str) {
    write(&stderr::get_stderr(), &format!("{}\n", sanitize(text)));
}

/// Nobody may read it: that is no reason to stop.
fn write(stream: &OutputStream, text: &str) {
    for chunk in text.as_bytes().chunks(CHUNK) {
        if stream.blocking_write_and_flush(chunk).is_err() {
            return;
        }
    }
}
