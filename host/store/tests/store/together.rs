//! Many write at once.

use crate::support::{
    NOW, PATIENCE, World, all, assert_whole, delivery, end, go_on, id, pages, until,
};
use servo_webhooks_store::{DeliveryFilter, Editor, Notice, Replay, State, Store};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const ALL: u64 = 4000;

/// One delivers, and all that it sends fails at first; another replays what failed for as
/// long as anything has.
#[test]
fn who_replays_and_who_delivers_do_not_keep_each_other_from_writing() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    let (accepted, delivered) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..ALL {
                store.accept(vec![delivery(number, "a")]).unwrap();
                store.settled(id(number), end(State::Failed, 1));
                if number % 100 == 0 {
                    thread::sleep(Duration::from_millis(2));
                }
            }
            store.flush(PATIENCE).unwrap();
            accepted.store(true, Ordering::Relaxed);
        });
        scope.spawn(|| {
            let mut editor = Editor::open(directory.path()).unwrap();
            let failed = DeliveryFilter {
                states: vec![State::Failed],
                ..DeliveryFilter::default()
            };
            let replay = Replay {
                now: NOW,
                rate: None,
                new_id: None,
                dry_run: false,
            };
            while !delivered.load(Ordering::Relaxed) {
                editor.replay(&failed, &replay, &mut go_on()).unwrap();
            }
        });
        // What waits was replayed: it gets through, each once.
        let mut sent = HashSet::new();
        until(|| {
            for stored in pages(&store, "a") {
                // Accepted, and about to fail for the first time.
                if stored.replays == 0 {
                    continue;
                }
                assert_eq!(stored.replays, 1);
                sent.insert(stored.id);
                store.settled(stored.id, end(State::Delivered, 1));
            }
            store.flush(PATIENCE).unwrap();
            let health = store.health();
            let over = accepted.load(Ordering::Relaxed) && sent.len() as u64 == ALL;
            (over && health.waiting + health.failed == 0).then_some(())
        });
        delivered.store(true, Ordering::Relaxed);
    });
    let trouble = |notice: &Notice| matches!(notice, Notice::Trouble(_));
    assert!(
        !world.notices().iter().any(trouble),
        "{:?}",
        world.notices()
    );
    let found = all(directory.path());
    assert_eq!(found.len() as u64, ALL);
    for found in found.values() {
        assert_eq!((found.state, found.replays), (State::Delivered, 1));
    }
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}
