//! Goes through the deliveries that a filter means, in short transactions, so that the process
//! that delivers never waits for long.

use crate::error::StoreError;
use crate::filter::DeliveryFilter;
use crate::progress::{Progress, Watch};
use crate::read::condition::Condition;
use crate::read::deliveries;
use crate::read::paged_scan::{WINDOW, tell};
use crate::record::DeliveryRecord;
use crate::write::counts::Counts;
use rusqlite::{Connection, Error};
use std::thread;
use std::time::Duration;

/// Changes of one transaction.
const STEP: usize = 500;

/// Between two transactions, for others that want to write.
const PAUSE: Duration = Duration::from_millis(5);

/// Calls `change` for each delivery that the filter means and `wanted` lets through, oldest
/// first; with `dry_run` it only counts. Says how many it were. `change` says whether it
/// changed anything.
pub fn each(
    connection: &Connection,
    filter: &DeliveryFilter,
    dry_run: bool,
    watch: Watch<'_>,
    wanted: impl Fn(&DeliveryRecord) -> bool,
    mut change: impl FnMut(&Connection, &DeliveryRecord, &mut Counts) -> Result<bool, Error>,
) -> Result<u64, StoreError> {
    let condition = Condition::of_deliveries(filter);
    let total = deliveries::rows(connection)?;
    let mut progress = Progress {
        done: 0,
        total: Some(total),
    };
    let mut changed = 0;
    let mut after = Some(0);
    // What is added meanwhile is not meant.
    let last: Option<i64> =
        connection.query_row("SELECT max(seq) FROM delivery", (), |row| row.get(0))?;
    while let Some(place) = after {
        let (found, next) = if filter.ids.is_empty() && filter.event_id.is_none() {
            deliveries::window(connection, &condition, place)?
        } else {
            let all = deliveries::select(connection, "delivery", &condition, "seq", usize::MAX)?;
            (all, None)
        };
        let meant = found.iter().filter(|delivery| Some(delivery.seq) <= last);
        let meant: Vec<_> = meant.filter(|delivery| wanted(delivery)).collect();
        if dry_run {
            changed += meant.len() as u64;
        } else {
            for step in meant.chunks(STEP) {
                changed += transaction(connection, step, &mut change)?;
                thread::sleep(PAUSE);
                tell(&mut *watch, progress)?;
            }
        }
        progress.done = (progress.done + WINDOW.unsigned_abs()).min(total);
        tell(&mut *watch, progress)?;
        after = next.filter(|next| Some(*next) < last);
    }
    Ok(changed)
}

fn transaction(
    connection: &Connection,
    deliveries: &[&DeliveryRecord],
    change: &mut impl FnMut(&Connection, &DeliveryRecord, &mut Counts) -> Result<bool, Error>,
) -> Result<u64, Error> {
    let (mut counts, mut changed) = (Counts::default(), 0);
    let mut work = || {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for delivery in deliveries {
            changed += u64::from(change(connection, delivery, &mut counts)?);
        }
        counts.write(connection)?;
        connection.execute_batch("COMMIT")
    };
    if let Err(error) = work() {
        drop(connection.execute_batch("ROLLBACK"));
        return Err(error);
    }
    Ok(changed)
}
