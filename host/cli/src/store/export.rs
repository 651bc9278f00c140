//! `store export`: all deliveries and decisions as lines of JSON.

use crate::args::ExportCommand;
use crate::exit::{Exit, Failure};
use crate::json::escape_unseen;
use crate::progress::Bar;
use crate::stdio;
use crate::store::opening::{self, failed};
use crate::store::times;
use serde_json::{Map, Value};
use std::io::{self, BufWriter, Write};

/// Runs the command.
pub fn run(command: &ExportCommand) -> Result<Exit, Failure> {
    let reader = opening::reader(&command.store.store)?;
    let mut out = Lines {
        to: BufWriter::with_capacity(64 << 10, stdio::output()),
        line: Vec::new(),
    };
    let mut bar = Bar::beside_output("exporting");
    let exported = reader.export(command.bodies, &mut out, &mut |progress| bar.step(progress));
    drop(bar);
    exported.map_err(failed)?;
    Ok(Exit::Done)
}

/// Takes lines of the store, and writes them with the members that all records have.
struct Lines<W: Write> {
    to: W,
    line: Vec<u8>,
}

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let record = serde_json::from_slice(&self.line)?;
            self.line.clear();
            let mut line = serde_json::to_vec(&renamed(record))?;
            escape_unseen(&mut line);
            line.push(b'\n');
            self.to.write_all(&line)?;
        }
        self.line.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// What the store calls otherwise. The order matters: the first `id` is the delivery's.
const NAMES: [(&str, &str); 5] = [
    ("id", "delivery"),
    ("event_id", "id"),
    ("answers", "webhooks"),
    ("result", "outcome"),
    ("number", "attempt"),
];

/// A record of the store with the members that other commands write.
fn renamed(record: Value) -> Value {
    let Value::Object(mut members) = record else {
        return record;
    };
    for (from, to) in NAMES {
        if let Some(value) = members.remove(from) {
            members.insert(to.to_owned(), value);
        }
    }
    for name in ["accepted", "settled", "due"] {
        if let Some(time) = members.get(name).and_then(Value::as_i64) {
            members.insert(name.to_owned(), times::record(time).into());
        }
    }
    if let Some(time) = members.remove("at").as_ref().and_then(Value::as_i64) {
        members.insert("time".to_owned(), times::record(time).into());
    }
    if let Some(elapsed) = members.remove("elapsed") {
        members.insert("elapsed_ms".to_owned(), elapsed);
    }
    if let Some(cancelled) = members.remove("cancelled") {
        let cancelled = cancelled == Value::Bool(true);
        let outcome = if cancelled { "cancelled" } else { "proceed" };
        members.insert("outcome".to_owned(), outcome.into());
    }
    for name in ["webhooks", "attempt_records"] {
        if let Some(Value::Array(records)) = members.remove(name) {
            let records = records.into_iter().map(renamed).collect();
            members.insert(name.to_owned(), Value::Array(records));
        }
    }
    in_order(members)
}

/// The order in which other commands write the members.
const ORDER: [&str; 24] = [
    "type",
    "event",
    "id",
    "delivery",
    "webhook",
    "replay",
    "attempt",
    "time",
    "state",
    "outcome",
    "reason",
    "failed_open",
    "accepted",
    "settled",
    "due",
    "attempts",
    "status",
    "error",
    "elapsed_ms",
    "replays",
    "has_body",
    "attempt_records",
    "webhooks",
    "body",
];

fn in_order(mut members: Map<String, Value>) -> Value {
    let mut ordered = Map::new();
    for name in ORDER {
        if let Some(value) = members.remove(name) {
            ordered.insert(name.to_owned(), value);
        }
    }
    ordered.extend(members);
    Value::Object(ordered)
}
