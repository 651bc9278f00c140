//! Removes old history: what is older than it may be, or more than there may be. Never what
//! waits, and never a dead letter.

use crate::delivery::State;
use crate::options::StoreOptions;
use crate::write::counts::Counts;
use crate::write::history;
use rusqlite::{Connection, Error};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// Deliveries that one step looks at, and decisions that it removes.
const STEP: i64 = 256;

/// Gives free pages back, so many in one step.
const VACUUM: &str = "PRAGMA incremental_vacuum(256)";

/// Below so many free pages none are given back: they will be used again.
const SPARE: u64 = 1024;

/// While nothing is to be removed, it looks again after so long at the latest.
const REST: Duration = Duration::from_mins(1);

/// How far it got: it goes through all deliveries in the order of their acceptance, again and
/// again.
#[derive(Clone, Debug, Default)]
pub struct Retention {
    after: i64,
    /// Removed in this round, when there is too much.
    removed: i64,
    /// Rounds that look at the age, and those that found nothing to remove, are not begun
    /// before.
    next_by_age: Option<Instant>,
    next_by_size: Option<Instant>,
}

/// How much of the database is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of a page.
    pub page: u64,
    /// Pages of the file.
    pub pages: u64,
    /// Those of them that are free.
    pub free: u64,
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes that were in use before it.
    pub bytes: u64,
    /// There is more to do at once.
    pub more: bool,
    /// Nothing is left to remove, and there is still too much.
    pub too_large: bool,
}

impl Usage {
    /// As it is now.
    pub fn read(connection: &Connection) -> Result<Self, Error> {
        let number = |sql: &str| -> Result<u64, Error> {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row((), |row| row.get(0))
        };
        Ok(Self {
            page: number("PRAGMA page_size")?,
            pages: number("PRAGMA page_count")?,
            free: number("PRAGMA freelist_count")?,
        })
    }

    /// Bytes in use.
    pub const fn bytes(&self) -> u64 {
        (self.pages - self.free) * self.page
    }
}

impl Retention {
    /// One step, in a transaction.
    pub fn step(
        &mut self,
        connection: &Connection,
        options: &StoreOptions,
        now: i64,
        counts: &mut Counts,
    ) -> Result<Step, Error> {
        let usage = Usage::read(connection)?;
        let mut step = Step::default();
        let most = options.keep_mib.map(|mib| mib.saturating_mul(1 << 20));
        if most.is_some_and(|most| usage.bytes() > most) {
            if is_due(self.next_by_size) {
                step = self.by_size(connection, counts)?;
            }
        } else if let Some(keep) = options.keep
            && is_due(self.next_by_age)
        {
            let age = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
            let oldest = now.saturating_sub(age);
            self.deliveries(connection, Some(oldest..=now), counts)?;
            let decisions = decisions_before(connection, oldest)?;
            step.more = self.after > 0 || decisions == STEP;
            if !step.more {
                let rest = (keep / 10).clamp(Duration::from_millis(100), REST);
                self.next_by_age = Some(Instant::now() + rest);
            }
        }
        if usage.free > SPARE && usage.free > usage.pages / 4 {
            let mut vacuum = connection.prepare_cached(VACUUM)?;
            let mut rows = vacuum.query(())?;
            while rows.next()?.is_some() {}
            step.more = true;
        }
        step.bytes = usage.bytes();
        Ok(step)
    }

    fn by_size(&mut self, connection: &Connection, counts: &mut Counts) -> Result<Step, Error> {
        let (removed, reached) = self.deliveries(connection, None, counts)?;
        let ended = self.after == 0;
        // Decisions go with the deliveries of their time.
        let until = if ended { i64::MAX } else { reached };
        let decisions = decisions_before(connection, until)?;
        self.removed += removed + decisions;
        let too_large = ended && self.removed == 0;
        if ended {
            self.removed = 0;
        }
        if too_large {
            self.next_by_size = Some(Instant::now() + REST);
        }
        Ok(Step {
            more: !too_large,
            too_large,
            ..Step::default()
        })
    }

    /// Removes what is history and settled before the times that are kept, or all of it. Says
    /// how many, and when the last one that it looked at was accepted. `after` is 0 at the end
    /// of a round.
    fn deliveries(
        &mut self,
        connection: &Connection,
        kept: Option<RangeInclusive<i64>>,
        counts: &mut Counts,
    ) -> Result<(i64, i64), Error> {
        let mut look = connection.prepare_cached(
            "SELECT seq, state, accepted, settled, body FROM delivery
             WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let mut rows = look.query((self.after, STEP))?;
        let (mut seen, mut removed, mut reached) = (0, 0, 0);
        while let Some(row) = rows.next()? {
            let (seq, accepted): (i64, i64) = (row.get(0)?, row.get(2)?);
            // What follows is younger. A time that is still to come says nothing of what follows:
            // the clock was wrong.
            if kept.as_ref().is_some_and(|kept| kept.contains(&accepted)) {
                break;
            }
            (self.after, reached, seen) = (seq, accepted, seen + 1);
            let settled = row.get::<_, Option<i64>>(3)?.unwrap_or(accepted);
            let state = State::of(row.get(1)?);
            let history = matches!(state, Some(State::Delivered | State::Forgotten));
            if let Some(state) = state
                && history
                && kept.as_ref().is_none_or(|kept| settled < *kept.start())
            {
                counts.add(state, -1);
                remove(connection, seq, row.get(4)?)?;
                removed += 1;
            }
        }
        if seen < STEP {
            self.after = 0;
        }
        Ok((removed, reached))
    }
}

fn is_due(time: Option<Instant>) -> bool {
    time.is_none_or(|time| time <= Instant::now())
}

fn remove(connection: &Connection, seq: i64, body: Option<i64>) -> Result<(), Error> {
    for sql in [
        "DELETE FROM delivery WHERE seq = ?1",
        "DELETE FROM attempt WHERE delivery = ?1",
    ] {
        connection.prepare_cached(sql)?.execute((seq,))?;
    }
    history::drop_body(connection, body)
}

/// Removes the oldest decisions made before a time, and says how many.
fn decisions_before(connection: &Connection, time: i64) -> Result<i64, Error> {
    let mut find =
        connection.prepare_cached("SELECT seq FROM decision WHERE at < ?1 ORDER BY at LIMIT ?2")?;
    let found = find.query_map((time, STEP), |row| row.get(0))?;
    let found: Vec<i64> = found.collect::<Result<_, _>>()?;
    for seq in &found {
        for sql in [
            "DELETE FROM decision WHERE seq = ?1",
            "DELETE FROM answer WHERE decision = ?1",
        ] {
            connection.prepare_cached(sql)?.execute((seq,))?;
        }
    }
    Ok(i64::try_from(found.len()).unwrap_or(STEP))
}
