//! All that is known of one delivery.

use crate::delivery::State;
use crate::disk::pages;
use crate::filter::DeliveryFilter;
use crate::read::condition::Condition;
use crate::read::deliveries;
use crate::record::{AttemptRecord, DeliveryRecord, Details};
use rusqlite::{Connection, Error};
use uuid::Uuid;

/// A delivery with its attempts and its body.
pub fn of(connection: &Connection, id: Uuid) -> Result<Option<Details>, Error> {
    let filter = DeliveryFilter {
        ids: vec![id],
        ..DeliveryFilter::default()
    };
    let condition = Condition::of_deliveries(&filter);
    let found = deliveries::select(connection, "delivery", &condition, "seq", 1)?;
    let Some(delivery) = found.into_iter().next() else {
        return Ok(None);
    };
    let body: Option<i64> = connection
        .prepare_cached("SELECT body FROM delivery WHERE seq = ?1")?
        .query_row((delivery.seq,), |row| row.get(0))?;
    let body = match body {
        Some(body) => pages::body(connection, body)?,
        None => None,
    };
    Ok(Some(Details {
        attempts: attempts(connection, &delivery)?,
        delivery,
        body,
    }))
}

/// The attempts of a delivery, in order. Where the delivery itself says all of its only
/// attempt, that is what is told.
pub fn attempts(
    connection: &Connection,
    delivery: &DeliveryRecord,
) -> Result<Vec<AttemptRecord>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT replay, number, at, elapsed, status, error, answer FROM attempt
         WHERE delivery = ?1 ORDER BY replay, number",
    )?;
    let found = select.query_map((delivery.seq,), |row| {
        Ok(AttemptRecord {
            replay: row.get(0)?,
            number: row.get(1)?,
            at: row.get(2)?,
            elapsed: row.get(3)?,
            status: row.get(4)?,
            error: row.get(5)?,
            answer: row.get(6)?,
        })
    })?;
    let mut found: Vec<_> = found.collect::<Result<_, _>>()?;
    let of_this_replay = |attempt: &AttemptRecord| attempt.replay == delivery.replays;
    let plain = delivery.state == State::Delivered && delivery.attempts == 1;
    if plain && !found.iter().any(of_this_replay) {
        let elapsed = delivery.elapsed.unwrap_or_default();
        found.push(AttemptRecord {
            replay: delivery.replays,
            number: 1,
            at: delivery.settled.unwrap_or(delivery.accepted) - elapsed,
            elapsed,
            status: delivery.status,
            error: delivery.error.clone(),
            answer: None,
        });
    }
    Ok(found)
}
