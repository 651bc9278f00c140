//! Lists deliveries.

use crate::delivery::State;
use crate::disk::pages;
use crate::error::StoreError;
use crate::filter::DeliveryFilter;
use crate::progress::Watch;
use crate::read::condition::Condition;
use crate::read::paged_scan::{self, WINDOW, Windows};
use crate::record::DeliveryRecord;
use rusqlite::{Connection, Error, OptionalExtension, Row};
use std::cmp::Reverse;

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
    let (index, indexed) = match filter.states == [State::Failed] {
        true => ("delivery_failed", "state = 2"),
        false => ("delivery_accepted", "true"),
    };
    let windows = Windows {
        table: "delivery",
        index,
        time: "accepted",
        indexed,
        since: filter.since,
        until: filter.until,
        before: filter.before,
        total: Some(rows(connection)?),
    };
    windows.newest(
        connection,
        &condition,
        limit,
        watch,
        |table, window, most| select(connection, table, window, order, most),
    )
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
    paged_scan::rows(connection, COLUMNS, table, condition, order, limit, record)
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
