//! What has to be saved before anything else: what waits, and the dead letters.

use crate::salvage::copy::{Copy, Offset};
use crate::salvage::source::Source;
use crate::salvage::walk::{self, Reached, Table};
use crate::salvaged::Salvaged;
use crate::write::counts::Counts;
use crate::write::history;
use crate::write::webhooks::Webhooks;
use rusqlite::{Connection, Error};
use std::ops::ControlFlow;

/// Deliveries of a transaction.
const STEP: i64 = 1000;

const TABLE: Table = Table {
    rows: "SELECT * FROM delivery WHERE seq > ?1 AND state IN (0, 2) ORDER BY seq LIMIT ?2",
    next: "SELECT seq FROM delivery WHERE seq > ?1 ORDER BY seq LIMIT 1",
};

/// Copies what waits, the dead letters, and the webhooks that are gone. It may be done again:
/// what is there stays. `watch` is told how many deliveries were copied.
pub fn copy(
    source: &Source,
    target: &Connection,
    offset: Offset,
    salvaged: &mut Salvaged,
    watch: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Error> {
    gone(source, target)?;
    paused(source, target)?;
    let mut reached = Reached::default();
    while !reached.over {
        reached = transaction(target, |counts| {
            let mut copy = Copy {
                source,
                target,
                offset,
                counts,
                salvaged,
                webhooks: Webhooks::default(),
            };
            walk::step(&source.connection, &TABLE, reached.after, STEP, |row| {
                copy.delivery(row)
            })
        })?;
        salvaged.gaps += reached.gaps;
        if watch(salvaged.waiting + salvaged.failed).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Does something whole or not at all.
pub fn transaction<T>(
    target: &Connection,
    work: impl FnOnce(&mut Counts) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut counts = Counts::default();
    target.execute_batch("BEGIN IMMEDIATE")?;
    let done = work(&mut counts).and_then(|done| {
        counts.write(target)?;
        target.execute_batch("COMMIT")?;
        Ok(done)
    });
    if done.is_err() {
        drop(target.execute_batch("ROLLBACK"));
    }
    done
}

/// The webhooks that are paused, as far as they can be read.
fn paused(source: &Source, target: &Connection) -> Result<(), Error> {
    for (webhook, since) in history::paused_webhooks(&source.connection).unwrap_or_default() {
        history::paused(target, &webhook, Some(since))?;
    }
    Ok(())
}

/// The webhooks that are gone, with the salt of the hashes of their targets.
fn gone(source: &Source, target: &Connection) -> Result<(), Error> {
    let salt =
        source
            .connection
            .query_row("SELECT value FROM meta WHERE key = 'salt'", (), |row| {
                row.get::<_, [u8; 16]>(0)
            });
    let Ok(salt) = salt else { return Ok(()) };
    let Ok(mut select) = source
        .connection
        .prepare("SELECT webhook, target, at FROM gone")
    else {
        return Ok(());
    };
    let Ok(mut rows) = select.query(()) else {
        return Ok(());
    };
    let empty: i64 = target.query_row("SELECT count(*) FROM gone", (), |row| row.get(0))?;
    if empty > 0 {
        return Ok(());
    }
    target.execute(
        "UPDATE meta SET value = ?1 WHERE key = 'salt'",
        (&salt[..],),
    )?;
    while let Ok(Some(row)) = rows.next() {
        let read = (row.get(0), row.get(1), row.get(2));
        if let (Ok::<String, _>(webhook), Ok::<Vec<u8>, _>(hash), Ok::<i64, _>(at)) = read {
            target.execute(
                "INSERT OR REPLACE INTO gone VALUES (?1, ?2, ?3)",
                (webhook, hash, at),
            )?;
        }
    }
    Ok(())
}
