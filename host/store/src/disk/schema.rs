//! The tables, and how older ones become those of today.

use rusqlite::{Connection, Error};

/// `swhs`: what `file` and SQLite's own tools tell a store by.
const APPLICATION: i64 = 0x7377_6873;

/// The format that this version writes.
pub const LATEST: i64 = 2;

/// What makes each format of the one before it.
const STEPS: [&str; 2] = [FIRST, SECOND];

/// - `delivery.seq` is the order of acceptance; numbers of `queue` come from the same counter.
/// - `delivery.queue` is set while it waits, and only then.
/// - `count` is kept with every change: nothing has to be counted at the start.
/// - `body.checksum` is over its content: SQLite does not notice a byte that the disk changed.
/// - `changed` has the deliveries that another process changed, until the owner has seen it.
/// - An attempt has no row of its own where its delivery says it all: one attempt, delivered.
const FIRST: &str = "
CREATE TABLE webhook (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE body (
    id INTEGER PRIMARY KEY, content BLOB NOT NULL, content_type TEXT NOT NULL,
    schema_version INTEGER, headers TEXT, checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE delivery (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL, webhook INTEGER NOT NULL,
    event TEXT NOT NULL, event_id TEXT NOT NULL, state INTEGER NOT NULL, queue INTEGER,
    body INTEGER, accepted INTEGER NOT NULL, settled INTEGER, due INTEGER,
    wait INTEGER NOT NULL, spent INTEGER NOT NULL, attempts INTEGER NOT NULL,
    elapsed INTEGER, status INTEGER, error TEXT, replays INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX delivery_id ON delivery (id);
CREATE INDEX delivery_accepted ON delivery (accepted);
CREATE INDEX delivery_event ON delivery (event_id);
CREATE INDEX delivery_queue ON delivery (webhook, queue) WHERE queue IS NOT NULL;
CREATE INDEX delivery_failed ON delivery (accepted) WHERE state = 2;
CREATE INDEX delivery_body ON delivery (body) WHERE body IS NOT NULL;
CREATE TABLE attempt (
    delivery INTEGER NOT NULL, replay INTEGER NOT NULL, number INTEGER NOT NULL,
    at INTEGER NOT NULL, elapsed INTEGER NOT NULL, status INTEGER, error TEXT, answer BLOB,
    PRIMARY KEY (delivery, replay, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE decision (
    seq INTEGER PRIMARY KEY, event TEXT NOT NULL, event_id TEXT NOT NULL, at INTEGER NOT NULL,
    elapsed INTEGER NOT NULL, cancelled INTEGER NOT NULL, failed_open INTEGER NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX decision_at ON decision (at);
CREATE INDEX decision_event ON decision (event_id);
CREATE TABLE answer (
    decision INTEGER NOT NULL, number INTEGER NOT NULL, webhook TEXT NOT NULL, delivery BLOB,
    result TEXT NOT NULL, failed_open INTEGER NOT NULL, attempts INTEGER NOT NULL,
    status INTEGER, error TEXT, elapsed INTEGER NOT NULL,
    PRIMARY KEY (decision, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE gone (
    webhook TEXT PRIMARY KEY, target BLOB NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE changed (delivery INTEGER PRIMARY KEY) STRICT;
CREATE TABLE count (state INTEGER PRIMARY KEY, deliveries INTEGER NOT NULL) STRICT;
INSERT INTO count VALUES (0, 0), (1, 0), (2, 0), (3, 0);
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('salt', randomblob(16));
";

/// The trace that a delivery is part of.
const SECOND: &str = "
ALTER TABLE delivery ADD COLUMN traceparent TEXT;
ALTER TABLE delivery ADD COLUMN tracestate TEXT;
ALTER TABLE delivery ADD COLUMN span TEXT;
";

/// Whose a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A store's, of this format; 0 is an empty file.
    Store(i64),
    /// Something else's.
    Foreign,
}

/// Looks whose a database is.
pub fn look(connection: &Connection) -> Result<Found, Error> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| {
        row.get::<_, i64>(0)
    })?;
    Ok(match application {
        APPLICATION => Found::Store(version),
        0 if tables == 0 && version == 0 => Found::Store(0),
        _ => Found::Foreign,
    })
}

/// Makes a database of the latest format of one of this format. Each step is whole or not at
/// all.
pub fn migrate(connection: &Connection, from: i64) -> Result<(), Error> {
    let done = usize::try_from(from).unwrap_or_default();
    for (step, version) in STEPS.iter().zip(1_i64..).skip(done) {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {step}
             PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {version}; COMMIT;"
        ))?;
    }
    Ok(())
}
