//! Forgets deliveries: their bodies and answers go, and what waits is not sent any more.

use crate::delivery::State;
use crate::edit::{replay, steps};
use crate::error::StoreError;
use crate::filter::DeliveryFilter;
use crate::progress::Watch;
use crate::record::DeliveryRecord;
use crate::write::counts::Counts;
use crate::write::history;
use rusqlite::{Connection, Error, OptionalExtension};

/// Forgets what the filter means, and says how many deliveries it were.
pub fn forget(
    connection: &Connection,
    filter: &DeliveryFilter,
    now: i64,
    dry_run: bool,
    watch: Watch<'_>,
) -> Result<u64, StoreError> {
    let wanted = |delivery: &DeliveryRecord| delivery.state != State::Forgotten;
    let change = |connection: &Connection, delivery: &DeliveryRecord, counts: &mut Counts| {
        one(connection, delivery, now, counts)
    };
    steps::each(connection, filter, dry_run, watch, wanted, change)
}

fn one(
    connection: &Connection,
    delivery: &DeliveryRecord,
    now: i64,
    counts: &mut Counts,
) -> Result<bool, Error> {
    // It may have been settled since it was found.
    let found: Option<(i64, Option<i64>)> = connection
        .prepare_cached("SELECT state, body FROM delivery WHERE seq = ?1")?
        .query_row((delivery.seq,), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((state, body)) = found else {
        return Ok(false);
    };
    let Some(state) = State::of(state).filter(|state| *state == delivery.state) else {
        return Ok(false);
    };
    connection
        .prepare_cached(
            "UPDATE delivery SET state = ?2, queue = NULL, body = NULL, due = NULL, wait = 0,
                 settled = coalesce(settled, ?3)
             WHERE seq = ?1",
        )?
        .execute((delivery.seq, State::Forgotten.number(), now))?;
    connection
        .prepare_cached("UPDATE attempt SET answer = NULL WHERE delivery = ?1")?
        .execute((delivery.seq,))?;
    history::drop_body(connection, body)?;
    if state == State::Waiting {
        replay::note(connection, delivery.seq)?;
    }
    counts.shift(state, State::Forgotten, 1);
    Ok(true)
}
