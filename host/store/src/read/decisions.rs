//! Lists decisions before events.

use crate::error::StoreError;
use crate::filter::DecisionFilter;
use crate::progress::Watch;
use crate::read::answers;
use crate::read::condition::Condition;
use crate::read::paged_scan::{self, WINDOW, Windows};
use crate::record::DecisionRecord;
use rusqlite::{Connection, Error, Row};

const NEWEST: &str = "at DESC, seq DESC";

const COLUMNS: &str = "seq, event, event_id, at, elapsed, cancelled, failed_open, reason";

/// How far a decision is from the time in the id of a question, in milliseconds, unless the
/// clock was set meanwhile.
const NEAR: i64 = 10 * 60 * 1_000;

/// The newest decisions that a filter means.
pub fn newest(
    connection: &Connection,
    filter: &DecisionFilter,
    limit: usize,
    watch: Watch<'_>,
) -> Result<Vec<DecisionRecord>, StoreError> {
    if let Some(near) = near(filter) {
        let found = all(connection, &near, limit, watch)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    all(connection, filter, limit, watch)
}

/// Where the decision with a question is found first: no index leads from one to the other,
/// but the question's id has its time.
fn near(filter: &DecisionFilter) -> Option<DecisionFilter> {
    if filter.since.is_some() || filter.until.is_some() {
        return None;
    }
    let (seconds, _) = filter.delivery?.get_timestamp()?.to_unix();
    let time = i64::try_from(seconds).ok()?.checked_mul(1_000)?;
    Some(DecisionFilter {
        since: time.checked_sub(NEAR),
        until: time.checked_add(NEAR),
        ..filter.clone()
    })
}

fn all(
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
        before: filter.before,
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
    paged_scan::rows(connection, COLUMNS, table, condition, order, limit, read)
}
