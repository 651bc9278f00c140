//! Two processes: one delivers, another replays and forgets.

use crate::child::Child;
use crate::say;
use crate::support::{
    NOW, World, all, assert_whole, content, delivery, end, go_on, id, ok, open, pages,
};
use servo_webhooks_store::{DeliveryFilter, Editor, Notice, Reader, Replay, State, Store, Uuid};
use std::path::Path;
use std::time::Duration;

fn failed() -> DeliveryFilter {
    DeliveryFilter {
        states: vec![State::Failed],
        ..DeliveryFilter::default()
    }
}

/// Dead letters 0..100, of two webhooks, and one that was delivered.
fn with_dead_letters(store: &Store) {
    for number in 0..=100 {
        let webhook = if number % 2 == 0 { "a" } else { "b" };
        store.accept(vec![delivery(number, webhook)]).unwrap();
        let state = if number == 100 {
            State::Delivered
        } else {
            State::Failed
        };
        store.settled(id(number), end(state, 5));
    }
    store.flush(Duration::from_secs(60)).unwrap();
}

/// Replays in another process, and says what it did.
pub fn replays(directory: &Path) {
    let mut editor = Editor::open(directory).unwrap();
    let replay = Replay {
        now: NOW + 5000,
        rate: Some(10.0),
        new_id: None,
        dry_run: false,
    };
    let replayed = editor.replay(&failed(), &replay, &mut go_on()).unwrap();
    say!("{} replayed", replayed.deliveries);
}

#[test]
fn way_3_what_another_process_replays_is_delivered_by_the_one_that_runs() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    with_dead_letters(&store);
    assert_eq!(store.health().failed, 100);
    // Spilled before the replay, and still ahead of it.
    ok(&store.accept(vec![delivery(200, "a")]).unwrap());
    let said = Child::start("replays", directory.path(), &[]).finish();
    assert_eq!(said, ["100 replayed"]);
    let webhooks = world.wait_for(|notice| match notice {
        Notice::Replayed {
            webhooks,
            deliveries: 100,
        } => Some(webhooks.clone()),
        _ => None,
    });
    assert_eq!(webhooks, ["a", "b"]);
    // What is sent again waits since that was asked for.
    let backlog = store.backlog().unwrap();
    let of_b = backlog.iter().find(|one| one.webhook == "b").unwrap();
    assert_eq!((of_b.deliveries, of_b.oldest), (50, NOW + 5000));
    store.began(id(1), 1, 0);
    store.flush(Duration::from_secs(60)).unwrap();
    let backlog = store.backlog().unwrap();
    let of_b = backlog.iter().find(|one| one.webhook == "b").unwrap();
    assert_eq!(of_b.oldest, NOW + 5000, "while it is attempted too");
    let waiting = pages(&store, "a");
    let ids: Vec<_> = waiting.iter().map(|stored| stored.id).collect();
    let expected: Vec<_> = [200]
        .into_iter()
        .chain((0..100).step_by(2))
        .map(id)
        .collect();
    assert_eq!(
        ids, expected,
        "in the order in which they came to the queue"
    );
    // Ten a second: the fifth of "a" is the ninth of all.
    let fifth = &waiting[5];
    assert_eq!((fifth.id, fifth.attempts, fifth.replays), (id(8), 0, 1));
    assert_eq!((fifth.due, fifth.wait), (Some(NOW + 5000 + 800), 800));
    assert_eq!(fifth.body.content, content(8));
    // What is new comes behind.
    ok(&store.accept(vec![delivery(201, "a")]).unwrap());
    assert_eq!(pages(&store, "a").last().unwrap().id, id(201));
    ok(&store.settled(id(8), end(State::Delivered, 1)));
    let reader = Reader::open(directory.path()).unwrap();
    let details = reader.delivery(id(8)).unwrap().unwrap();
    assert_eq!(details.delivery.replays, 1);
    assert_eq!(details.attempts.last().unwrap().replay, 1);
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

#[test]
fn what_is_replayed_while_nothing_runs_waits_for_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    with_dead_letters(&store);
    store.close(Duration::from_secs(60)).unwrap();
    let mut editor = Editor::open(directory.path()).unwrap();
    let next = std::cell::Cell::new(1000);
    let new_id = || {
        next.set(next.get() + 1);
        id(next.get())
    };
    let mut replay = Replay {
        now: NOW,
        rate: None,
        new_id: Some(&new_id),
        dry_run: true,
    };
    let filter = DeliveryFilter {
        webhook: Some("a".into()),
        ..DeliveryFilter::default()
    };
    let would = editor.replay(&filter, &replay, &mut go_on()).unwrap();
    assert_eq!((would.deliveries, would.without_body), (50, 1));
    assert_eq!(all(directory.path())[&id(0)].state, State::Failed);
    replay.dry_run = false;
    let did = editor.replay(&filter, &replay, &mut go_on()).unwrap();
    assert_eq!(did, would);
    assert_whole(directory.path());
    drop(editor);
    let (store, opened) = open(directory.path());
    assert_eq!((opened.waiting, opened.failed), (50, 50));
    let waiting = crate::support::until(|| {
        let waiting = pages(&store, "a");
        (waiting.len() == 50).then_some(waiting)
    });
    assert_eq!(waiting[0].id, id(1001));
    assert_eq!(waiting[0].event_id.as_ref(), "event-0");
}

#[test]
fn what_is_forgotten_is_not_sent_and_keeps_nothing_of_its_body() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    with_dead_letters(&store);
    ok(&store
        .accept(vec![delivery(200, "a"), delivery(201, "a")])
        .unwrap());
    let mut editor = Editor::open(directory.path()).unwrap();
    let mut forget = |ids: &[u64], dry_run| {
        let filter = DeliveryFilter {
            ids: ids.iter().map(|number| id(*number)).collect(),
            ..DeliveryFilter::default()
        };
        editor
            .forget(&filter, NOW + 9, dry_run, &mut go_on())
            .unwrap()
    };
    assert_eq!(forget(&[200, 0, 100], true), 3);
    assert_eq!(forget(&[200, 0, 100], false), 3);
    assert_eq!(forget(&[200, 0, 100], false), 0);
    let forgotten: Vec<Uuid> = world.wait_for(|notice| match notice {
        Notice::Forgotten(ids) => Some(ids.clone()),
        _ => None,
    });
    assert_eq!(forgotten, [id(200)]);
    // The process that was sending it comes too late.
    ok(&store.settled(id(200), end(State::Delivered, 1)));
    let found = all(directory.path());
    for number in [200, 0, 100] {
        let found = &found[&id(number)];
        assert_eq!((found.state, found.has_body), (State::Forgotten, false));
    }
    assert_eq!(found[&id(200)].settled, Some(NOW + 9));
    assert_eq!(pages(&store, "a").len(), 1);
    // By age: all that was accepted before.
    let filter = DeliveryFilter {
        until: Some(NOW + 50),
        ..DeliveryFilter::default()
    };
    let count = editor.forget(&filter, NOW, false, &mut go_on()).unwrap();
    assert_eq!(count, 49, "0 to 49, but for the one that is forgotten");
    drop(editor);
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

#[test]
fn a_long_change_can_be_ended_and_leaves_whole_steps() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    for number in 0..2000 {
        store.accept(vec![delivery(number, "a")]).unwrap();
        store.settled(id(number), end(State::Failed, 1));
    }
    store.close(Duration::from_secs(60)).unwrap();
    let mut editor = Editor::open(directory.path()).unwrap();
    let mut looks = 0;
    let mut once = |_| {
        looks += 1;
        match looks {
            1 => std::ops::ControlFlow::Continue(()),
            _ => std::ops::ControlFlow::Break(()),
        }
    };
    let ended = editor.forget(&failed(), NOW, false, &mut once).unwrap_err();
    assert_eq!(ended.to_string(), "cancelled");
    let found = all(directory.path());
    let forgotten = found
        .values()
        .filter(|found| found.state == State::Forgotten);
    let forgotten = forgotten.count();
    assert!(forgotten > 0 && forgotten < 2000, "{forgotten}");
    assert_whole(directory.path());
}
