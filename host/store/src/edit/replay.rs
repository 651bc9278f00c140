//! Sends again what is settled.

use crate::delivery::State;
use crate::edit::steps;
use crate::error::StoreError;
use crate::filter::DeliveryFilter;
use crate::progress::Watch;
use crate::record::DeliveryRecord;
use crate::write::counts::Counts;
use rusqlite::{Connection, Error, params};
use uuid::Uuid;

/// How deliveries are replayed.
pub struct Replay<'a> {
    /// The time, in milliseconds since 1970.
    pub now: i64,
    /// So many a second at most.
    pub rate: Option<f64>,
    /// Makes an id for each delivery; without it each keeps its own.
    pub new_id: Option<&'a dyn Fn() -> Uuid>,
    /// Nothing is changed, only counted.
    pub dry_run: bool,
}

/// What was replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Deliveries that wait again, or would.
    pub deliveries: u64,
    /// Deliveries that are meant and settled, but whose body is not kept.
    pub without_body: u64,
}

/// Replays what the filter means, is settled and has its body. What waits is left alone.
pub fn replay(
    connection: &Connection,
    filter: &DeliveryFilter,
    replay: &Replay<'_>,
    watch: Watch<'_>,
) -> Result<Replayed, StoreError> {
    let without_body = std::cell::Cell::new(0);
    let wanted = |delivery: &DeliveryRecord| {
        let settled = delivery.state != State::Waiting;
        if settled && !delivery.has_body {
            without_body.set(without_body.get() + 1);
        }
        settled && delivery.has_body
    };
    let mut number = 0_u32;
    let change = |connection: &Connection, delivery: &DeliveryRecord, counts: &mut Counts| {
        let wait = replay
            .rate
            .map_or(0.0, |rate| f64::from(number) / rate * 1000.0);
        let changed = one(connection, delivery, replay, wait as i64, counts)?;
        number += u32::from(changed);
        Ok(changed)
    };
    let deliveries = steps::each(connection, filter, replay.dry_run, watch, wanted, change)?;
    Ok(Replayed {
        deliveries,
        without_body: without_body.get(),
    })
}

fn one(
    connection: &Connection,
    delivery: &DeliveryRecord,
    replay: &Replay<'_>,
    wait: i64,
    counts: &mut Counts,
) -> Result<bool, Error> {
    let id = replay.new_id.map_or(delivery.id, |new_id| new_id());
    // The owner gives it a place in the queue when it sees it in `changed`.
    let changed = connection
        .prepare_cached(
            "UPDATE delivery SET id = ?2, state = 0, queue = NULL, settled = NULL, due = ?3,
                 wait = ?4, spent = 0, attempts = 0, elapsed = NULL, status = NULL, error = NULL,
                 replays = replays + 1
             WHERE seq = ?1 AND state = ?5 AND body IS NOT NULL",
        )?
        .execute(params![
            delivery.seq,
            id.as_bytes().as_slice(),
            replay.now + wait,
            wait,
            delivery.state.number()
        ])?;
    if changed == 0 {
        return Ok(false);
    }
    note(connection, delivery.seq)?;
    counts.shift(delivery.state, State::Waiting, 1);
    Ok(true)
}

/// Writes down for the owner that a delivery was changed.
pub fn note(connection: &Connection, seq: i64) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO changed VALUES (?1)")?
        .execute((seq,))?;
    Ok(())
}
