//! Makes dead letters of all that waits of a webhook.

use crate::delivery::State;
use crate::write::counts::Counts;
use crate::write::webhooks;
use rusqlite::{Connection, Error};

/// Deliveries of one step.
const STEP: u32 = 512;

/// A webhook whose deliveries are to become dead letters.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    /// The webhook's name.
    pub webhook: String,
    /// Why.
    pub why: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// How many it were so far.
    pub done: u64,
}

/// Buries some, and says how many. It is over when these are fewer than a step.
pub fn step(
    connection: &Connection,
    letters: &DeadLetters,
    counts: &mut Counts,
) -> Result<u64, Error> {
    let Some(webhook) = webhooks::find(connection, &letters.webhook)? else {
        return Ok(0);
    };
    let mut bury = connection.prepare_cached(
        "UPDATE delivery SET state = ?1, queue = NULL, due = NULL, wait = 0, settled = ?2,
             error = ?3
         WHERE seq IN (SELECT seq FROM delivery INDEXED BY delivery_queue
             WHERE webhook = ?4 AND queue IS NOT NULL ORDER BY queue LIMIT ?5)",
    )?;
    let buried = bury.execute((
        State::Failed.number(),
        letters.at,
        &letters.why,
        webhook,
        STEP,
    ))?;
    let buried = i64::try_from(buried).unwrap_or_default();
    counts.shift(State::Waiting, State::Failed, buried);
    Ok(buried.unsigned_abs())
}

/// Whether a step that buried so many was the last.
pub const fn is_last(buried: u64) -> bool {
    buried < STEP as u64
}
