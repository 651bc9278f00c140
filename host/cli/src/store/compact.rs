//! `store compact`: free space goes back to the disk.

use crate::args::StoreReport;
use crate::exit::{Exit, Failure};
use crate::progress::Bar;
use crate::store::opening::{self, failed};
use crate::store::stats::bytes;
use crate::store::times;
use crate::{json, notice, signals, stdio};
use serde_json::json;
use std::io::Write;

/// Runs the command.
pub fn run(command: &StoreReport) -> Result<Exit, Failure> {
    let mut editor = opening::editor(&command.store.store)?;
    signals::works();
    let mut bar = Bar::new("compacting");
    let compacted = editor.compact(times::now(), &mut |progress| bar.step(progress));
    let compacted = compacted.map_err(failed)?;
    drop(bar);
    let mut out = stdio::output();
    if command.json {
        let record = json!({
            "bytes_before": compacted.before,
            "bytes_after": compacted.after,
            "whole": compacted.whole,
        });
        writeln!(out, "{}", json::line(&record)?)?;
        return Ok(Exit::Done);
    }
    let (before, after) = (bytes(compacted.before), bytes(compacted.after));
    writeln!(out, "{before} before, {after} now")?;
    if !compacted.whole {
        notice::hint(
            "a process has the store: only free pages were given back; without one it is written anew",
        );
    }
    Ok(Exit::Done)
}
