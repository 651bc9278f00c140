//! Goes through a table of which parts cannot be read.

use rusqlite::{Connection, Error, Row};

/// Beyond this there are no rows: the search for what can be read ends there.
const FARTHEST: i64 = 1 << 40;

/// A table with numbered rows.
pub struct Table {
    /// Selects rows behind `?1`, `?2` at most, the number first.
    pub rows: &'static str,
    /// Selects the number of the first row behind `?1`.
    pub next: &'static str,
}

/// How far a step got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The number of the last row.
    pub after: i64,
    /// There are no more rows.
    pub over: bool,
    /// Stretches that could not be read.
    pub gaps: u64,
}

/// Reads some rows behind a number. What cannot be read is skipped; an error is one of `each`.
pub fn step(
    source: &Connection,
    table: &Table,
    after: i64,
    limit: i64,
    mut each: impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<Reached, Error> {
    let mut reached = Reached {
        after,
        ..Reached::default()
    };
    let Ok(mut statement) = source.prepare_cached(table.rows) else {
        (reached.over, reached.gaps) = (true, 1);
        return Ok(reached);
    };
    let Ok(mut rows) = statement.query((after, limit)) else {
        (reached.over, reached.gaps) = (true, 1);
        return Ok(reached);
    };
    let mut read = 0;
    loop {
        match rows.next() {
            Ok(Some(row)) => match row.get::<_, i64>(0) {
                // In a corrupt tree rows need not be in order; nothing may be read for ever.
                Ok(number) if number > reached.after => {
                    each(row)?;
                    (reached.after, read) = (number, read + 1);
                }
                _ => break skip(source, table, &mut reached),
            },
            Ok(None) => {
                reached.over = read < limit;
                break;
            }
            Err(_) => break skip(source, table, &mut reached),
        }
    }
    Ok(reached)
}

fn skip(source: &Connection, table: &Table, reached: &mut Reached) {
    reached.gaps += 1;
    match readable_behind(source, table, reached.after) {
        Some(number) => reached.after = number - 1,
        None => reached.over = true,
    }
}

/// The first row that can be found again behind one at which reading failed.
fn readable_behind(source: &Connection, table: &Table, after: i64) -> Option<i64> {
    let next = |after: i64| -> Result<Option<i64>, Error> {
        let mut statement = source.prepare_cached(table.next)?;
        let mut rows = statement.query((after,))?;
        rows.next()?.map(|row| row.get(0)).transpose()
    };
    let mut jump = 1;
    let (mut bad, mut good) = loop {
        let place = after.checked_add(jump)?;
        if place > FARTHEST {
            return None;
        }
        if next(place).is_ok() {
            break (after + jump / 2, place);
        }
        jump *= 2;
    };
    while good - bad > 1 {
        let middle = bad + (good - bad) / 2;
        if next(middle).is_ok() {
            good = middle;
        } else {
            bad = middle;
        }
    }
    next(good)
        .ok()
        .flatten()
        .filter(|number| *number > after + 1 || good == after + 1)
}
