//! `deliveries`: what waits, got through or failed.

use crate::args::DeliveriesCommand;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::progress::Bar;
use crate::store::opening::{self, failed};
use crate::store::records::Delivery;
use crate::store::{cells, filter, follow};
use crate::{columns, json, notice, stdio, table};
use servo_webhooks_store::{DeliveryFilter, DeliveryRecord, Reader};
use std::collections::HashMap;
use std::io::Write;

/// Runs the command.
pub fn run(command: &DeliveriesCommand) -> Result<Exit, Failure> {
    let reader = opening::reader(&command.store.store)?;
    let mut filter = filter::of(&command.filters);
    if let Some(id) = &command.id {
        filter::narrow(&mut filter, &reader, id)?;
    }
    if command.follow {
        return followed(command, &reader, filter);
    }
    let (found, more) = newest(&reader, &filter, command.limit)?;
    let mut out = stdio::output();
    if command.json {
        for record in &found {
            writeln!(out, "{}", json::line(&Delivery::from(record))?)?;
        }
    } else if found.is_empty() {
        writeln!(out, "no deliveries")?;
    } else {
        let mut rows: Vec<_> = found.iter().map(cells::delivery).collect();
        let width = columns::width();
        cells::fit(&cells::DELIVERY, &mut rows, width);
        write!(out, "{}", table::arranged(&cells::DELIVERY, &rows, width))?;
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
    filter: &DeliveryFilter,
    limit: usize,
) -> Result<(Vec<DeliveryRecord>, bool), Failure> {
    let mut bar = Bar::new("looking for deliveries");
    let found = reader.deliveries(filter, limit.saturating_add(1), &mut |it| bar.step(it));
    let mut found = found.map_err(failed)?;
    let more = found.len() > limit;
    found.truncate(limit);
    found.reverse();
    Ok((found, more))
}

fn followed(
    command: &DeliveriesCommand,
    reader: &Reader,
    filter: DeliveryFilter,
) -> Result<Exit, Failure> {
    // From before the list, so that nothing falls between them.
    let mut changes = reader.follow(filter.clone()).map_err(failed)?;
    let (found, _) = newest(reader, &filter, command.limit)?;
    let known: HashMap<_, _> = found.iter().map(|it| (it.seq, it.clone())).collect();
    let tell = |output: &Output, record: &DeliveryRecord| match command.json {
        true => output.line(&Delivery::from(record)),
        false => output.text(&cells::line(
            &cells::delivery(record),
            &cells::DELIVERY_WIDTHS,
        )),
    };
    let mut first = Some(found);
    follow::run(move |output| {
        if let Some(found) = first.take() {
            if !command.json {
                let names = cells::DELIVERY.map(str::to_owned);
                output.text(&cells::line(&names, &cells::DELIVERY_WIDTHS));
            }
            found.iter().for_each(|record| tell(output, record));
        }
        let changed = reader.changes(&mut changes).map_err(failed)?;
        let is_new = |record: &&DeliveryRecord| known.get(&record.seq) != Some(*record);
        changed
            .iter()
            .filter(is_new)
            .for_each(|record| tell(output, record));
        Ok(())
    })
}
