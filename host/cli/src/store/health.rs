//! `store check`: whether a store is whole.

use crate::args::StoreReport;
use crate::exit::{Exit, Failure};
use crate::progress::Bar;
use crate::store::opening;
use crate::{color, json, stdio};
use rules::sanitize::sanitize;
use serde_json::json;
use servo_webhooks_store::StoreError;
use std::io::Write;

/// Runs the command: exit code 1 if something is wrong.
pub fn run(command: &StoreReport) -> Result<Exit, Failure> {
    let mut reader = opening::reader(&command.store.store)?;
    let mut bar = Bar::new("checking the store");
    let report = match reader.check(&mut |progress| bar.step(progress)) {
        // What cannot be read is what is wrong.
        Err(StoreError::Corrupt(error)) => vec![error.to_string()],
        checked => checked.map_err(opening::failed)?.findings,
    };
    drop(bar);
    let mut out = stdio::output();
    if command.json {
        let record = json!({"whole": report.is_empty(), "findings": report});
        writeln!(out, "{}", json::line(&record)?)?;
    } else if report.is_empty() {
        writeln!(out, "{} the store is whole", color::good("ok:"))?;
    }
    if report.is_empty() {
        return Ok(Exit::Done);
    }
    if !command.json {
        for finding in &report {
            writeln!(out, "{}: {}", color::error("wrong"), sanitize(finding))?;
        }
    }
    Ok(Exit::Failed)
}
