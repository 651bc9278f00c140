//! What questions cost.

use crate::{Result, open, size};
use servo_webhooks_store::{DeliveryFilter, Reader, State, Uuid};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

/// What questions cost in a store with so many deliveries.
pub fn ask(directory: &Path, rows: u64) -> Result<()> {
    open(directory)?.close(Duration::from_secs(60))?;
    let database = rusqlite::Connection::open(directory.join("store.db"))?;
    database.execute_batch(&format!(
        "PRAGMA synchronous = OFF; BEGIN;
         INSERT INTO webhook VALUES (1, 'a'), (2, 'b');
         WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {rows})
         INSERT INTO delivery (seq, id, webhook, event, event_id, state, queue, body, accepted, settled,
             due, wait, spent, attempts, elapsed, status, error, replays)
         SELECT n, CAST(printf('%016d', n) AS BLOB), 1 + n % 2,
             'after:adjust', 'event-' || n, 1, NULL, NULL, n, n, NULL, 0, 0, 1, 1, 200, NULL, 0
         FROM number;
         UPDATE count SET deliveries = {rows} WHERE state = 1; COMMIT"
    ))?;
    drop(database);
    let begun = Instant::now();
    let store = open(directory)?;
    let bytes = size(directory) / rows;
    println!(
        "{rows} rows: opened in {:?}, {bytes} bytes each on disk",
        begun.elapsed()
    );
    let reader = Reader::open(directory)?;
    let ask = |name: &str, filter: DeliveryFilter| -> Result<()> {
        let begun = Instant::now();
        let found = reader.deliveries(&filter, 50, &mut |_| ControlFlow::Continue(()))?;
        println!("  {name}: {} found in {:?}", found.len(), begun.elapsed());
        Ok(())
    };
    let base = DeliveryFilter::default;
    let middle = rows / 2;
    let id = Uuid::from_slice(format!("{middle:016}").as_bytes())?;
    let middle = i64::try_from(middle)?;
    ask("the newest", base())?;
    ask(
        "by id",
        DeliveryFilter {
            ids: vec![id],
            ..base()
        },
    )?;
    let range = DeliveryFilter {
        since: Some(middle),
        until: Some(middle + 1000),
        ..base()
    };
    ask("by a range of time", range.clone())?;
    ask(
        "by a range of time and webhook",
        DeliveryFilter {
            webhook: Some("b".into()),
            ..range
        },
    )?;
    ask(
        "failed ones, of which there are none",
        DeliveryFilter {
            states: vec![State::Failed],
            ..base()
        },
    )?;
    let event = format!("event-{middle}");
    ask(
        "by the id of the event",
        DeliveryFilter {
            event_id: Some(event),
            ..base()
        },
    )?;
    let begun = Instant::now();
    reader.stats(&mut |_| ControlFlow::Continue(()))?;
    println!("  stats in {:?}", begun.elapsed());
    Ok(store.close(Duration::from_secs(60))?)
}
