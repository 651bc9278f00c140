//! What compacting takes: room beside the database, and hardly any memory.

use crate::child::Child;
use crate::say;
use crate::support::{NOW, assert_whole, body, end, id, missing, open};
use servo_webhooks_store::{Editor, NewDelivery, State};
use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MIB: u64 = 1 << 20;
const BODIES: u64 = 96;

#[test]
fn compacting_takes_no_memory_for_what_is_in_the_store() {
    if !Path::new("/proc/self/status").exists() {
        return missing("/proc, for the memory of a process");
    }
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    for number in 0..BODIES {
        let new = NewDelivery {
            body: body(vec![b'x'; usize::try_from(MIB).unwrap()]),
            ..crate::support::delivery(number, "a")
        };
        store.accept(vec![new]).unwrap();
        store.settled(id(number), end(State::Failed, 1));
        store.flush(Duration::from_secs(60)).unwrap();
    }
    store.close(Duration::from_secs(60)).unwrap();
    let said = Child::start("compacts", directory.path(), &[]).finish();
    let peak: u64 = said[0].parse().unwrap();
    assert!(peak < 40 * MIB, "{} MiB", peak / MIB);
    assert_whole(directory.path());
    let left = fs::read_dir(directory.path()).unwrap();
    let left: BTreeSet<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    let known = [
        "lock",
        "reserve",
        "store.db",
        "store.db-shm",
        "store.db-wal",
    ];
    assert!(
        left.iter()
            .all(|name| known.iter().any(|known| name == known)),
        "{left:?}"
    );
}

/// Compacts, and says how much memory it took at most. It has its own process, whose memory
/// is no other test's.
pub fn compacts(directory: &Path) {
    let mut editor = Editor::open(directory).unwrap();
    let mut files = BTreeSet::new();
    let mut look = |_| {
        files.extend(temporary_files());
        ControlFlow::Continue(())
    };
    assert!(editor.compact(NOW, &mut look).unwrap().whole);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().trim_end_matches(" kB");
    say!("{}", peak.parse::<u64>().unwrap() << 10);
    let inside = |file: &PathBuf| file.starts_with(directory);
    assert!(!files.is_empty() && files.iter().all(inside), "{files:?}");
}

/// Files that are open and have no name.
fn temporary_files() -> Vec<PathBuf> {
    let open = fs::read_dir("/proc/self/fd").unwrap();
    let open = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    open.filter(|file| file.to_string_lossy().ends_with(" (deleted)"))
        .collect()
}
