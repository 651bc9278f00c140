//! Whether a database is whole.

use crate::error::StoreError;
use crate::progress::{Progress, Watch};
use crate::write::counts::Counts;
use rusqlite::{Connection, Error, ErrorCode};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// Findings that are told of each kind.
const MOST: u32 = 100;

/// Instructions of SQLite between two looks at the watch.
const INSTRUCTIONS: i32 = 100_000;

/// What must hold, as a question for what does not.
const RULES: [(&str, &str); 4] = [
    (
        "deliveries that wait and have no body",
        "SELECT count(*) FROM delivery WHERE state = 0
             AND NOT EXISTS (SELECT 1 FROM body WHERE body.id = delivery.body)",
    ),
    (
        "deliveries that do not wait and have a place in the queue",
        "SELECT count(*) FROM delivery WHERE queue IS NOT NULL AND state <> 0",
    ),
    (
        "deliveries that wait and have no place in the queue",
        "SELECT count(*) FROM delivery WHERE state = 0 AND queue IS NULL
             AND NOT EXISTS (SELECT 1 FROM changed WHERE changed.delivery = delivery.seq)",
    ),
    (
        "bodies of no delivery",
        "SELECT count(*) FROM body
             WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.body = body.id)",
    ),
];

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// What is wrong, a sentence each; none if the store is whole.
    pub findings: Vec<String>,
}

impl CheckReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Reads all of a database.
pub fn check(connection: &mut Connection, watch: Watch<'_>) -> Result<CheckReport, StoreError> {
    watched(connection, watch, |connection| {
        let mut report = CheckReport::default();
        {
            let sql = format!("PRAGMA integrity_check({MOST})");
            let mut check = connection.prepare(&sql)?;
            let mut rows = check.query(())?;
            while let Some(row) = rows.next()? {
                let said: String = row.get(0)?;
                if said != "ok" {
                    report.findings.push(said);
                }
            }
        }
        if report.is_whole() {
            // All at one moment, while others write.
            let moment = connection.unchecked_transaction()?;
            for (what, sql) in RULES {
                let found: i64 = moment.query_row(sql, (), |row| row.get(0))?;
                if found > 0 {
                    report.findings.push(format!("{found} {what}"));
                }
            }
            if Counts::read(&moment)? != Counts::count(&moment)? {
                report.findings.push("the counts are wrong".into());
            }
        }
        Ok(report)
    })
}

/// Does something long, and looks at the watch meanwhile.
pub fn watched<T: Send>(
    connection: &mut Connection,
    watch: Watch<'_>,
    work: impl FnOnce(&Connection) -> Result<T, Error> + Send,
) -> Result<T, StoreError> {
    let (steps, end) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
    let (counted, ended) = (Arc::clone(&steps), Arc::clone(&end));
    connection.progress_handler(
        INSTRUCTIONS,
        Some(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            ended.load(Ordering::Relaxed)
        }),
    )?;
    let result = thread::scope(|scope| {
        let (send, done) = mpsc::channel();
        let connection = &mut *connection;
        scope.spawn(move || send.send(work(connection)));
        loop {
            match done.recv_timeout(Duration::from_millis(50)) {
                Ok(result) => break result.map_err(StoreError::from),
                Err(mpsc::RecvTimeoutError::Disconnected) => break Err(StoreError::Closed),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let done = steps.load(Ordering::Relaxed);
                    let progress = Progress { done, total: None };
                    if let ControlFlow::Break(()) = watch(progress) {
                        end.store(true, Ordering::Relaxed);
                    }
                }
            }
        }
    });
    connection.progress_handler(0, None::<fn() -> bool>)?;
    match result {
        Err(StoreError::Sqlite(error))
            if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) =>
        {
            Err(StoreError::Cancelled)
        }
        other => other,
    }
}
