//! `decisions`: who was asked before an event, who vetoed, and what failed open.

use crate::args::DecisionsCommand;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::progress::Bar;
use crate::store::opening::{self, failed};
use crate::store::records::Decision;
use crate::store::{cells, filter, follow};
use crate::{columns, json, notice, stdio, table};
use servo_webhooks_store::{DecisionFilter, DecisionRecord, Reader};
use std::collections::HashSet;
use std::io::Write;

/// Runs the command.
pub fn run(command: &DecisionsCommand) -> Result<Exit, Failure> {
    let reader = opening::reader(&command.store.store)?;
    let filter = filter::of_decisions(command);
    if command.follow {
        return followed(command, &reader, filter);
    }
    let (found, more) = newest(&reader, &filter, command.limit)?;
    let mut out = stdio::output();
    if command.json {
        for record in &found {
            writeln!(out, "{}", json::line(&Decision::from(record))?)?;
        }
    } else if found.is_empty() {
        writeln!(out, "no decisions")?;
    } else {
        let mut rows: Vec<_> = found.iter().map(cells::decision).collect();
        let width = columns::width();
        cells::fit(&cells::DECISION, &mut rows, width);
        write!(out, "{}", table::arranged(&cells::DECISION, &rows, width))?;
    }
    if more {
        notice::hint(&format!(
            "these are the newest {}; --limit shows more",
            command.limit
        ));
    }
    Ok(Exit::Done)
}

/// The newest, oldest first; and whether there are more.
pub fn newest(
    reader: &Reader,
    filter: &DecisionFilter,
    limit: usize,
) -> Result<(Vec<DecisionRecord>, bool), Failure> {
    let mut bar = Bar::new("looking for decisions");
    let found = reader.decisions(filter, limit.saturating_add(1), &mut |it| bar.step(it));
    let mut found = found.map_err(failed)?;
    let more = found.len() > limit;
    found.truncate(limit);
    found.reverse();
    Ok((found, more))
}

fn followed(
    command: &DecisionsCommand,
    reader: &Reader,
    filter: DecisionFilter,
) -> Result<Exit, Failure> {
    // From before the list, so that nothing falls between them.
    let (_, mut place) = reader.decisions_after(&filter, None).map_err(failed)?;
    let (found, _) = newest(reader, &filter, command.limit)?;
    let known: HashSet<i64> = found.iter().map(|record| record.seq).collect();
    let mut first = Some(found);
    follow::run(move |output| {
        if let Some(found) = first.take() {
            if !command.json {
                let names = cells::DECISION.map(str::to_owned);
                output.text(&cells::line(&names, &cells::DECISION_WIDTHS));
            }
            found
                .iter()
                .for_each(|record| tell(command, output, record));
        }
        let after = reader.decisions_after(&filter, Some(place));
        let (found, next) = after.map_err(failed)?;
        place = next;
        let new = found.iter().filter(|record| !known.contains(&record.seq));
        new.for_each(|record| tell(command, output, record));
        Ok(())
    })
}

fn tell(command: &DecisionsCommand, output: &Output, record: &DecisionRecord) {
    if command.json {
        return output.line(&Decision::from(record));
    }
    let cells = cells::decision(record);
    output.text(&cells::line(&cells, &cells::DECISION_WIDTHS));
}
