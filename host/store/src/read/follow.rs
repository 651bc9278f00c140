//! What is new or has changed, again and again.

use crate::delivery::State;
use crate::error::StoreError;
use crate::filter::DeliveryFilter;
use crate::read::condition::Condition;
use crate::read::deliveries;
use crate::record::DeliveryRecord;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Deliveries that wait are watched, so many at most; the oldest are let go.
const MOST: usize = 10_000;

/// Earlier dead letters that are watched.
const MOST_FAILED: usize = 1000;

/// Deliveries that one look tells of.
const WINDOW: usize = 1000;

/// Tells what is new or has changed since the last look.
#[derive(Debug)]
pub struct Follow {
    filter: DeliveryFilter,
    /// The last place in the order of acceptance, and in the queue.
    last: i64,
    watched: BTreeMap<i64, (State, u32, u32)>,
    version: i64,
    unwatched: u64,
}

impl Follow {
    /// From now on. Of what waits already the newest are watched, and of dead letters, since
    /// these may be replayed.
    pub fn new(connection: &Connection, filter: DeliveryFilter) -> Result<Self, StoreError> {
        let go_on = &mut |_| std::ops::ControlFlow::Continue(());
        let mut watched = BTreeMap::new();
        for (state, most) in [(State::Waiting, MOST), (State::Failed, MOST_FAILED)] {
            let mut in_state = filter.clone();
            in_state.states = vec![state];
            let found = deliveries::newest(connection, &in_state, most, &mut *go_on)?;
            watched.extend(found.iter().map(|delivery| (delivery.seq, key(delivery))));
        }
        Ok(Self {
            last: last(connection)?,
            watched,
            filter,
            version: -1,
            unwatched: 0,
        })
    }

    /// What is new or has changed since the last look, oldest first; nothing at once if nobody
    /// wrote. There may be more at once if there is much.
    pub fn changes(&mut self, connection: &Connection) -> Result<Vec<DeliveryRecord>, StoreError> {
        let version: i64 = connection
            .prepare_cached("PRAGMA data_version")?
            .query_row((), |row| row.get(0))?;
        if version == self.version {
            return Ok(Vec::new());
        }
        let (mut found, more) = self.new_ones(connection)?;
        found.extend(self.watched_ones(connection)?);
        for delivery in &found {
            if [State::Waiting, State::Failed].contains(&delivery.state) {
                self.watched.insert(delivery.seq, key(delivery));
            } else {
                self.watched.remove(&delivery.seq);
            }
        }
        while self.watched.len() > MOST {
            let first = self.watched.pop_first();
            self.unwatched += u64::from(first.is_some_and(|(_, it)| it.0 == State::Waiting));
        }
        found.sort_by_key(|delivery| delivery.seq);
        let states = &self.filter.states;
        found.retain(|delivery| states.is_empty() || states.contains(&delivery.state));
        self.version = if more { -1 } else { version };
        Ok(found)
    }

    /// Deliveries that wait and were too many to be watched: their end is not told.
    #[must_use]
    pub const fn unwatched(&self) -> u64 {
        self.unwatched
    }

    /// What was accepted or replayed since.
    fn new_ones(
        &mut self,
        connection: &Connection,
    ) -> Result<(Vec<DeliveryRecord>, bool), StoreError> {
        let mut filter = self.filter.clone();
        filter.states.clear();
        let mut condition = Condition::of_deliveries(&filter);
        condition.and("delivery.seq > ?", [self.last.into()]);
        let mut found = deliveries::select(connection, "delivery", &condition, "seq", WINDOW)?;
        let more = found.len() == WINDOW;
        let until = match found.last().filter(|_| more) {
            Some(last) => last.seq,
            None => last(connection)?,
        };
        let mut replayed = Condition::of_deliveries(&filter);
        replayed.and(
            "delivery.seq IN (SELECT seq FROM webhook CROSS JOIN delivery INDEXED BY delivery_queue
                 ON delivery.webhook = webhook.id AND queue > ? AND queue <= ?
                 AND queue IS NOT NULL WHERE seq <= ?)",
            [self.last.into(), until.into(), self.last.into()],
        );
        found.extend(deliveries::select(
            connection,
            "delivery",
            &replayed,
            "seq",
            usize::MAX,
        )?);
        self.last = until;
        Ok((found, more))
    }

    fn watched_ones(&self, connection: &Connection) -> Result<Vec<DeliveryRecord>, StoreError> {
        let mut found = Vec::new();
        let seqs: Vec<_> = self.watched.keys().copied().collect();
        for chunk in seqs.chunks(500) {
            let marks: Vec<_> = chunk.iter().map(ToString::to_string).collect();
            let mut condition = Condition::default();
            condition.and(&format!("delivery.seq IN ({})", marks.join(", ")), []);
            let now = deliveries::select(connection, "delivery", &condition, "seq", usize::MAX)?;
            let changed =
                |delivery: &DeliveryRecord| self.watched.get(&delivery.seq) != Some(&key(delivery));
            found.extend(now.into_iter().filter(changed));
        }
        Ok(found)
    }
}

fn key(delivery: &DeliveryRecord) -> (State, u32, u32) {
    (delivery.state, delivery.attempts, delivery.replays)
}

fn last(connection: &Connection) -> Result<i64, StoreError> {
    let seq: Option<i64> =
        connection.query_row("SELECT max(seq) FROM delivery", (), |row| row.get(0))?;
    let queue: Option<i64> = connection.query_row(
        "SELECT max((SELECT queue FROM delivery INDEXED BY delivery_queue
             WHERE webhook = webhook.id AND queue IS NOT NULL ORDER BY queue DESC LIMIT 1))
         FROM webhook",
        (),
        |row| row.get(0),
    )?;
    Ok(seq.max(queue).unwrap_or_default())
}
