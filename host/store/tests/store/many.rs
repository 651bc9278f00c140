//! A million deliveries that wait.

use crate::child::Child;
use crate::say;
use crate::support::{assert_whole, body, number, open, quick_dir};
use std::path::Path;
use std::time::Duration;

const WAITING: u64 = 1_000_000;

/// Of memory, for a store with so much in it.
const MOST_KIB: u64 = 60 << 10;

/// As many as are wanted, without handing each of them in.
fn fill(directory: &Path, waiting: u64) {
    let (store, _) = open(directory);
    store.close(Duration::from_secs(60)).unwrap();
    let database = rusqlite::Connection::open(directory.join("store.db")).unwrap();
    // The checksum of a body is written by the store alone, so all share one that it wrote.
    database
        .execute_batch(&format!(
            "PRAGMA synchronous = OFF; BEGIN;
             INSERT INTO webhook VALUES (1, 'a'), (2, 'b');
             WITH RECURSIVE number (n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {waiting})
             INSERT INTO delivery (seq, id, webhook, event, event_id, state, queue, body, accepted,
                 settled, due, wait, spent, attempts, elapsed, status, error, replays)
             SELECT n, CAST(printf('%016d', n) AS BLOB), 1 + n % 2,
                 'after:adjust', 'event-' || n, 0, n, 1, n, NULL, n, 0, 0, 1, NULL, NULL, NULL, 0
             FROM number;
             UPDATE count SET deliveries = {waiting} WHERE state = 0;
             COMMIT"
        ))
        .unwrap();
}

#[test]
fn way_6_a_million_that_wait_are_not_read_at_the_start() {
    let directory = quick_dir();
    fill(directory.path(), number("WAITING", WAITING));
    let (store, _) = open(directory.path());
    // All of them have the body of this one.
    let first = crate::support::delivery(0, "c");
    crate::support::ok(&store.accept(vec![first]).unwrap());
    store.close(Duration::from_secs(60)).unwrap();
    let child = Child::start("opens", directory.path(), &[]);
    let said = child.finish();
    let number = |place: usize| said[place].parse::<u64>().unwrap();
    assert_eq!(number(0), number_waiting() + 1);
    println!("{} KiB", number(1));
    assert!(number(1) < MOST_KIB, "{} KiB", number(1));
    assert_eq!(said[2], "page a 256", "{said:?}");
    assert_whole(directory.path());
}

fn number_waiting() -> u64 {
    number("WAITING", WAITING)
}

/// Opens the store, reads a page from the front and one from the middle, and says what it took.
pub fn opens(directory: &Path) {
    let before = peak();
    let (store, opened) = open(directory);
    let waiting = store.waiting_webhooks().unwrap();
    let names: Vec<_> = waiting.iter().map(|found| &*found.webhook).collect();
    assert_eq!(names, ["b", "a", "c"]);
    let page = store.page("a", 0, 256).unwrap();
    assert_eq!(page[0].queue, 2);
    assert_eq!(page[255].queue, 512);
    assert_eq!(*page[0].body, *body(crate::support::content(0)));
    let middle = i64::try_from(opened.waiting / 2).unwrap();
    let next = store.page("a", middle, 256).unwrap();
    assert!(next[0].queue > middle && next[0].queue <= middle + 2);
    say!("{}", opened.waiting);
    say!("{}", peak() - before);
    say!("page a {}", page.len());
    store.close(Duration::from_secs(60)).unwrap();
}

/// The most memory that this process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.and_then(|line| line.split_whitespace().next());
    words.map_or(0, |kib| kib.parse().unwrap())
}
