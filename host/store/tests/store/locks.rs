//! One process has a store.

use crate::child::Child;
use crate::support::{World, delivery, ok, open};
use servo_webhooks_store::{OpenError, Store};

/// Held by another process until it is killed.
#[test]
fn way_8_a_second_process_is_refused_at_once_and_told_of_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Child::start("holder", directory.path(), &[]);
    assert_eq!(child.line().as_deref(), Some("open"));
    let refused = Store::open(directory.path(), World::new().options()).unwrap_err();
    let OpenError::InUse { pid, since, .. } = &refused else {
        panic!("{refused}")
    };
    assert_eq!(*pid, child.id().to_string());
    assert_eq!(since, "2026-11-28T00:00:00Z");
    let said = refused.to_string();
    assert!(said.contains("in use by process"), "{said}");
    child.kill();
    // The system gives the lock up with the process.
    let (store, _) = open(directory.path());
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
}

#[test]
fn way_8_network_file_systems_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    // From `man 2 statfs`: NFS, SMB2, 9p and FUSE.
    for kind in [0x6969, 0xFE53_4D42, 0x0102_1997, 0x6573_5546] {
        let mut options = World::new().options();
        options.file_system = Some(kind);
        let refused = Store::open(directory.path(), options).unwrap_err();
        assert!(
            matches!(refused, OpenError::NetworkFileSystem { .. }),
            "{refused}"
        );
        assert!(!directory.path().join("store.db").exists());
    }
    // ext4.
    let mut options = World::new().options();
    options.file_system = Some(0xEF53);
    Store::open(directory.path(), options).unwrap();
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE cats (name)").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let refused = Store::open(directory.path(), World::new().options()).unwrap_err();
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let path = directory.path().join("store.db");
    crate::support::until(|| {
        let later = rusqlite::Connection::open(&path).unwrap();
        later.execute_batch("PRAGMA user_version = 3").ok()
    });
    let refused = crate::support::until(|| {
        let refused = Store::open(directory.path(), World::new().options()).unwrap_err();
        (!matches!(refused, OpenError::InUse { .. })).then_some(refused)
    });
    assert!(
        matches!(
            refused,
            OpenError::Newer {
                found: 3,
                known: 2,
                ..
            }
        ),
        "{refused}"
    );
}
