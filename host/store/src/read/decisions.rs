//! Lists decisions before events.

use crate::error::StoreError;
use crate::filter::DecisionFilter;
use crate::progress::Watch;
use crate::read::answers;
use crate::read::condition::Condition;
use crate::read::windows::{self, WINDOW, Windows};
use crate::record::DecisionRecord;
use rusqlite::{Connection, Error, Row};

const NEWEST: &str = "at DESC, seq DESC";

const COLUMNS: &str = "seq, event, event_id, at, elapsed, cancelled, failed_open, reason";

/// The newest decisions that a filter means.
pub fn newest(
    connection: &Connection,
    filter: &DecisionFilter,
    limit: usize,
    watch: Watch<'_>,
) -> Result<Vec<DecisionRecord>, StoreError> {
    let condition = Condition::of_decisions(filter);
    if filter.event_id.is_some() {
        return Ok(select(connection, "decision", &condition, NEWEST, limit)?);
    }
    let windows = Windows {
        table: "decision",
        index: "decision_at",
        time: "at",
        indexed: "true",
        since: filter.since,
        until: filter.until,
        total: None,
    };
    windows.newest(
        connection,
        &condition,
        limit,
        watch,
        |table, window, most| select(connection, table, window, NEWEST, most),
    )
}

/// Decisions behind a place in their order that a filter means, oldest first, and the place of
/// the last there is; without a place nothing but that.
pub fn after(
    connection: &Connection,
    filter: &DecisionFilter,
    place: Option<i64>,
) -> Result<(Vec<DecisionRecord>, i64), StoreError> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(seq) FROM decision")?
        .query_row((), |row| row.get(0))?;
    let last = last.unwrap_or_default();
    let Some(place) = place.filter(|place| *place < last) else {
        return Ok((Vec::new(), place.unwrap_or(last)));
    };
    let mut condition = Condition::of_decisions(filter);
    condition.and("seq > ? AND seq <= ?", [place.into(), last.into()]);
    Ok((
        select(connection, "decision", &condition, "seq", usize::MAX)?,
        last,
    ))
}

/// Decisions behind a place in their order, oldest first, and where the window ended.
pub fn window(
    connection: &Connection,
    after: i64,
) -> Result<(Vec<DecisionRecord>, Option<i64>), Error> {
    let mut condition = Condition::default();
    condition.and("seq > ?", [after.into()]);
    let most = usize::try_from(WINDOW).unwrap_or_default();
    let found = select(connection, "decision", &condition, "seq", most)?;
    let until = found.last().filter(|_| found.len() == most);
    let until = until.map(|decision| decision.seq);
    Ok((found, until))
}

fn select(
    connection: &Connection,
    table: &str,
    condition: &Condition,
    order: &str,
    limit: usize,
) -> Result<Vec<DecisionRecord>, Error> {
    let read = |row: &Row<'_>| {
        let seq = row.get(0)?;
        Ok(DecisionRecord {
            seq,
            event: row.get(1)?,
            event_id: row.get(2)?,
            at: row.get(3)?,
            elapsed: row.get(4)?,
            cancelled: row.get(5)?,
            failed_open: row.get(6)?,
            reason: row.get(7)?,
            answers: answers::of(connection, seq)?,
        })
    };
    windows::rows(connection, COLUMNS, table, condition, order, limit, read)
}
