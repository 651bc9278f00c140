//! Puts what can be read of a file into a store.

use crate::error::StoreError;
use crate::progress::{Progress, Watch};
use crate::read::deliveries::rows;
use crate::read::paged_scan::tell;
use crate::salvage::copy::Offset;
use crate::salvage::essentials::{self, transaction};
use crate::salvage::rest::Rest;
use crate::salvage::source::Source;
use crate::salvaged::Salvaged;
use rusqlite::{Connection, Error};
use std::path::Path;

/// Puts what can be read of a file into a store that no process has. What is in it already, by
/// its id, stays as it is.
pub fn import(
    connection: &Connection,
    file: &Path,
    watch: Watch<'_>,
) -> Result<Salvaged, StoreError> {
    let source = Source::open(file)?;
    let offset = offset(connection)?;
    let mut progress = Progress {
        done: 0,
        total: rows(&source.connection).ok(),
    };
    let mut salvaged = Salvaged {
        moved_to: file.into(),
        ..Salvaged::default()
    };
    let mut told = |done| {
        progress.done = done;
        watch(progress)
    };
    if essentials::copy(&source, connection, offset, &mut salvaged, &mut told)?.is_break() {
        return Err(StoreError::Cancelled);
    }
    let mut rest = Rest::new(source, offset, salvaged, false);
    loop {
        let place = transaction(connection, |counts| rest.step(connection, counts))?;
        let over = place.is_end();
        rest.go_on_from(place);
        let saved = rest.salvaged();
        if over {
            return Ok(saved.clone());
        }
        progress.done = saved.waiting + saved.failed + saved.history;
        tell(&mut *watch, progress)?;
    }
}

/// Behind all numbers that are in use.
fn offset(connection: &Connection) -> Result<Offset, Error> {
    let number = |sql: &str| {
        let last = connection.query_row(sql, (), |row| row.get::<_, Option<i64>>(0));
        last.map(Option::unwrap_or_default)
    };
    let queue = number("SELECT max(queue) FROM delivery WHERE queue IS NOT NULL")?;
    Ok(Offset {
        seq: number("SELECT max(seq) FROM delivery")?.max(queue),
        body: number("SELECT max(id) FROM body")?,
        decision: number("SELECT max(seq) FROM decision")?,
    })
}
