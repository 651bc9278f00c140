//! What the tests share.

use crate::skips;
use servo_webhooks_store::{
    DeliveryEnd, DeliveryFilter, DeliveryRecord, NewDelivery, Notice, Opened, Progress, Reader,
    State, Store, StoreOptions, StoredBody, Ticket, Uuid,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Tells what hangs from what is slow.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// 2026-11-28T00:00:00Z.
pub const NOW: i64 = 1_795_824_000_000;

/// A clock that stands, and the notices that came.
#[derive(Clone, Default)]
pub struct World {
    pub clock: Arc<AtomicI64>,
    notices: Arc<Mutex<Vec<Notice>>>,
}

impl World {
    pub fn new() -> Self {
        let world = Self::default();
        world.clock.store(NOW, Ordering::Relaxed);
        world
    }

    pub fn options(&self) -> StoreOptions {
        let (clock, notices) = (Arc::clone(&self.clock), Arc::clone(&self.notices));
        let mut options = StoreOptions::new(move || clock.load(Ordering::Relaxed));
        options.notify = Arc::new(move |notice| notices.lock().unwrap().push(notice.clone()));
        options
    }

    pub fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap().clone()
    }

    /// Waits for a notice.
    pub fn wait_for<T>(&self, found: impl Fn(&Notice) -> Option<T>) -> T {
        until(|| self.notices().iter().find_map(&found))
    }
}

/// Waits until there is something.
pub fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it never happened");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A directory on a disk that needs no waiting for, where there is one.
pub fn quick_dir() -> TempDir {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

pub fn open(directory: &Path) -> (Store, Opened) {
    Store::open(directory, World::new().options()).unwrap()
}

pub fn body(content: impl Into<Vec<u8>>) -> Arc<StoredBody> {
    Arc::new(StoredBody {
        content: content.into(),
        content_type: "application/json".into(),
        schema_version: Some(1),
        headers: vec![("ce-type".into(), "com.example.servo.adjust".into())],
    })
}

/// A delivery of this number, with a body that says so.
pub fn delivery(number: u64, webhook: &str) -> NewDelivery {
    NewDelivery {
        id: id(number),
        webhook: webhook.into(),
        event: "after:adjust".into(),
        event_id: format!("event-{number}").into(),
        body: body(content(number)),
        accepted: NOW + i64::try_from(number).unwrap(),
        trace: None,
    }
}

/// The number that a delivery was made of.
pub fn number_of(record: &DeliveryRecord) -> u64 {
    u64::try_from(record.accepted - NOW).unwrap()
}

pub fn content(number: u64) -> Vec<u8> {
    format!(
        "{{\"number\": {number}, \"filling\": \"{}\"}}",
        "x".repeat(200)
    )
    .into_bytes()
}

/// Of a delivery: the time in front, as in version 7, and something like randomness behind.
pub fn id(number: u64) -> Uuid {
    let random = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Uuid::from_u64_pair(0x0190_0000_0000_7000 + (number << 16), random | 1 << 63)
}

pub fn ok(ticket: &Ticket) {
    assert_eq!(ticket.wait(PATIENCE), Some(Ok(())));
}

pub fn end(state: State, attempts: u32) -> DeliveryEnd {
    DeliveryEnd {
        state,
        attempts,
        elapsed: 7,
        status: Some(if state == State::Delivered { 200 } else { 500 }),
        error: (state == State::Failed).then(|| "500".into()),
        at: NOW + 1000,
    }
}

/// Never ends what takes long.
pub fn go_on() -> impl FnMut(Progress) -> ControlFlow<()> {
    |_| ControlFlow::Continue(())
}

/// All deliveries, by their id.
pub fn all(directory: &Path) -> BTreeMap<Uuid, DeliveryRecord> {
    let reader = Reader::open(directory).unwrap();
    let filter = DeliveryFilter::default();
    let found = reader
        .deliveries(&filter, usize::MAX, &mut go_on())
        .unwrap();
    let all: BTreeMap<_, _> = found
        .iter()
        .map(|found| (found.id, found.clone()))
        .collect();
    assert_eq!(all.len(), found.len(), "a delivery is there twice");
    all
}

/// All that waits of a webhook, read page by page.
pub fn pages(store: &Store, webhook: &str) -> Vec<servo_webhooks_store::Stored> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let page = store.page(webhook, after, 256).unwrap();
        let Some(last) = page.last() else {
            return found;
        };
        after = last.queue;
        found.extend(page);
    }
}

/// The database is whole, and keeps its own rules.
pub fn assert_whole(directory: &Path) {
    let mut reader = Reader::open(directory).unwrap();
    let report = reader.check(&mut go_on()).unwrap();
    assert_eq!(report.findings, Vec::<String>::new());
}

/// A number that operators may set.
pub fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |value| value.parse().unwrap())
}

/// What this machine lacks for a test: said, and with `REQUIRE_ALL` a failure.
pub fn missing(what: &str) {
    let thread = std::thread::current();
    let required = std::env::var_os(skips::REQUIRE_ALL).is_some();
    assert!(!required, "{what} is missing");
    skips::note(
        thread.name().unwrap_or("a test"),
        &format!("{what} is missing"),
    );
}
