//! Rows of history, and what they leave behind when they go.

use crate::decision::Decision;
use crate::write::batch::Target;
use rusqlite::{Connection, Error, params};

/// A decision with its answers.
pub fn decision(connection: &Connection, seq: i64, decision: &Decision) -> Result<(), Error> {
    let failed_open = decision.answers.iter().any(|answer| answer.failed_open);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO decision (seq, event, event_id, at, elapsed, cancelled,
                 failed_open, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            seq,
            decision.event,
            decision.event_id,
            decision.at,
            decision.elapsed,
            decision.cancelled,
            failed_open,
            decision.reason,
        ])?;
    for (answer, number) in decision.answers.iter().zip(0_i64..) {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO answer (decision, number, webhook, delivery, result,
                     failed_open, attempts, status, error, elapsed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                seq,
                number,
                answer.webhook,
                answer.delivery.as_ref().map(|id| id.as_bytes().as_slice()),
                answer.result,
                answer.failed_open,
                answer.attempts,
                answer.status,
                answer.error,
                answer.elapsed,
            ])?;
    }
    Ok(())
}

/// A webhook is gone, or not any more.
pub fn gone(connection: &Connection, webhook: &str, target: Option<&Target>) -> Result<(), Error> {
    match target {
        Some((target, at)) => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO gone (webhook, target, at) VALUES (?1, ?2, ?3)",
            )?
            .execute((webhook, &**target, at))?,
        None => connection
            .prepare_cached("DELETE FROM gone WHERE webhook = ?1")?
            .execute((webhook,))?,
    };
    Ok(())
}

/// Before the name of a webhook that is paused, in `meta`.
pub const PAUSED: &str = "paused:";

/// Somebody paused a webhook, or resumed it.
pub fn paused(connection: &Connection, webhook: &str, since: Option<i64>) -> Result<(), Error> {
    let key = format!("{PAUSED}{webhook}");
    match since {
        Some(since) => connection
            .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
            .execute((key, since))?,
        None => connection
            .prepare_cached("DELETE FROM meta WHERE key = ?1")?
            .execute((key,))?,
    };
    Ok(())
}

/// Webhooks that are paused, and since when.
pub fn paused_webhooks(connection: &Connection) -> Result<Vec<(String, i64)>, Error> {
    let mut find = connection.prepare(
        "SELECT substr(key, ?2), value FROM meta WHERE substr(key, 1, ?2 - 1) = ?1 ORDER BY key",
    )?;
    let found = find.query_map((PAUSED, PAUSED.len() + 1), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    found.collect()
}

/// Removes a body that no delivery has any more.
pub fn drop_body(connection: &Connection, body: Option<i64>) -> Result<(), Error> {
    if let Some(body) = body {
        connection
            .prepare_cached(
                "DELETE FROM body
                 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE body = ?1)",
            )?
            .execute((body,))?;
    }
    Ok(())
}

/// Headers of a body as they are on disk: a list of pairs.
pub fn headers(headers: &[(String, String)]) -> String {
    serde_json::Value::from_iter(
        headers
            .iter()
            .map(|(name, value)| serde_json::Value::from_iter([name.as_str(), value.as_str()])),
    )
    .to_string()
}
