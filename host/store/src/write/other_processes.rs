//! What other processes changed: replays and forgotten deliveries. They write it down in
//! `changed`, and only the owner gives places in the queue, so that the order in which these
//! are given is the order in which they are committed.

use crate::delivery::State;
use rusqlite::{Connection, Error};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Changes of one step.
pub const STEP: i64 = 512;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Webhooks for which something waits again, and how much.
    pub replayed: BTreeMap<String, u64>,
    /// Deliveries that waited and are forgotten.
    pub forgotten: Vec<Uuid>,
    /// Changes that were seen.
    pub seen: i64,
}

/// Tells by a number whether anybody else wrote.
pub fn version(connection: &Connection) -> Result<i64, Error> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row((), |row| row.get(0))
}

/// How many changes the next step has.
pub fn pending(connection: &Connection) -> Result<i64, Error> {
    connection
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM changed LIMIT ?1)")?
        .query_row((STEP,), |row| row.get(0))
}

/// Sees to some changes, as many as there are places in the queue from `queue` on.
pub fn step(connection: &Connection, queue: i64, places: i64) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut last = None;
    let mut changed = connection.prepare_cached(
        "SELECT changed.delivery, delivery.state, delivery.queue, delivery.id, webhook.name
         FROM changed
         LEFT JOIN delivery ON delivery.seq = changed.delivery
         LEFT JOIN webhook ON webhook.id = delivery.webhook
         ORDER BY changed.delivery LIMIT ?1",
    )?;
    let mut rows = changed.query((places,))?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        last = Some(seq);
        found.seen += 1;
        let state = row.get::<_, Option<i64>>(1)?.and_then(State::of);
        let place: Option<i64> = row.get(2)?;
        match state {
            Some(State::Waiting) if place.is_none() => {
                waiting.push(seq);
                let webhook = row.get::<_, Option<String>>(4)?.unwrap_or_default();
                *found.replayed.entry(webhook).or_default() += 1;
            }
            Some(State::Forgotten) => {
                let id: Vec<u8> = row.get(3)?;
                found.forgotten.extend(Uuid::from_slice(&id));
            }
            _ => {}
        }
    }
    for (seq, place) in waiting.into_iter().zip(queue..) {
        connection
            .prepare_cached("UPDATE delivery SET queue = ?2 WHERE seq = ?1")?
            .execute((seq, place))?;
    }
    if let Some(last) = last {
        connection
            .prepare_cached("DELETE FROM changed WHERE delivery <= ?1")?
            .execute((last,))?;
    }
    Ok(found)
}
