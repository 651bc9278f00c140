//! Makes dead letters of what waits of a webhook.

use crate::delivery::State;
use crate::write::counts::Counts;
use crate::write::webhooks;
use rusqlite::{Connection, Error};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// Deliveries that one step looks at.
const STEP: usize = 512;

/// A webhook whose deliveries are to become dead letters.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    /// The webhook's name.
    pub webhook: String,
    /// Why.
    pub why: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Those in memory, which wait until they are settled.
    pub loaded: Arc<HashSet<Uuid>>,
    /// The last place in the queue: what came later is not meant.
    pub last: i64,
    /// The commit that the last place is on disk with.
    pub commit: u64,
    /// The place that it was looked through up to.
    pub after: i64,
    /// How many there were so far.
    pub done: u64,
}

/// What a step did.
#[derive(Clone, Copy, Debug)]
pub struct Buried {
    /// How many became dead letters.
    pub deliveries: u64,
    /// The place that it was looked through up to.
    pub after: i64,
    /// There are no more.
    pub over: bool,
}

/// Looks through some, and buries those that are not in memory.
pub fn step(
    connection: &Connection,
    letters: &DeadLetters,
    counts: &mut Counts,
) -> Result<Buried, Error> {
    let mut step = Buried {
        deliveries: 0,
        after: letters.after,
        over: true,
    };
    let Some(webhook) = webhooks::find(connection, &letters.webhook)? else {
        return Ok(step);
    };
    let mut find = connection.prepare_cached(
        "SELECT seq, id, queue FROM delivery INDEXED BY delivery_queue
         WHERE webhook = ?1 AND queue > ?2 AND queue <= ?3 AND queue IS NOT NULL
         ORDER BY queue LIMIT ?4",
    )?;
    let found = find.query_map((webhook, letters.after, letters.last, STEP), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let found: Vec<(i64, [u8; 16], i64)> = found.collect::<Result<_, _>>()?;
    step.over = found.len() < STEP;
    let mut bury = connection.prepare_cached(
        "UPDATE delivery SET state = ?1, queue = NULL, due = NULL, wait = 0, settled = ?2,
             error = ?3
         WHERE seq = ?4",
    )?;
    for (seq, id, place) in found {
        step.after = place;
        if !letters.loaded.contains(&Uuid::from_bytes(id)) {
            bury.execute((State::Failed.number(), letters.at, &letters.why, seq))?;
            counts.shift(State::Waiting, State::Failed, 1);
            step.deliveries += 1;
        }
    }
    Ok(step)
}
