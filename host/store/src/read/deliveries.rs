//! Lists deliveries.

use crate::delivery::State;
use crate::disk::pages;
use crate::error::StoreError;
use crate::filter::DeliveryFilter;
use crate::progress::{Progress, Watch};
use crate::read::condition::Condition;
use crate::record::DeliveryRecord;
use rusqlite::types::Value;
use rusqlite::{Connection, Error, OptionalExtension, Row, params_from_iter};
use std::cmp::Reverse;

/// Rows that are gone through in one question: each is short, so that it can be ended, and so
/// that the log can be copied meanwhile.
pub const WINDOW: i64 = 8192;

const COLUMNS: &str =
    "delivery.seq, delivery.id, (SELECT name FROM webhook WHERE webhook.id = delivery.webhook),
    event, event_id, state, accepted, settled, due, attempts, elapsed, status, error, replays,
    body IS NOT NULL";

/// The newest deliveries that a filter means.
pub fn newest(
    connection: &Connection,
    filter: &DeliveryFilter,
    limit: usize,
    watch: Watch<'_>,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let condition = Condition::of_deliveries(filter);
    let order = "accepted DESC, seq DESC";
    if !filter.ids.is_empty() || filter.event_id.is_some() {
        // An index has them all; what is found is sorted.
        return Ok(select(connection, "delivery", &condition, order, limit)?);
    }
    if filter.states == [State::Waiting] {
        return Ok(waiting(connection, &condition, order, limit)?);
    }
    let index = if filter.states == [State::Failed] {
        ("delivery_failed", "state = 2 AND ")
    } else {
        ("delivery_accepted", "")
    };
    walk(connection, index, filter, &condition, limit, watch)
}

/// What waits has a place in the queue, which has an index; or it was replayed and is to get
/// one, once a process has the store.
fn waiting(
    connection: &Connection,
    condition: &Condition,
    order: &str,
    limit: usize,
) -> Result<Vec<DeliveryRecord>, Error> {
    let mut found = Vec::new();
    let placed = "queue IS NOT NULL";
    let unplaced = "queue IS NULL AND delivery.seq IN (SELECT changed.delivery FROM changed)";
    for part in [placed, unplaced] {
        let mut condition = condition.clone();
        condition.and(part, []);
        found.extend(select(connection, "delivery", &condition, order, limit)?);
    }
    found.sort_by_key(|delivery| Reverse((delivery.accepted, delivery.seq)));
    found.truncate(limit);
    Ok(found)
}

/// Goes from the newest to the oldest by the time of acceptance, in windows.
fn walk(
    connection: &Connection,
    (index, state): (&str, &str),
    filter: &DeliveryFilter,
    condition: &Condition,
    limit: usize,
    watch: Watch<'_>,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let sql = format!(
        "SELECT accepted, seq FROM delivery INDEXED BY {index}
         WHERE {state}(accepted, seq) < (?1, ?2) ORDER BY accepted DESC, seq DESC
         LIMIT 1 OFFSET ?3"
    );
    let mut find = connection.prepare_cached(&sql)?;
    let total = rows(connection)?;
    let mut progress = Progress {
        done: 0,
        total: Some(total),
    };
    let mut found = Vec::new();
    let mut from = (filter.until.unwrap_or(i64::MAX), i64::MIN);
    if filter.until.is_none() {
        from.1 = i64::MAX;
    }
    loop {
        let until: Option<(i64, i64)> = find
            .query_row((from.0, from.1, WINDOW - 1), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let mut window = condition.clone();
        window.and("(accepted, seq) < (?, ?)", [from.0.into(), from.1.into()]);
        if let Some((accepted, seq)) = until {
            window.and("(accepted, seq) >= (?, ?)", [accepted.into(), seq.into()]);
        }
        let table = format!("delivery INDEXED BY {index}");
        let left = limit - found.len();
        found.extend(select(
            connection,
            &table,
            &window,
            "accepted DESC, seq DESC",
            left,
        )?);
        progress.done = (progress.done + WINDOW.unsigned_abs()).min(total);
        let Some(next) = until else { break };
        if found.len() >= limit || filter.since.is_some_and(|since| next.0 < since) {
            break;
        }
        tell(&mut *watch, progress)?;
        from = next;
    }
    Ok(found)
}

/// Deliveries behind a place in the order of acceptance, oldest first, and where the window
/// ended; none at the end.
pub fn window(
    connection: &Connection,
    condition: &Condition,
    after: i64,
) -> Result<(Vec<DeliveryRecord>, Option<i64>), Error> {
    let until: Option<i64> = connection
        .prepare_cached("SELECT seq FROM delivery WHERE seq > ?1 ORDER BY seq LIMIT 1 OFFSET ?2")?
        .query_row((after, WINDOW - 1), |row| row.get(0))
        .optional()?;
    let mut condition = condition.clone();
    condition.and("delivery.seq > ?", [after.into()]);
    if let Some(until) = until {
        condition.and("delivery.seq <= ?", [until.into()]);
    }
    let found = select(connection, "delivery", &condition, "seq", usize::MAX)?;
    Ok((found, until))
}

/// Deliveries for which a condition holds.
pub fn select(
    connection: &Connection,
    table: &str,
    condition: &Condition,
    order: &str,
    limit: usize,
) -> Result<Vec<DeliveryRecord>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {table} WHERE {} ORDER BY {order} LIMIT ?",
        condition.sql()
    );
    let limit = Value::from(i64::try_from(limit).unwrap_or(i64::MAX));
    let mut select = connection.prepare_cached(&sql)?;
    let found = select.query_map(
        params_from_iter(condition.values.iter().chain([&limit])),
        record,
    )?;
    found.collect()
}

fn record(row: &Row<'_>) -> Result<DeliveryRecord, Error> {
    let state: i64 = row.get(5)?;
    Ok(DeliveryRecord {
        seq: row.get(0)?,
        id: pages::id(row, 1)?,
        webhook: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        event: row.get(3)?,
        event_id: row.get(4)?,
        state: State::of(state).ok_or(Error::IntegralValueOutOfRange(5, state))?,
        accepted: row.get(6)?,
        settled: row.get(7)?,
        due: row.get(8)?,
        attempts: row.get(9)?,
        elapsed: row.get(10)?,
        status: row.get(11)?,
        error: row.get(12)?,
        replays: row.get(13)?,
        has_body: row.get(14)?,
    })
}

/// About how many deliveries there are.
pub fn rows(connection: &Connection) -> Result<u64, Error> {
    connection
        .prepare_cached("SELECT coalesce(sum(deliveries), 0) FROM count")?
        .query_row((), |row| row.get(0))
}

/// Tells how far it is, and ends if that is wanted.
pub fn tell(watch: Watch<'_>, progress: Progress) -> Result<(), StoreError> {
    if watch(progress).is_break() {
        return Err(StoreError::Cancelled);
    }
    Ok(())
}
