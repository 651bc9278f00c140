//! Stores of formats of before.

use crate::support::{all, assert_whole, delivery, end, go_on, id, ok, open, pages};
use rusqlite::Connection;
use servo_webhooks_store::{DeliveryFilter, Editor, Replay, State, Trace};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// What an earlier version wrote: one delivery waits, one failed.
const FORMAT_1: &str = include_str!("format-1.sql");

fn of_format_1() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let database = Connection::open(directory.path().join("store.db")).unwrap();
    database.execute_batch(FORMAT_1).unwrap();
    database.close().unwrap();
    directory
}

fn format(directory: &Path) -> i64 {
    let database = Connection::open(directory.join("store.db")).unwrap();
    database
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

fn traced() -> Trace {
    Trace {
        traceparent: Some("00-1-2-01".into()),
        tracestate: Some("a=1".into()),
        span: Some("00-1-3-01".into()),
    }
}

#[test]
fn a_store_of_format_1_goes_on() {
    let directory = of_format_1();
    assert_eq!(format(directory.path()), 1);
    // Whoever only asks changes nothing.
    let before = all(directory.path());
    assert_eq!(before.len(), 2);
    assert_eq!(format(directory.path()), 1);

    let (store, opened) = open(directory.path());
    assert_eq!((opened.waiting, opened.failed), (1, 1));
    let waiting = pages(&store, "waits");
    assert_eq!(waiting.len(), 1);
    assert_eq!(&*waiting[0].event_id, "waiting-1");
    assert_eq!((waiting[0].attempts, &waiting[0].trace), (6, &None));
    let mut new = delivery(1, "waits");
    new.trace = Some(Box::new(traced()));
    ok(&store.accept(vec![new]).unwrap());
    store.settled(waiting[0].id, end(State::Delivered, 7));
    store.close(Duration::from_secs(60)).unwrap();
    assert_eq!(format(directory.path()), 2);
    assert_whole(directory.path());

    let (store, opened) = open(directory.path());
    assert_eq!((opened.waiting, opened.failed), (1, 1));
    let waiting = pages(&store, "waits");
    assert_eq!((waiting.len(), waiting[0].id), (1, id(1)));
    assert_eq!(waiting[0].trace.as_deref(), Some(&traced()));
}

#[test]
fn what_is_replayed_before_it_is_brought_up_to_date_is_found() {
    let directory = of_format_1();
    let replay = Replay {
        now: 0,
        rate: None,
        new_id: None,
        dry_run: false,
    };
    let mut editor = Editor::open(directory.path()).unwrap();
    let replayed = editor.replay(&DeliveryFilter::default(), &replay, &mut go_on());
    assert_eq!(replayed.unwrap().deliveries, 1);
    drop(editor);
    let (store, opened) = open(directory.path());
    assert_eq!((opened.waiting, opened.failed), (2, 0));
    assert_eq!(pages(&store, "fails").len(), 1);
}

#[test]
fn one_of_format_1_without_its_head_is_saved() {
    let directory = of_format_1();
    let file = std::fs::File::options()
        .write(true)
        .open(directory.path().join("store.db"))
        .unwrap();
    file.write_all_at(&[0x5A; 4096], 0).unwrap();
    let (store, opened) = open(directory.path());
    let salvaged = opened.salvaged.unwrap();
    assert_eq!((salvaged.waiting, salvaged.failed), (1, 1));
    assert_eq!(pages(&store, "waits").len(), 1);
}

/// A trace is kept through a replay, to be linked to, and through a salvage.
#[test]
fn a_trace_stays_with_its_delivery() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    let mut new = delivery(1, "a");
    new.trace = Some(Box::new(traced()));
    let mut partly = delivery(2, "a");
    partly.trace = Some(Box::new(Trace {
        span: traced().span,
        ..Trace::default()
    }));
    ok(&store.accept(vec![new, partly, delivery(3, "a")]).unwrap());
    let found: Vec<_> = pages(&store, "a")
        .into_iter()
        .map(|one| one.trace)
        .collect();
    assert_eq!(found[0].as_deref(), Some(&traced()));
    assert_eq!(found[1].as_deref().unwrap().span, traced().span);
    assert_eq!(found[2], None);
    store.settled(id(1), end(State::Failed, 1));
    store.close(Duration::from_secs(60)).unwrap();
    drop(store);

    let mut editor = Editor::open(directory.path()).unwrap();
    let replay = Replay {
        now: 0,
        rate: None,
        new_id: None,
        dry_run: false,
    };
    let filter = DeliveryFilter {
        ids: vec![id(1)],
        ..DeliveryFilter::default()
    };
    editor.replay(&filter, &replay, &mut go_on()).unwrap();
    drop(editor);
    let file = std::fs::File::options()
        .write(true)
        .open(directory.path().join("store.db"))
        .unwrap();
    file.write_all_at(&[0x5A; 4096], 0).unwrap();
    let (store, opened) = open(directory.path());
    assert!(opened.salvaged.is_some());
    let mut found = pages(&store, "a");
    found.sort_by_key(|one| one.id);
    assert_eq!((found.len(), found[0].id, found[0].replays), (3, id(1), 1));
    assert_eq!(found[0].trace.as_deref(), Some(&traced()));
}
