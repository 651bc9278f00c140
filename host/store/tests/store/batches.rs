//! What comes together is written together.

use crate::support::{
    NOW, World, all, assert_whole, body, content, delivery, end, id, ok, open, pages,
};
use servo_webhooks_store::{
    Answer, AttemptEnd, Body, Decision, NewDelivery, Reader, State, Store, Wait,
};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Tells whether anybody asked for the content after it was accepted.
struct Watched {
    content: Vec<u8>,
    type_asked: AtomicUsize,
}

impl Body for Watched {
    fn content(&self) -> &[u8] {
        &self.content
    }

    fn content_type(&self) -> &str {
        self.type_asked.fetch_add(1, Ordering::Relaxed);
        "application/json"
    }

    fn schema_version(&self) -> Option<u32> {
        None
    }

    fn headers(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

#[test]
fn what_settles_before_its_commit_writes_no_body() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    let watched = Arc::new(Watched {
        content: vec![b'x'; 1000],
        type_asked: AtomicUsize::new(0),
    });
    let merged = NewDelivery {
        body: watched.clone(),
        ..delivery(1, "a")
    };
    // Nothing else happens between the two, and a batch ripens for milliseconds: if this
    // thread is stopped for as long, it is tried again.
    let mut number = 1;
    loop {
        let accepted = store
            .accept(vec![NewDelivery {
                id: id(number),
                ..merged.clone()
            }])
            .unwrap();
        let settled = store.settled(id(number), end(State::Delivered, 1));
        ok(&accepted);
        ok(&settled);
        if accepted.number() == settled.number() {
            break;
        }
        number += 1;
    }
    let unmerged = usize::try_from(number - 1).unwrap();
    assert_eq!(watched.type_asked.load(Ordering::Relaxed), unmerged);
    assert_eq!(Arc::strong_count(&watched), 2, "the store keeps the body");
    let found = &all(directory.path())[&id(number)];
    assert_eq!((found.state, found.attempts), (State::Delivered, 1));
    assert_eq!((found.status, found.has_body), (Some(200), false));
    let reader = Reader::open(directory.path()).unwrap();
    let details = reader.delivery(id(number)).unwrap().unwrap();
    assert_eq!(details.attempts.len(), 1);
    assert_eq!(details.attempts[0].at, NOW + 1000 - 7);
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

#[test]
fn deliveries_of_an_event_share_one_body() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    let shared = body(content(1));
    let others = body(content(2));
    let of = |number: u64, webhook: &str, body: &Arc<_>| NewDelivery {
        body: Arc::clone(body) as Arc<dyn Body>,
        ..delivery(number, webhook)
    };
    let ticket = store
        .accept(vec![
            of(1, "a", &shared),
            of(2, "b", &others),
            of(3, "c", &shared),
        ])
        .unwrap();
    ok(&ticket);
    let database = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    let bodies = || -> i64 {
        database
            .query_row("SELECT count(*) FROM body", (), |row| row.get(0))
            .unwrap()
    };
    assert_eq!(bodies(), 2);
    assert_eq!(*pages(&store, "c")[0].body, *shared);
    ok(&store.settled(id(1), end(State::Delivered, 1)));
    assert_eq!(bodies(), 2, "another delivery needs it");
    ok(&store.settled(id(3), end(State::Delivered, 1)));
    assert_eq!(bodies(), 1);
    ok(&store.settled(id(2), end(State::Failed, 1)));
    assert_eq!(bodies(), 1, "a dead letter keeps its body");
    drop(database);
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

#[test]
fn what_waits_comes_back_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    ok(&store
        .accept(vec![delivery(1, "a"), delivery(2, "b")])
        .unwrap());
    ok(&store.began(id(1), 1, 0));
    store.attempted(
        id(1),
        AttemptEnd {
            number: 1,
            began: NOW + 5,
            elapsed: 30,
            status: Some(503),
            error: Some("503".into()),
            answer: Some(Box::from(&b"busy"[..])),
        },
    );
    store.waits(
        id(1),
        Wait {
            due: NOW + 2000,
            wait: 1900,
            attempts: 1,
            spent: 135,
            status: Some(503),
            error: Some("503".into()),
        },
    );
    store.close(Duration::from_secs(60)).unwrap();
    let (store, opened) = open(directory.path());
    assert_eq!((opened.waiting, opened.failed), (2, 0));
    let waiting = store.waiting_webhooks().unwrap();
    let names: Vec<_> = waiting.iter().map(|found| &*found.webhook).collect();
    assert_eq!(names, ["a", "b"]);
    let [found] = &pages(&store, "a")[..] else {
        panic!("one waits")
    };
    assert_eq!(found.id, id(1));
    assert_eq!(
        (&*found.event, &*found.event_id),
        ("after:adjust", "event-1")
    );
    assert_eq!((found.attempts, found.spent), (1, 135));
    assert_eq!((found.due, found.wait), (Some(NOW + 2000), 1900));
    assert_eq!(
        (found.status, found.error.as_deref()),
        (Some(503), Some("503"))
    );
    assert_eq!(*found.body, *body(content(1)));
    assert_eq!(pages(&store, "b")[0].attempts, 0);
    let reader = Reader::open(directory.path()).unwrap();
    let details = reader.delivery(id(1)).unwrap().unwrap();
    assert_eq!(details.attempts.len(), 1);
    // Answers are kept where that is asked for.
    assert_eq!(details.attempts[0].answer, None);
}

#[test]
fn decisions_and_webhooks_that_are_gone_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let (store, opened) = open(directory.path());
    let decision = Decision {
        event: "before:adjust".into(),
        event_id: "one".into(),
        at: NOW,
        elapsed: 12,
        cancelled: true,
        reason: Some("not now".into()),
        answers: vec![
            Answer {
                webhook: "gate".into(),
                delivery: Some(id(7)),
                result: "cancelled".into(),
                failed_open: false,
                attempts: 1,
                status: Some(200),
                error: Some("not now".into()),
                elapsed: 11,
            },
            Answer {
                webhook: "other".into(),
                delivery: None,
                result: "failed".into(),
                failed_open: true,
                attempts: 2,
                status: None,
                error: Some("connection refused".into()),
                elapsed: 9,
            },
        ],
    };
    ok(&store.decided(decision.clone()));
    ok(&store.gone("a", b"hash of a", NOW));
    ok(&store.gone("b", b"hash of b", NOW));
    ok(&store.ungone("b"));
    store.close(Duration::from_secs(60)).unwrap();
    let (_store, again) = open(directory.path());
    assert_eq!(again.gone, [("a".to_owned(), b"hash of a".to_vec(), NOW)]);
    assert_eq!(again.salt, opened.salt);
    let reader = Reader::open(directory.path()).unwrap();
    let go_on = &mut crate::support::go_on();
    let found = reader.decisions(&Default::default(), 10, go_on).unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].cancelled && found[0].failed_open);
    assert_eq!(found[0].reason.as_deref(), Some("not now"));
    assert_eq!(found[0].answers.len(), 2);
    assert_eq!(found[0].answers[0].delivery, Some(id(7)));
    assert_eq!(
        found[0].answers[1].error.as_deref(),
        Some("connection refused")
    );
}

#[test]
fn files_are_for_their_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("new/store");
    let (store, _) = open(&directory);
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    let expected = [
        "lock",
        "reserve",
        "store.db",
        "store.db-shm",
        "store.db-wal",
    ];
    assert_eq!(names, expected);
}

#[test]
fn what_was_handed_in_is_written_when_the_last_handle_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(directory.path(), World::new().options()).unwrap();
    let ticket = store.accept(vec![delivery(1, "a")]).unwrap();
    drop(store);
    ok(&ticket);
    assert_eq!(all(directory.path()).len(), 1);
}

#[test]
fn a_closed_store_accepts_nothing_and_leaves_one_file() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    for number in 0..100 {
        store.accept(vec![delivery(number, "a")]).unwrap();
    }
    store.close(Duration::from_secs(60)).unwrap();
    let refused = store.accept(vec![delivery(200, "a")]).unwrap_err();
    assert_eq!(refused.to_string(), "the store is closed");
    assert!(!directory.path().join("store.db-wal").exists());
    assert_eq!(all(directory.path()).len(), 100);
}
