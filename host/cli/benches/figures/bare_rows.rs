//! A bare loop that commits the rows of a store with SQLite alone.

use rusqlite::Connection;
use servo_webhooks_store::{NewDelivery, Store, StoreOptions, StoredBody, Uuid};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rows of one commit: about as many as the store has in one under this load.
const STEP: usize = 500;

/// Bytes of a body.
const SIZE: usize = 1000;

/// What is written of each delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// It was delivered at once: one row.
    History,
    /// It waits: one row, and its body.
    Bodies,
}

/// So many deliveries a second.
pub fn rate(folder: &Path, count: usize, rows: Rows) -> f64 {
    let folder = folder.join("bare");
    let _ = std::fs::remove_dir_all(&folder);
    let database = made(&folder, 0);
    database
        .execute_batch("INSERT INTO webhook VALUES (1, 'told')")
        .unwrap();
    let (began, body) = (Instant::now(), vec![b'x'; SIZE]);
    for first in (0..count).step_by(STEP) {
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        for number in first..count.min(first + STEP) {
            let seq = i64::try_from(number + 1).unwrap();
            let waits = (rows == Rows::Bodies).then_some(seq);
            if waits.is_some() {
                let insert = "INSERT INTO body VALUES (?1, ?2, 'application/json', 1, NULL, 0)";
                let mut insert = database.prepare_cached(insert).unwrap();
                insert.execute((seq, &body)).unwrap();
            }
            let insert = "INSERT INTO delivery (seq, id, webhook, event, event_id, state,
                queue, body, accepted, settled, due, wait, spent, attempts, elapsed, status, error,
                replays)
                VALUES (?1, ?2, 1, 'after:adjust', ?3, ?4, ?5, ?5,
                1, 1, NULL, 0, 0, 1, 1, 200, NULL, 0)";
            let state = i64::from(waits.is_none());
            let (id, event) = (Uuid::now_v7(), Uuid::now_v7().to_string());
            let mut insert = database.prepare_cached(insert).unwrap();
            insert
                .execute((seq, id.as_bytes().as_slice(), event, state, waits))
                .unwrap();
        }
        database.execute_batch("COMMIT").unwrap();
    }
    count as f64 / began.elapsed().as_secs_f64()
}

/// A store in which so many deliveries wait: one that the store wrote, and copies of it.
pub fn crowd(folder: &Path, count: usize) {
    let database = made(folder, 1);
    database
        .execute_batch(&format!(
            "PRAGMA synchronous = OFF; BEGIN;
             WITH RECURSIVE copy (n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {count} - 1)
             INSERT INTO delivery (seq, id, webhook, event, event_id, state, queue, body, accepted, settled, due, wait,
                 spent, attempts, elapsed, status, error, replays)
             SELECT seq + n, CAST(printf('%016d', n) AS BLOB), webhook, event,
                 'e' || n, state, queue + n, body, accepted, settled, due, wait, spent, attempts,
                 elapsed, status, error, replays FROM delivery, copy;
             UPDATE count SET deliveries = {count} WHERE state = 0;
             COMMIT"
        ))
        .unwrap();
}

/// A store with so many deliveries, opened without it.
fn made(folder: &Path, deliveries: u128) -> Connection {
    let (store, _) = Store::open(folder, StoreOptions::new(|| 1)).unwrap();
    for number in 0..deliveries {
        let delivery = NewDelivery {
            id: Uuid::from_u128(number),
            webhook: "told".into(),
            event: "after:adjust".into(),
            event_id: "e0".into(),
            body: Arc::new(StoredBody {
                content: vec![b'x'; SIZE],
                content_type: "application/json".to_owned(),
                ..StoredBody::default()
            }),
            accepted: 1,
            trace: None,
        };
        store.accept(vec![delivery]).unwrap();
    }
    store.close(Duration::from_secs(60)).unwrap();
    let database = Connection::open(folder.join("store.db")).unwrap();
    database
        .execute_batch("PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -4096")
        .unwrap();
    database
}
