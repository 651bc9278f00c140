//! Reads tables from the newest row to the oldest, in windows: each is one question that is
//! short, so that it can be ended, and so that the log can be copied meanwhile.

use crate::error::StoreError;
use crate::progress::{Progress, Watch};
use crate::read::condition::Condition;
use rusqlite::types::Value;
use rusqlite::{Connection, Error, OptionalExtension, Row, params_from_iter};

/// Rows that are gone through in one question.
pub const WINDOW: i64 = 8192;

/// An index by time, and which part of its table is wanted.
pub struct Windows<'a> {
    /// The table.
    pub table: &'a str,
    /// Its index.
    pub index: &'a str,
    /// The column of the time; `seq` comes behind it.
    pub time: &'a str,
    /// What holds for all rows of the index, in SQL.
    pub indexed: &'a str,
    /// From then on.
    pub since: Option<i64>,
    /// Before then.
    pub until: Option<i64>,
    /// Behind this time and `seq`.
    pub before: Option<(i64, i64)>,
    /// About how many rows there are, if that is known.
    pub total: Option<u64>,
}

impl Windows<'_> {
    /// The newest rows, newest first; `select` reads those of a window, at most so many, from
    /// a table that names its index.
    pub fn newest<T>(
        &self,
        connection: &Connection,
        condition: &Condition,
        limit: usize,
        watch: Watch<'_>,
        select: impl Fn(&str, &Condition, usize) -> Result<Vec<T>, Error>,
    ) -> Result<Vec<T>, StoreError> {
        let Self { time, indexed, .. } = self;
        let table = format!("{} INDEXED BY {}", self.table, self.index);
        let mut find = connection.prepare_cached(&format!(
            "SELECT {time}, seq FROM {table} WHERE {indexed} AND ({time}, seq) < (?1, ?2)
             ORDER BY {time} DESC, seq DESC LIMIT 1 OFFSET ?3"
        ))?;
        let mut progress = Progress {
            done: 0,
            total: self.total,
        };
        let mut found = Vec::new();
        let mut from = match self.until {
            Some(until) => (until, i64::MIN),
            None => (i64::MAX, i64::MAX),
        };
        from = self.before.map_or(from, |before| before.min(from));
        loop {
            let until: Option<(i64, i64)> = find
                .query_row((from.0, from.1, WINDOW - 1), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let mut window = condition.clone();
            let (behind, ahead) = (
                format!("({time}, seq) < (?, ?)"),
                format!("({time}, seq) >= (?, ?)"),
            );
            window.and(&behind, [from.0.into(), from.1.into()]);
            if let Some((time, seq)) = until {
                window.and(&ahead, [time.into(), seq.into()]);
            }
            found.extend(select(&table, &window, limit - found.len())?);
            progress.done += WINDOW.unsigned_abs();
            progress.done = progress.done.min(self.total.unwrap_or(u64::MAX));
            let Some(next) = until else { break };
            if found.len() >= limit || self.since.is_some_and(|since| next.0 < since) {
                break;
            }
            tell(&mut *watch, progress)?;
            from = next;
        }
        Ok(found)
    }
}

/// Rows for which a condition holds, in an order, each as `read` reads it.
pub fn rows<T>(
    connection: &Connection,
    columns: &str,
    table: &str,
    condition: &Condition,
    order: &str,
    limit: usize,
    read: impl FnMut(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let sql = format!(
        "SELECT {columns} FROM {table} WHERE {} ORDER BY {order} LIMIT ?",
        condition.sql()
    );
    let limit = Value::from(i64::try_from(limit).unwrap_or(i64::MAX));
    let mut select = connection.prepare_cached(&sql)?;
    let values = params_from_iter(condition.values.iter().chain([&limit]));
    let found = select.query_map(values, read)?;
    found.collect()
}

/// Tells how far it is, and ends if that is wanted.
pub fn tell(watch: Watch<'_>, progress: Progress) -> Result<(), StoreError> {
    if watch(progress).is_break() {
        return Err(StoreError::Cancelled);
    }
    Ok(())
}
