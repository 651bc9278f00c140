//! What webhooks said before an event.

use crate::record::AnswerRecord;
use rusqlite::{Connection, Error};
use uuid::Uuid;

/// The answers that led to a decision, in order.
pub fn of(connection: &Connection, decision: i64) -> Result<Vec<AnswerRecord>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT webhook, delivery, result, failed_open, attempts, status, error, elapsed
         FROM answer WHERE decision = ?1 ORDER BY number",
    )?;
    let found = select.query_map((decision,), |row| {
        let delivery: Option<[u8; 16]> = row.get(1)?;
        Ok(AnswerRecord {
            webhook: row.get(0)?,
            delivery: delivery.map(Uuid::from_bytes),
            result: row.get(2)?,
            failed_open: row.get(3)?,
            attempts: row.get(4)?,
            status: row.get(5)?,
            error: row.get(6)?,
            elapsed: row.get(7)?,
        })
    })?;
    found.collect()
}
