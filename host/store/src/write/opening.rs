//! Opens a store and starts the thread that writes.

use crate::delivery;
use crate::disk::directory::{Directory, io_error};
use crate::disk::lock::Lock;
use crate::disk::{connection, reserve};
use crate::error::{OpenError, StoreError};
use crate::health::Trouble;
use crate::opened::Opened;
use crate::options::{StoreOptions, SyncMode};
use crate::salvage::replace::{self, Aside, Replaced};
use crate::salvage::rest::Rest;
use crate::write::counts::Counts;
use crate::write::history;
use crate::write::other_processes;
use crate::write::retention::Usage;
use crate::write::shared::Shared;
use crate::write::state::State;
use crate::write::writer::Writer;
use rusqlite::{Connection, Error, ErrorCode};
use std::io;
use std::sync::Arc;
use std::thread;

/// What has to be known before anything is accepted.
struct Start {
    next_queue: i64,
    next_decision: i64,
    opened: Opened,
}

/// A database that can be written.
struct Database {
    connection: Connection,
    start: Start,
    rest: Option<Rest>,
}

impl Database {
    fn new(connection: Connection, mut start: Start, rest: Option<Rest>) -> Self {
        if let Some(rest) = &rest {
            // History that is still to be copied keeps its numbers.
            let (queue, decision) = rest.last();
            start.next_queue = start.next_queue.max(queue + 1);
            start.next_decision = start.next_decision.max(decision + 1);
        }
        start.opened.last = start.next_queue - 1;
        Self {
            connection,
            start,
            rest,
        }
    }
}

/// Opens a store and starts its thread.
///
/// # Errors
/// See [`Store::open`](crate::Store::open).
pub fn open(
    directory: Directory,
    options: StoreOptions,
) -> Result<(Arc<Shared>, Opened), OpenError> {
    let now = (options.clock)();
    let lock = Lock::take(&directory, now)?;
    let full = reserve::take(&directory).is_err_and(|error| is_full(&error));
    let database = match database(&directory, options.sync, now) {
        Err(OpenError::Database {
            error: StoreError::Sqlite(error),
            ..
        }) if error.sqlite_error_code() == Some(ErrorCode::DiskFull)
            && reserve::give_up(&directory) =>
        {
            self::database(&directory, options.sync, now)?
        }
        other => other?,
    };
    let Database {
        connection,
        start,
        rest,
    } = database;
    let state = State::new(start.next_queue, start.next_decision);
    let shared = Arc::new(Shared::new(directory, options, state));
    {
        let mut health = shared.health();
        health.waiting = start.opened.waiting;
        health.failed = start.opened.failed;
        health.salvaged.clone_from(&start.opened.salvaged);
        // The writer looks again; whoever asks before that is not told 0.
        health.bytes = Usage::read(&connection).map_or(0, |usage| usage.bytes());
    }
    if full {
        shared.set_trouble(Trouble::Full);
    }
    let writer = Writer::new(Arc::clone(&shared), connection, lock, rest);
    thread::Builder::new()
        .name("store".into())
        .spawn(move || writer.run())
        .map_err(|error| io_error(shared.directory.path(), error))?;
    Ok((shared, start.opened))
}

fn is_full(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    kinds.contains(&error.kind())
}

fn database(directory: &Directory, sync: SyncMode, now: i64) -> Result<Database, OpenError> {
    if let Some(aside) = replace::unfinished(directory) {
        return replaced(directory, sync, &aside);
    }
    let opened = connection::writer(directory, sync).and_then(|connection| {
        let start = start(&connection).map_err(|error| failed(directory, error))?;
        Ok((connection, start))
    });
    match opened {
        Ok((connection, start)) => {
            let rest = Rest::resume(directory, &connection);
            Ok(Database::new(connection, start, rest))
        }
        Err(OpenError::Database {
            error: StoreError::Corrupt(error),
            ..
        }) => {
            let aside = replace::move_aside(directory, &error.to_string(), now)?;
            replaced(directory, sync, &aside)
        }
        Err(other) => Err(other),
    }
}

fn replaced(directory: &Directory, sync: SyncMode, aside: &Aside) -> Result<Database, OpenError> {
    let Replaced {
        connection,
        salvaged,
        rest,
    } = replace::replace(directory, sync, aside)?;
    let mut start = start(&connection).map_err(|error| failed(directory, error))?;
    start.opened.salvaged = Some(salvaged);
    Ok(Database::new(connection, start, rest))
}

fn failed(directory: &Directory, error: Error) -> OpenError {
    OpenError::Database {
        directory: directory.path().into(),
        error: error.into(),
    }
}

fn start(connection: &Connection) -> Result<Start, Error> {
    let number = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, Option<i64>>(0));
    let seq = number("SELECT max(seq) FROM delivery")?;
    // One look for each webhook, and not one for each delivery.
    let queue = number(
        "SELECT max((SELECT queue FROM delivery INDEXED BY delivery_queue
             WHERE webhook = webhook.id AND queue IS NOT NULL ORDER BY queue DESC LIMIT 1))
         FROM webhook",
    )?;
    let decision = number("SELECT max(seq) FROM decision")?;
    let counts = Counts::read(connection)?;
    let mut gone = connection.prepare("SELECT webhook, target, at FROM gone")?;
    let gone = gone.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let opened = Opened {
        waiting: counts.of(delivery::State::Waiting),
        failed: counts.of(delivery::State::Failed),
        salt: connection.query_row("SELECT value FROM meta WHERE key = 'salt'", (), |row| {
            row.get(0)
        })?,
        gone: gone.collect::<Result<_, _>>()?,
        paused: history::paused_webhooks(connection)?,
        ..Opened::default()
    };
    let next_queue = seq.max(queue).unwrap_or_default() + 1;
    Ok(Start {
        // On a full disk the writer sees to it later.
        next_queue: place(connection, next_queue).unwrap_or(next_queue),
        next_decision: decision.unwrap_or_default() + 1,
        opened,
    })
}

/// What was replayed while no process had the store has a place in the queue from the start on;
/// of much that is a part, and the writer sees to the rest. Says the next place.
fn place(connection: &Connection, next: i64) -> Result<i64, Error> {
    let places = other_processes::pending(connection)?;
    if places == 0 {
        return Ok(next);
    }
    let transaction = connection.unchecked_transaction()?;
    other_processes::step(&transaction, next, places)?;
    transaction.commit()?;
    Ok(next + places)
}
