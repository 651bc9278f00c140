//! A database that is replaced while others read it.

use crate::child::{self, Child};
use crate::say;
use crate::support::{
    PATIENCE, World, all, assert_whole, content, delivery, id, missing, ok, open, pages, until,
};
use servo_webhooks_store::{Notice, Reader, Refused, Store, StoreError, Trouble};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Closed, with so many that wait, and one body of them changed.
fn damaged(directory: &Path, waiting: u64, bad: u64) {
    let (store, _) = open(directory);
    for number in 0..waiting {
        store.accept(vec![delivery(number, "a")]).unwrap();
    }
    store.close(PATIENCE).unwrap();
    let path = directory.join("store.db");
    let (bytes, wanted) = (fs::read(&path).unwrap(), content(bad));
    let mut windows = bytes.windows(wanted.len());
    let place = windows.position(|window| window == wanted).unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"y", place as u64 + 60).unwrap();
}

#[test]
fn whoever_reads_while_it_is_replaced_sees_the_new_one_afterwards() {
    for round in 0..20 {
        let directory = tempfile::tempdir().unwrap();
        damaged(directory.path(), 50, 25);
        let (store, _) = open(directory.path());
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        drop(store.waiting_webhooks());
                    }
                });
            }
            // From another process, as it were: each opens the files anew.
            scope.spawn(|| {
                // Which leaves the other rounds to those in this process.
                while round % 4 == 0 && !over.load(Ordering::Relaxed) {
                    let found = Reader::open(directory.path()).map_err(StoreError::from);
                    let found = found.and_then(|reader| reader.delivery(id(3)));
                    assert!(!matches!(found, Err(StoreError::Corrupt(_))), "{found:?}");
                }
            });
            until(|| {
                drop(store.page("a", 0, 256));
                store.health().salvaged
            });
            over.store(true, Ordering::Relaxed);
        });
        ok(&store.accept(vec![delivery(100 + round, "b")]).unwrap());
        let found = pages(&store, "b");
        assert_eq!(found.len(), 1, "round {round}: it reads the old database");
        assert_eq!(pages(&store, "a").len(), 49);
        store.close(PATIENCE).unwrap();
    }
}

const WAITING: u64 = 3000;

#[test]
fn what_there_was_no_room_to_save_is_saved_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let Some(command) = child::on_a_small_disk("salvages", directory.path()) else {
        return missing("a mount namespace, for a disk that is full");
    };
    assert_eq!(Child::of(command).finish().last().unwrap(), "done");
}

/// The directory is a disk of 32 MiB.
pub fn salvages(disk: &Path) {
    let directory = disk.join("store");
    damaged(&directory, WAITING, 2500);
    let world = World::new();
    let (store, _) = Store::open(&directory, world.options()).unwrap();
    let ballast = disk.join("ballast");
    fill(disk, &ballast, 600 << 10);
    let read = (0..).find_map(|step| store.page("a", step * 256, 256).err());
    assert!(matches!(read, Some(StoreError::Corrupt(_))), "{read:?}");
    world.wait_for(|notice| match notice {
        Notice::Trouble(Trouble::Corrupt(_)) => Some(()),
        _ => None,
    });
    say!("not saved");
    // It is tried again some times, and what was copied by then is not taken for all.
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(4) {
        assert!(!store.health().accepting(), "what waits is not there");
        let refused = store.accept(vec![delivery(90_000, "b")]).unwrap_err();
        let corrupt = matches!(refused, Refused::Trouble(Trouble::Corrupt(_)));
        assert!(corrupt, "{refused}");
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::remove_file(&ballast).unwrap();
    world.wait_for(|notice| (*notice == Notice::Recovered).then_some(()));
    assert_eq!(pages(&store, "a").len() as u64, WAITING - 1);
    ok(&store.accept(vec![delivery(90_000, "b")]).unwrap());
    until(|| store.health().salvaged.unwrap().complete.then_some(()));
    store.close(PATIENCE).unwrap();
    assert_eq!(all(&directory).len() as u64, WAITING + 1);
    assert_whole(&directory);
    say!("done");
}

/// Leaves so many bytes.
fn fill(disk: &Path, ballast: &Path, leave: u64) {
    let free = Command::new("df")
        .args(["-k", "--output=avail"])
        .arg(disk)
        .output();
    let free = free.unwrap().stdout;
    let free = String::from_utf8(free).unwrap();
    let free: u64 = free.lines().last().unwrap().trim().parse().unwrap();
    let size = usize::try_from((free << 10).saturating_sub(leave)).unwrap();
    fs::write(ballast, vec![0; size]).unwrap();
}
