//! What takes long shows how far it is, and ends at Ctrl-C without leaving anything half done.

use super::history::with_store;
use crate::support::program::Program;
use crate::support::terminal::{self, CTRL_C, Setup};
use servo_webhooks_store::{
    DeliveryEnd, NewDelivery, State, Store, StoreOptions, StoredBody, Uuid,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Dead letters. Between 500 of them others may write for 5 ms: all take two seconds at least,
/// and after one it is shown how far it is.
const ALL: u64 = 200_000;

/// One that the store wrote, and copies of it that share its body.
fn fill(directory: &Path) {
    let (store, _) = Store::open(directory, StoreOptions::new(|| 1)).unwrap();
    let delivery = NewDelivery {
        id: Uuid::from_u128(0),
        webhook: "here".into(),
        event: "after:measure".into(),
        event_id: "e1".into(),
        body: Arc::new(StoredBody {
            content: b"{}".to_vec(),
            content_type: "application/json".to_owned(),
            ..StoredBody::default()
        }),
        accepted: 1,
        trace: None,
    };
    store.accept(vec![delivery]).unwrap();
    let end = DeliveryEnd {
        state: State::Failed,
        attempts: 1,
        elapsed: 1,
        status: Some(503),
        error: None,
        at: 1,
    };
    store.settled(Uuid::from_u128(0), end);
    store.close(Duration::from_secs(60)).unwrap();
    let database = rusqlite::Connection::open(directory.join("store.db")).unwrap();
    database
        .execute_batch(&format!(
            "PRAGMA synchronous = OFF; BEGIN;
             WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {ALL} - 1)
             INSERT INTO delivery SELECT seq + n, CAST(printf('%016d', n) AS BLOB), webhook, event,
                 'e' || n, state, NULL, body, accepted, settled, due, wait, spent, attempts, elapsed,
                 status, error, replays, NULL, NULL, NULL FROM delivery, copy;
             UPDATE count SET deliveries = {ALL} WHERE state = 2;
             COMMIT"
        ))
        .unwrap();
}

/// How many wait, are dead letters, and are forgotten, once the store was found to be whole.
fn counts(program: &Program) -> [u64; 3] {
    program.call(&with_store(&["store", "check"])).exits(0);
    let stats = program.call(&with_store(&["store", "stats", "--json"]));
    let stats = stats.exits(0).lines().remove(0);
    ["waiting", "dead_letters", "forgotten"].map(|name| stats[name].as_u64().unwrap())
}

/// Ends a command by Ctrl-C when it shows how far it is.
fn interrupt(program: &Program, command: &str, label: &str) {
    let words = with_store(&["servo-webhooks", command, "--all"]);
    let mut terminal = Setup::new(80, &program.path("")).start(&words);
    terminal.until("how far it is", |screen| {
        screen.contains(label) && screen.contains(" % (Ctrl-C to stop)")
    });
    terminal.press(CTRL_C);
    let ended = terminal.finish().exits(1);
    assert!(
        ended.screen.contains("stopped before the end"),
        "{}",
        ended.screen
    );
    assert!(!ended.screen.contains(label), "{}", ended.screen);
}

#[test]
fn replay_and_forget_show_how_far_they_are_and_end_at_ctrl_c() {
    if !terminal::is_there() {
        return;
    }
    let program = Program::empty();
    fill(&program.path("store"));
    assert_eq!(counts(&program), [0, ALL, 0]);

    interrupt(&program, "replay", "replaying: ");
    let [waiting, failed, _] = counts(&program);
    assert!(0 < waiting && waiting < ALL, "{waiting}");
    assert_eq!(waiting + failed, ALL);

    interrupt(&program, "forget", "forgetting: ");
    let [still, left, forgotten] = counts(&program);
    assert_eq!(still, waiting);
    assert!(0 < forgotten && forgotten < failed, "{forgotten}");
    assert_eq!(left + forgotten, failed);

    // What was left is all that is left to do. In a pipe nothing is shown of it.
    let said = program
        .call(&with_store(&["replay", "--all", "--json"]))
        .exits(0);
    assert_eq!(said.lines()[0]["deliveries"], left);
    assert_eq!(said.stderr, "");
    assert_eq!(counts(&program), [waiting + left, 0, forgotten]);
}
