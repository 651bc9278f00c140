//! Stores with very many deliveries: one that the store wrote, and copies of it that share its
//! body.

use servo_webhooks_store::{
    DeliveryEnd, NewDelivery, State, Store, StoreOptions, StoredBody, Uuid,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Makes a store with so many deliveries of the webhook `here`: dead letters, or waiting ones.
pub fn fill(directory: &Path, count: usize, state: State) {
    let (store, _) = Store::open(directory, StoreOptions::new(|| 1)).unwrap();
    let delivery = NewDelivery {
        id: Uuid::from_u128(0),
        webhook: "here".into(),
        event: "after:measure".into(),
        event_id: "e0".into(),
        body: Arc::new(StoredBody {
            content: b"{}".to_vec(),
            content_type: "application/json".to_owned(),
            ..StoredBody::default()
        }),
        accepted: 1,
        trace: None,
    };
    store.accept(vec![delivery]).unwrap();
    if state != State::Waiting {
        let end = DeliveryEnd {
            state,
            attempts: 1,
            elapsed: 1,
            status: Some(503),
            error: None,
            at: 1,
        };
        store.settled(Uuid::from_u128(0), end);
    }
    store.close(Duration::from_secs(60)).unwrap();
    let database = rusqlite::Connection::open(directory.join("store.db")).unwrap();
    // A number of the queue that is null stays null.
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
             UPDATE count SET deliveries = {count} WHERE deliveries > 0;
             COMMIT"
        ))
        .unwrap();
}
