//! Lists decisions before events.

use crate::error::StoreError;
use crate::filter::DecisionFilter;
use crate::progress::{Progress, Watch};
use crate::read::answers;
use crate::read::condition::Condition;
use crate::read::deliveries::tell;
use crate::record::DecisionRecord;
use rusqlite::types::Value;
use rusqlite::{Connection, Error, OptionalExtension, params_from_iter};

/// Rows that are gone through in one question.
const WINDOW: i64 = 8192;

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
        return Ok(select(connection, "", &condition, NEWEST, limit)?);
    }
    let mut find = connection.prepare_cached(
        "SELECT at, seq FROM decision INDEXED BY decision_at WHERE (at, seq) < (?1, ?2)
         ORDER BY at DESC, seq DESC LIMIT 1 OFFSET ?3",
    )?;
    let (mut found, mut progress) = (Vec::new(), Progress::default());
    let mut from = filter
        .until
        .map_or((i64::MAX, i64::MAX), |until| (until, i64::MIN));
    loop {
        let until: Option<(i64, i64)> = find
            .query_row((from.0, from.1, WINDOW - 1), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let mut window = condition.clone();
        window.and("(at, seq) < (?, ?)", [from.0.into(), from.1.into()]);
        if let Some((at, seq)) = until {
            window.and("(at, seq) >= (?, ?)", [at.into(), seq.into()]);
        }
        let left = limit - found.len();
        found.extend(select(
            connection,
            "INDEXED BY decision_at",
            &window,
            NEWEST,
            left,
        )?);
        progress.done += WINDOW.unsigned_abs();
        let Some(next) = until else { break };
        if found.len() >= limit || filter.since.is_some_and(|since| next.0 < since) {
            break;
        }
        tell(&mut *watch, progress)?;
        from = next;
    }
    Ok(found)
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
    Ok((select(connection, "", &condition, "seq", usize::MAX)?, last))
}

/// Decisions behind a place in their order, oldest first, and where the window ended.
pub fn window(
    connection: &Connection,
    after: i64,
) -> Result<(Vec<DecisionRecord>, Option<i64>), Error> {
    let mut condition = Condition::default();
    condition.and("seq > ?", [after.into()]);
    let most = usize::try_from(WINDOW).unwrap_or_default();
    let found = select(connection, "", &condition, "seq", most)?;
    let until = found.last().filter(|_| found.len() == most);
    let until = until.map(|decision| decision.seq);
    Ok((found, until))
}

fn select(
    connection: &Connection,
    index: &str,
    condition: &Condition,
    order: &str,
    limit: usize,
) -> Result<Vec<DecisionRecord>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM decision {index} WHERE {} ORDER BY {order} LIMIT ?",
        condition.sql()
    );
    let limit = Value::from(i64::try_from(limit).unwrap_or(i64::MAX));
    let mut select = connection.prepare_cached(&sql)?;
    let values = params_from_iter(condition.values.iter().chain([&limit]));
    let found = select.query_map(values, |row| {
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
    })?;
    found.collect()
}
