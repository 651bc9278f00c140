//! Tools that look inside.

use crate::support::{
    NOW, World, assert_whole, content, delivery, end, go_on, id, ok, open, quick_dir,
};
use serde_json::{Value, json};
use servo_webhooks_store::{
    Decision, DeliveryFilter, Editor, NewDelivery, Reader, State, Store, StoreOptions, StoredBody,
};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn way_12_everything_can_be_exported() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    let bytes = NewDelivery {
        body: Arc::new(StoredBody {
            content: vec![0xFF, 0x00, 0xFE],
            content_type: "application/octet-stream".into(),
            ..StoredBody::default()
        }),
        ..delivery(3, "b")
    };
    ok(&store
        .accept(vec![delivery(1, "a"), delivery(2, "a"), bytes])
        .unwrap());
    store.settled(id(1), end(State::Delivered, 1));
    store.settled(id(2), end(State::Failed, 2));
    ok(&store.decided(Decision {
        event: "before:adjust".into(),
        event_id: "one".into(),
        at: NOW,
        elapsed: 1,
        cancelled: true,
        reason: Some("no".into()),
        answers: Vec::new(),
    }));
    let reader = Reader::open(directory.path()).unwrap();
    let mut out = Vec::new();
    assert_eq!(reader.export(true, &mut out, &mut go_on()).unwrap(), 4);
    let lines: Vec<Value> = String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<_> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["delivery", "delivery", "delivery", "decision"]);
    assert_eq!(lines[0]["id"], json!(id(1).to_string()));
    assert_eq!(lines[0]["state"], "delivered");
    assert_eq!(lines[0]["body"], Value::Null);
    assert_eq!(lines[0]["attempt_records"].as_array().unwrap().len(), 1);
    let text = String::from_utf8(content(2)).unwrap();
    assert_eq!(lines[1]["body"]["text"], json!(text));
    assert_eq!(lines[1]["body"]["headers"][0][0], "ce-type");
    assert_eq!(
        (&lines[1]["state"], &lines[1]["error"]),
        (&json!("failed"), &json!("500"))
    );
    assert_eq!(lines[2]["body"]["base64"], "/wD+");
    assert_eq!(
        (&lines[3]["cancelled"], &lines[3]["reason"]),
        (&json!(true), &json!("no"))
    );
    let mut without = Vec::new();
    reader.export(false, &mut without, &mut go_on()).unwrap();
    assert!(!String::from_utf8(without).unwrap().contains("filling"));
}

#[test]
fn way_12_a_check_finds_what_breaks_the_rules() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    for number in 0..10 {
        store.accept(vec![delivery(number, "a")]).unwrap();
    }
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
    let database = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    let check = || {
        let mut reader = Reader::open(directory.path()).unwrap();
        reader.check(&mut go_on()).unwrap().findings
    };
    for (breaks, mends, finding) in [
        (
            "DELETE FROM body WHERE id = 3",
            "INSERT INTO body VALUES (3, 'x', 'y', 1, NULL, 0)",
            "1 deliveries that wait and have no body",
        ),
        (
            "UPDATE delivery SET queue = NULL WHERE seq = 2",
            "UPDATE delivery SET queue = 2 WHERE seq = 2",
            "1 deliveries that wait and have no place in the queue",
        ),
        (
            "INSERT INTO body VALUES (99, x'00', 'y', 1, NULL, 0)",
            "DELETE FROM body WHERE id = 99",
            "1 bodies of no delivery",
        ),
        (
            "UPDATE count SET deliveries = 11 WHERE state = 0",
            "UPDATE count SET deliveries = 10 WHERE state = 0",
            "the counts are wrong",
        ),
    ] {
        database.execute_batch(breaks).unwrap();
        assert_eq!(check(), [finding]);
        drop(database.execute_batch(&mends.replace("'x'", "x'00'")));
        assert_eq!(check(), Vec::<String>::new(), "{mends}");
    }
}

#[test]
fn compacting_gives_space_back_while_a_process_runs_and_without_one() {
    let directory = quick_dir();
    let options = StoreOptions {
        keep_bodies: true,
        ..World::new().options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    for number in 0..3000 {
        store.accept(vec![delivery(number, "a")]).unwrap();
        store.settled(id(number), end(State::Failed, 1));
    }
    store.flush(Duration::from_secs(60)).unwrap();
    let mut editor = Editor::open(directory.path()).unwrap();
    let all = DeliveryFilter::default();
    let forgotten = editor.forget(&all, NOW, false, &mut go_on()).unwrap();
    assert_eq!(forgotten, 3000);
    let running = editor.compact(NOW, &mut go_on()).unwrap();
    assert!(!running.whole);
    store.close(Duration::from_secs(60)).unwrap();
    let alone = editor.compact(NOW, &mut go_on()).unwrap();
    assert!(alone.whole && alone.after <= alone.before, "{alone:?}");
    let stats = Reader::open(directory.path())
        .unwrap()
        .stats(&mut go_on())
        .unwrap();
    assert_eq!((stats.free_bytes, stats.forgotten), (0, 3000));
    assert_whole(directory.path());
    assert_eq!(crate::support::all(directory.path()).len(), 3000);
}
