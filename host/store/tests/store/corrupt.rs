//! A database that the disk has changed.

use crate::support::{
    World, all, assert_whole, content, delivery, end, go_on, id, ok, open, pages, quick_dir, until,
};
use servo_webhooks_store::{
    Decision, DecisionFilter, Editor, Notice, Reader, Salvaged, State, Store, StoreError,
};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

const PAGE: u64 = 4096;
const WAITING: u64 = 2000;
const DELIVERED: u64 = 1000;
const FAILED: u64 = 500;

/// Closed, with something of everything.
fn filled(directory: &Path) {
    let (store, _) = open(directory);
    for number in 0..WAITING + DELIVERED + FAILED {
        store.accept(vec![delivery(number, "a")]).unwrap();
        if number >= WAITING {
            let failed = number >= WAITING + DELIVERED;
            let state = if failed {
                State::Failed
            } else {
                State::Delivered
            };
            store.settled(id(number), end(state, 1));
        }
    }
    for number in 0..100 {
        store.decided(Decision {
            event: "before:adjust".into(),
            event_id: format!("event-{number}").into(),
            at: number,
            elapsed: 1,
            cancelled: false,
            reason: None,
            answers: Vec::new(),
        });
    }
    store.close(Duration::from_secs(60)).unwrap();
}

/// Pages become nonsense.
fn garble(file: &Path, pages: impl Iterator<Item = u64>) {
    let file = OpenOptions::new().write(true).open(file).unwrap();
    for page in pages {
        let nonsense: Vec<_> = std::iter::repeat_with(|| fastrand::u8(..))
            .take(4096)
            .collect();
        file.write_all_at(&nonsense, page * PAGE).unwrap();
    }
}

fn page_count(file: &Path) -> u64 {
    fs::metadata(file).unwrap().len() / PAGE
}

/// Reads all that waits, until there is nothing corrupt any more.
fn salvaged(store: &Store) -> Salvaged {
    until(|| {
        let mut after = 0;
        while let Ok(page) = store.page("a", after, 256) {
            match page.last() {
                Some(last) => after = last.queue,
                None => break,
            }
        }
        let salvaged = store.health().salvaged;
        salvaged.filter(|salvaged| salvaged.complete)
    })
}

#[test]
fn a_corrupt_database_is_moved_aside_and_what_can_be_read_goes_on() {
    let directory = quick_dir();
    filled(directory.path());
    let file = directory.path().join("store.db");
    let bad = page_count(&file) / 10;
    // Not the first pages, on which all tables begin.
    garble(
        &file,
        (0..bad).map(|_| fastrand::u64(20..page_count(&file))),
    );
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    let salvaged = salvaged(&store);
    assert!(salvaged.moved_to.exists());
    let name = salvaged.moved_to.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, "store-corrupt-20261128T000000Z.db");
    assert!(salvaged.gaps > 0, "{salvaged:?}");
    // A tenth of the pages: most of it is still there.
    assert!(salvaged.waiting > WAITING / 3, "{salvaged:?}");
    assert!(salvaged.failed > FAILED / 3, "{salvaged:?}");
    assert!(salvaged.history > DELIVERED / 4, "{salvaged:?}");
    let told = |notice: &Notice| matches!(notice, Notice::Salvaged(_)).then_some(());
    world.wait_for(told);
    // What is sent is what was accepted, byte for byte.
    let numbers: BTreeMap<_, _> = (0..WAITING).map(|number| (id(number), number)).collect();
    let waiting = pages(&store, "a");
    assert_eq!(u64::try_from(waiting.len()).unwrap(), salvaged.waiting);
    for stored in waiting {
        assert_eq!(stored.body.content, content(numbers[&stored.id]));
    }
    ok(&store.accept(vec![delivery(90_000, "a")]).unwrap());
    let health = store.health();
    assert!(health.accepting() && health.salvaged.is_some());
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
    // The next start has nothing to say of it.
    let (store, opened) = open(directory.path());
    assert_eq!((opened.salvaged, store.health().salvaged), (None, None));
}

#[test]
fn a_head_that_is_nonsense_costs_nothing_else() {
    let directory = quick_dir();
    filled(directory.path());
    garble(&directory.path().join("store.db"), 0..1);
    let (store, opened) = open(directory.path());
    let found = opened.salvaged.unwrap();
    assert_eq!((found.waiting, found.failed), (WAITING, FAILED));
    until(|| store.health().salvaged.unwrap().complete.then_some(()));
    let history = store.health().salvaged.unwrap().history;
    assert_eq!(history, DELIVERED + 100);
    assert_eq!(pages(&store, "a").len(), 2000);
    store.close(Duration::from_secs(60)).unwrap();
    let left = fs::read_dir(directory.path()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    let copy = |name: &std::ffi::OsString| {
        let name = name.to_str().unwrap();
        name.contains("copy") || name.contains("empty")
    };
    assert!(!left.iter().any(copy), "{left:?}");
    assert_whole(directory.path());
}

/// A start that is killed early and often does not begin anew each time.
#[test]
fn way_6_saving_history_goes_on_after_a_restart() {
    let directory = quick_dir();
    filled(directory.path());
    garble(&directory.path().join("store.db"), 0..1);
    let mut starts = 0;
    until(|| {
        starts += 1;
        let (store, opened) = open(directory.path());
        assert_eq!(opened.salvaged.is_some(), starts == 1);
        // What is new has no number of history that is still to be copied.
        ok(&store.accept(vec![delivery(50_000 + starts, "a")]).unwrap());
        assert_eq!(
            (opened.waiting, opened.failed),
            (WAITING + starts - 1, FAILED)
        );
        store.close(Duration::from_secs(60)).unwrap();
        let saved = all(directory.path()).len() as u64;
        (saved == WAITING + FAILED + DELIVERED + starts).then_some(())
    });
    let (store, _) = open(directory.path());
    let reader = Reader::open(directory.path()).unwrap();
    until(|| {
        let found = reader.decisions(&DecisionFilter::default(), 1000, &mut go_on());
        (found.unwrap().len() == 100).then_some(())
    });
    store.close(Duration::from_secs(60)).unwrap();
    drop(reader);
    assert_whole(directory.path());
}

#[test]
fn a_file_of_nonsense_does_not_stop_the_start() {
    let directory = quick_dir();
    let file = directory.path().join("store.db");
    fs::write(&file, vec![b'x'; 100_000]).unwrap();
    let (store, opened) = open(directory.path());
    let found = opened.salvaged.unwrap();
    assert_eq!((found.waiting, found.failed), (0, 0));
    until(|| store.health().salvaged.unwrap().complete.then_some(()));
    assert_eq!(store.health().salvaged.unwrap().history, 0);
    assert_eq!(fs::read(found.moved_to).unwrap(), vec![b'x'; 100_000]);
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
}

/// One byte, which SQLite does not notice.
#[test]
fn a_body_that_was_changed_is_never_sent() {
    let directory = quick_dir();
    filled(directory.path());
    let path = directory.path().join("store.db");
    let bytes = fs::read(&path).unwrap();
    let wanted = content(1234);
    let place = bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
        .unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"y", place as u64 + 60).unwrap();
    let (store, opened) = open(directory.path());
    assert_eq!(opened.salvaged, None);
    let salvaged = salvaged(&store);
    assert_eq!((salvaged.without_body, salvaged.waiting), (1, WAITING - 1));
    assert!(
        pages(&store, "a")
            .iter()
            .all(|stored| stored.id != id(1234))
    );
    let lost = &all(directory.path())[&id(1234)];
    assert_eq!((lost.state, lost.has_body), (State::Failed, false));
    let error = lost.error.as_deref().unwrap();
    assert!(error.contains("corrupt"), "{error}");
}

/// Whoever asks is told, and nothing is changed by that.
#[test]
fn way_12_a_corrupt_file_can_be_checked_and_salvaged_by_hand() {
    let directory = quick_dir();
    filled(directory.path());
    let file = directory.path().join("store.db");
    garble(&file, (30..page_count(&file)).filter(|page| page % 9 == 0));
    let mut reader = Reader::open(directory.path()).unwrap();
    match reader.check(&mut go_on()) {
        Ok(report) => assert!(!report.is_whole()),
        Err(error) => assert!(matches!(error, StoreError::Corrupt(_)), "{error}"),
    }
    drop(reader);
    let before = fs::read(&file).unwrap();
    let other = quick_dir();
    let (store, _) = open(other.path());
    ok(&store
        .accept(vec![delivery(0, "a"), delivery(70_000, "b")])
        .unwrap());
    store.close(Duration::from_secs(60)).unwrap();
    let saved = Editor::salvage(other.path(), &file, 0, &mut go_on()).unwrap();
    assert!(saved.complete && saved.waiting > WAITING / 3, "{saved:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
    // What was there stays, and comes first.
    let (store, _) = open(other.path());
    let waiting = pages(&store, "a");
    assert_eq!(waiting[0].id, id(0));
    assert_eq!(u64::try_from(waiting.len()).unwrap(), saved.waiting + 1);
    assert_eq!(pages(&store, "b").len(), 1);
    ok(&store.accept(vec![delivery(80_000, "a")]).unwrap());
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(other.path());
    // While a process has the store, it is refused.
    let (_store, _) = open(other.path());
    let refused = Editor::salvage(other.path(), &file, 0, &mut go_on()).unwrap_err();
    assert!(refused.to_string().contains("in use"), "{refused}");
}
