//! A disk whose fsync fails: what was written may be lost although it can be read.

use crate::child::{self, Child};
use crate::say;
use crate::support::{PATIENCE, World, all, assert_whole, delivery, end, id, missing, ok};
use servo_webhooks_store::{Notice, Refused, State, Store, Trouble};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Fails as the disk would, for as long as a file is there.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(void) {
    const char *mark = getenv("SYNC_FAILS");
    return mark && syscall(SYS_access, mark, F_OK) == 0;
}

int fsync(int file) {
    if (fails()) { errno = EIO; return -1; }
    return syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    if (fails()) { errno = EIO; return -1; }
    return syscall(SYS_fdatasync, file);
}
"#;

fn shim(directory: &Path) -> Option<PathBuf> {
    let (source, library) = (directory.join("shim.c"), directory.join("shim.so"));
    fs::write(&source, SHIM).unwrap();
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .output();
    compiled
        .is_ok_and(|output| output.status.success())
        .then_some(library)
}

#[test]
fn an_error_of_fsync_refuses_and_nothing_is_built_on_what_was_not_synced() {
    if !cfg!(target_os = "linux") {
        return missing("LD_PRELOAD, for errors of fsync");
    }
    let directory = tempfile::tempdir().unwrap();
    let Some(shim) = shim(directory.path()) else {
        return missing("cc, for errors of fsync");
    };
    let mut command = child::command("sync", directory.path());
    command.env("LD_PRELOAD", shim);
    command.env("SYNC_FAILS", directory.path().join("fails"));
    assert_eq!(Child::of(command).finish().last().unwrap(), "done");
}

pub fn fails(directory: &Path) {
    let mark = directory.join("fails");
    let directory = directory.join("store");
    let world = World::new();
    let (store, _) = Store::open(&directory, world.options()).unwrap();
    ok(&store
        .accept(vec![delivery(1, "a"), delivery(2, "a")])
        .unwrap());
    let log = directory.join("store.db-wal");
    let synced = fs::metadata(&log).unwrap().len();
    fs::write(&mark, "").unwrap();
    let ticket = store.accept(vec![delivery(3, "a")]).unwrap();
    let refused = ticket.wait(PATIENCE).unwrap().unwrap_err();
    assert!(
        matches!(refused, Refused::Trouble(Trouble::Disk(_))),
        "{refused}"
    );
    let refused = store.accept(vec![delivery(4, "a")]).unwrap_err();
    assert!(
        matches!(refused, Refused::Trouble(Trouble::Disk(_))),
        "{refused}"
    );
    say!("refused");
    let unsynced = fs::read(&log).unwrap();
    // What is settled meanwhile is written later, that of the refused one too.
    let settled = store.settled(id(1), end(State::Delivered, 1));
    let refused = store.settled(id(3), end(State::Failed, 4));
    fs::remove_file(&mark).unwrap();
    world.wait_for(|notice| (*notice == Notice::Recovered).then_some(()));
    ok(&settled);
    ok(&refused);
    ok(&store.accept(vec![delivery(5, "a")]).unwrap());
    say!("recovered");
    let found = all(&directory);
    let states: Vec<_> = [1, 2, 3, 5]
        .iter()
        .map(|number| (found[&id(*number)].state, found[&id(*number)].has_body))
        .collect();
    let expected = [
        (State::Delivered, false),
        (State::Waiting, true),
        (State::Failed, false),
        (State::Waiting, true),
    ];
    assert_eq!(states, expected);
    assert_eq!(found.len(), 4);
    power_fails(&directory, &unsynced, usize::try_from(synced).unwrap());
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(&directory);
    say!("done");
}

/// What was written when fsync failed never came to the disk, as the system has it: it is
/// read as it should be until the power fails.
fn power_fails(directory: &Path, unsynced: &[u8], synced: usize) {
    let other = directory.join("after the power failed");
    fs::create_dir(&other).unwrap();
    let mut log = fs::read(directory.join("store.db-wal")).unwrap();
    // Both halves of the salt, which change when the log begins anew.
    let salt = 16..24;
    if log.get(salt.clone()) == unsynced.get(salt) {
        let end = unsynced.len().min(log.len());
        log[synced..end].fill(0);
    }
    fs::copy(directory.join("store.db"), other.join("store.db")).unwrap();
    fs::write(other.join("store.db-wal"), log).unwrap();
    let found = all(&other);
    let numbers = [1, 2, 3, 5];
    assert!(
        numbers
            .iter()
            .all(|number| found.contains_key(&id(*number)))
    );
    let settled = &found[&id(1)];
    assert_eq!(settled.state, State::Delivered);
}
