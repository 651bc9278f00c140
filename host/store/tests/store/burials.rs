//! What waits for a webhook that is gone.

use crate::support::{NOW, World, all, assert_whole, delivery, end, id, ok, pages, until};
use servo_webhooks_store::{DeliveryFilter, Editor, Notice, Replay, State, Store};
use std::collections::HashSet;
use std::time::Duration;

/// How many were buried, as it was told.
fn buried(world: &World) -> u64 {
    world.wait_for(|notice| match notice {
        Notice::Buried {
            webhook,
            deliveries,
        } if webhook == "old" => Some(*deliveries),
        _ => None,
    })
}

#[test]
fn what_waits_for_a_webhook_that_is_gone_becomes_dead_letters_that_say_so() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    for number in 0..1500 {
        store.accept(vec![delivery(number, "old")]).unwrap();
    }
    ok(&store.accept(vec![delivery(2000, "new")]).unwrap());
    store.bury("old", "no webhook of this name is configured", NOW + 3);
    let count = world.wait_for(|notice| match notice {
        Notice::Buried {
            webhook,
            deliveries,
        } if webhook == "old" => Some(*deliveries),
        _ => None,
    });
    assert_eq!(count, 1500);
    let health = store.health();
    assert_eq!((health.waiting, health.failed), (1, 1500));
    let found = &all(directory.path())[&id(0)];
    assert_eq!((found.state, found.has_body), (State::Failed, true));
    assert_eq!(found.settled, Some(NOW + 3));
    let error = found.error.as_deref();
    assert_eq!(error, Some("no webhook of this name is configured"));
    let waiting = store.waiting_webhooks().unwrap();
    assert_eq!(waiting.len(), 1);
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

#[test]
fn what_is_in_memory_is_not_buried_and_its_end_counts() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    for number in 0..1500 {
        store.accept(vec![delivery(number, "old")]).unwrap();
    }
    let loaded: HashSet<_> = (0..1500).step_by(3).map(id).collect();
    store.bury_except("old", "gone", NOW + 3, loaded.clone());
    assert_eq!(buried(&world), 1000);
    let waiting: HashSet<_> = pages(&store, "old").iter().map(|one| one.id).collect();
    assert_eq!(waiting, loaded);
    // Whoever replays the dead letters does not send again what is being sent.
    let replay = Replay {
        now: NOW,
        rate: None,
        new_id: None,
        dry_run: false,
    };
    let mut editor = Editor::open(directory.path()).unwrap();
    let filter = DeliveryFilter {
        ids: vec![id(3), id(4)],
        ..DeliveryFilter::default()
    };
    let go_on = &mut crate::support::go_on();
    let replayed = editor.replay(&filter, &replay, go_on).unwrap();
    assert_eq!(replayed.deliveries, 1);
    until(|| (pages(&store, "old").len() == 501).then_some(()));
    ok(&store.settled(id(0), end(State::Delivered, 2)));
    ok(&store.settled(id(3), end(State::Failed, 5)));
    let found = all(directory.path());
    assert_eq!(found[&id(0)].state, State::Delivered);
    assert_eq!(found[&id(3)].error.as_deref(), Some("500"));
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
    // A process that was killed has nothing in memory any more.
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    store.bury_except("old", "gone", NOW + 3, HashSet::new());
    assert_eq!(buried(&world), 499);
    assert_eq!(store.health().waiting, 0);
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

/// The webhook may be back before its burial is over, or before it has begun.
#[test]
fn what_came_before_a_burial_is_buried_and_what_comes_after_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    ok(&store.accept(vec![delivery(0, "old")]).unwrap());
    let other = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.accept(vec![delivery(1, "old")]).unwrap();
    until(|| (store.health().pending == 0).then_some(()));
    // One is being written, and one is not.
    store.accept(vec![delivery(2, "old")]).unwrap();
    store.bury("old", "gone", NOW + 3);
    store.accept(vec![delivery(3, "old")]).unwrap();
    // So that it is tried again when the burial is known.
    world.wait_for(|notice| matches!(notice, Notice::Trouble(_)).then_some(()));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(buried(&world), 3);
    store.flush(Duration::from_secs(60)).unwrap();
    let waiting: Vec<_> = pages(&store, "old").iter().map(|one| one.id).collect();
    assert_eq!(waiting, [id(3)]);
    drop(other);
    let health = store.health();
    assert_eq!((health.waiting, health.failed), (1, 3));
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}
