//! What is in a store, in numbers.

use crate::delivery::State;
use crate::disk::directory::Directory;
use crate::error::StoreError;
use crate::progress::{Progress, Watch};
use crate::read::deliveries::rows;
use crate::read::paged_scan::tell;
use rusqlite::{Connection, Error, OptionalExtension, Row};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;

/// Deliveries of one question.
const WINDOW: i64 = 20_000;

/// What is in a store, in numbers. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Deliveries that wait.
    pub waiting: u64,
    /// Deliveries that got through.
    pub delivered: u64,
    /// Dead letters.
    pub failed: u64,
    /// Deliveries that were forgotten.
    pub forgotten: u64,
    /// Decisions before events.
    pub decisions: u64,
    /// When the oldest delivery was accepted.
    pub oldest: Option<i64>,
    /// When the newest delivery was accepted.
    pub newest: Option<i64>,
    /// When the oldest delivery that waits was accepted.
    pub oldest_waiting: Option<i64>,
    /// Bytes of the bodies of dead letters; a body that several share counts for each.
    pub failed_bytes: u64,
    /// Bytes of the database, its log included.
    pub file_bytes: u64,
    /// Bytes of the database that are free, and will be used again.
    pub free_bytes: u64,
    /// The same by webhook, in the order of their names.
    pub webhooks: BTreeMap<String, WebhookStats>,
}

/// What is in a store of one webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WebhookStats {
    /// Deliveries that wait.
    pub waiting: u64,
    /// Deliveries that got through.
    pub delivered: u64,
    /// Dead letters.
    pub failed: u64,
    /// Deliveries that were forgotten.
    pub forgotten: u64,
    /// When the oldest delivery that waits was accepted.
    pub oldest_waiting: Option<i64>,
}

impl WebhookStats {
    fn add(&mut self, state: State, deliveries: u64) {
        *match state {
            State::Waiting => &mut self.waiting,
            State::Delivered => &mut self.delivered,
            State::Failed => &mut self.failed,
            State::Forgotten => &mut self.forgotten,
        } += deliveries;
    }
}

/// Counts what is in a store.
pub fn of(
    connection: &Connection,
    directory: &Directory,
    watch: Watch<'_>,
) -> Result<Stats, StoreError> {
    let mut stats = Stats::default();
    count(connection, &mut stats, watch)?;
    for webhook in stats.webhooks.values() {
        stats.waiting += webhook.waiting;
        stats.delivered += webhook.delivered;
        stats.failed += webhook.failed;
        stats.forgotten += webhook.forgotten;
    }
    let number = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, u64>(0));
    stats.decisions = number("SELECT count(*) FROM decision")?;
    stats.free_bytes = number("PRAGMA freelist_count")? * number("PRAGMA page_size")?;
    let files = ["store.db", "store.db-wal"].map(|name| fs::metadata(directory.file(name)));
    stats.file_bytes = files.into_iter().flatten().map(|file| file.len()).sum();
    Ok(stats)
}

/// Counts deliveries, window by window.
fn count(connection: &Connection, stats: &mut Stats, watch: Watch<'_>) -> Result<(), StoreError> {
    let total = Some(rows(connection)?);
    let (mut after, mut progress) = (0, Progress { done: 0, total });
    let mut find = connection
        .prepare("SELECT seq FROM delivery WHERE seq > ?1 ORDER BY seq LIMIT 1 OFFSET ?2")?;
    let mut count = connection.prepare(
        "SELECT webhook, state, count(*), min(accepted), max(accepted),
             coalesce(sum(CASE WHEN state = 2 THEN
                 (SELECT length(content) FROM body WHERE body.id = delivery.body) END), 0)
         FROM delivery WHERE seq > ?1 AND seq <= ?2 GROUP BY webhook, state",
    )?;
    let names = names(connection)?;
    loop {
        let end = find
            .query_row((after, WINDOW - 1), |row| row.get(0))
            .optional()?;
        let mut groups = count.query((after, end.unwrap_or(i64::MAX)))?;
        while let Some(row) = groups.next()? {
            progress.done += add(stats, row, &names)?;
        }
        tell(&mut *watch, progress)?;
        match end {
            Some(end) => after = end,
            None => return Ok(()),
        }
    }
}

/// Adds the deliveries of one webhook in one state; says how many they are.
fn add(stats: &mut Stats, row: &Row<'_>, names: &BTreeMap<i64, String>) -> Result<u64, Error> {
    let (Some(state), deliveries) = (State::of(row.get(1)?), row.get(2)?) else {
        return Ok(0);
    };
    let name = names.get(&row.get(0)?).cloned().unwrap_or_default();
    let webhook = stats.webhooks.entry(name).or_default();
    webhook.add(state, deliveries);
    let (first, last): (i64, i64) = (row.get(3)?, row.get(4)?);
    earlier(&mut stats.oldest, first);
    stats.newest = stats.newest.max(Some(last));
    if state == State::Waiting {
        earlier(&mut stats.oldest_waiting, first);
        earlier(&mut webhook.oldest_waiting, first);
    }
    stats.failed_bytes += row.get::<_, u64>(5)?;
    Ok(deliveries)
}

fn earlier(known: &mut Option<i64>, time: i64) {
    *known = Some(known.map_or(time, |known| known.min(time)));
}

fn names(connection: &Connection) -> Result<BTreeMap<i64, String>, StoreError> {
    let mut select = connection.prepare("SELECT id, name FROM webhook")?;
    let found = select.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}
