//! `store stats`: what is in a store, in numbers.

use crate::args::StoreReport;
use crate::columns;
use crate::exit::{Exit, Failure};
use crate::progress::Bar;
use crate::store::opening::{self, failed};
use crate::store::{cells, owner, times};
use crate::{json, stdio, table};
use serde_json::{Map, Value, json};
use servo_webhooks_store::{Owner, Stats};
use std::io::Write;

/// Runs the command.
pub fn run(command: &StoreReport) -> Result<Exit, Failure> {
    let reader = opening::reader(&command.store.store)?;
    let mut bar = Bar::new("counting");
    let stats = reader.stats(&mut |progress| bar.step(progress));
    let stats = stats.map_err(failed)?;
    drop(bar);
    let owner = owner::of(&command.store.store)?;
    let mut out = stdio::output();
    if command.json {
        writeln!(out, "{}", json::line(&to_json(&stats, owner.as_ref()))?)?;
        return Ok(Exit::Done);
    }
    let width = columns::width();
    write!(
        out,
        "{}",
        columns::fields(fields(&stats, owner.as_ref()), width)
    )?;
    if !stats.webhooks.is_empty() {
        let names = ["WEBHOOK", "WAITING", "DELIVERED", "FAILED", "FORGOTTEN"];
        let rows: Vec<Vec<String>> = stats
            .webhooks
            .iter()
            .map(|(name, of)| {
                let numbers = [of.waiting, of.delivered, of.failed, of.forgotten];
                let mut row = vec![cells::name(name)];
                row.extend(numbers.map(|number| number.to_string()));
                row
            })
            .collect();
        write!(out, "\n{}", table::arranged(&names, &rows, width))?;
    }
    Ok(Exit::Done)
}

fn fields(stats: &Stats, owner: Option<&Owner>) -> Vec<(&'static str, String)> {
    let time = |time: Option<i64>| time.map_or_else(|| "none".to_owned(), times::short);
    let process = match owner {
        Some(owner) => format!(
            "{}, since {}",
            owner::process(owner),
            cells::name(&owner.since)
        ),
        None => "none".to_owned(),
    };
    vec![
        ("process", process),
        ("waiting", stats.waiting.to_string()),
        ("oldest waiting", time(stats.oldest_waiting)),
        ("delivered", stats.delivered.to_string()),
        (
            "dead letters",
            format!("{}, {} of bodies", stats.failed, bytes(stats.failed_bytes)),
        ),
        ("forgotten", stats.forgotten.to_string()),
        ("decisions", stats.decisions.to_string()),
        ("oldest", time(stats.oldest)),
        ("newest", time(stats.newest)),
        (
            "size",
            format!(
                "{}, {} of it free",
                bytes(stats.file_bytes),
                bytes(stats.free_bytes)
            ),
        ),
    ]
}

fn to_json(stats: &Stats, owner: Option<&Owner>) -> Value {
    let webhooks: Map<String, Value> = stats
        .webhooks
        .iter()
        .map(|(name, of)| {
            let counts = json!({
                "waiting": of.waiting,
                "delivered": of.delivered,
                "dead_letters": of.failed,
                "forgotten": of.forgotten,
            });
            (name.clone(), counts)
        })
        .collect();
    json!({
        "process": owner::to_json(owner),
        "waiting": stats.waiting,
        "oldest_waiting": stats.oldest_waiting.map(times::record),
        "delivered": stats.delivered,
        "dead_letters": stats.failed,
        "dead_letter_bytes": stats.failed_bytes,
        "forgotten": stats.forgotten,
        "decisions": stats.decisions,
        "oldest": stats.oldest.map(times::record),
        "newest": stats.newest.map(times::record),
        "bytes": stats.file_bytes,
        "free_bytes": stats.free_bytes,
        "webhooks": webhooks,
    })
}

/// `512 bytes`, `3 KiB`, `12 MiB`.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}
