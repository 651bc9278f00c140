//! Writes a batch.

use crate::body::Body;
use crate::delivery::{AttemptEnd, State, Trace};
use crate::disk::checksum::checksum;
use crate::write::batch::Batch;
use crate::write::counts::Counts;
use crate::write::entry::{Entry, New};
use crate::write::history;
use crate::write::webhooks::Webhooks;
use rusqlite::{Connection, Error, ErrorCode, OptionalExtension, params};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Writes a batch, in a transaction that the caller began and will end.
pub struct Apply<'a> {
    /// Where to.
    pub connection: &'a Connection,
    /// Names that are known.
    pub webhooks: &'a mut Webhooks,
    /// By how much the counts change.
    pub counts: &'a mut Counts,
    /// Whether bodies of delivered events stay.
    pub keep_bodies: bool,
    /// How many bytes of an answer stay.
    pub keep_answers: usize,
    /// Ends of deliveries that are not there.
    pub missing: u64,
    /// The bodies of this batch that are written, by their address.
    bodies: HashMap<usize, i64>,
}

impl<'a> Apply<'a> {
    /// Into this connection.
    pub fn new(
        connection: &'a Connection,
        webhooks: &'a mut Webhooks,
        counts: &'a mut Counts,
        (keep_bodies, keep_answers): (bool, usize),
    ) -> Self {
        Self {
            connection,
            webhooks,
            counts,
            keep_bodies,
            keep_answers,
            missing: 0,
            bodies: HashMap::new(),
        }
    }

    /// Writes all that is in a batch.
    pub fn batch(&mut self, batch: &Batch) -> Result<(), Error> {
        for entry in &batch.entries {
            match &entry.new {
                Some(new) => self.insert(entry, new)?,
                None => self.update(entry)?,
            }
        }
        for (seq, decision) in &batch.decisions {
            history::decision(self.connection, *seq, decision)?;
        }
        for (webhook, since) in &batch.paused {
            history::paused(self.connection, webhook, *since)?;
        }
        for (webhook, target) in &batch.gone {
            history::gone(self.connection, webhook, target.as_ref())?;
        }
        Ok(())
    }

    fn insert(&mut self, entry: &Entry, new: &New) -> Result<(), Error> {
        let webhook = self.webhooks.number(self.connection, &new.webhook)?;
        let body = match &new.body {
            Some(body) => Some(self.body(body)?),
            None => None,
        };
        let (end, wait) = (entry.end.as_ref(), entry.wait.as_ref());
        let state = end.map_or(State::Waiting, |end| end.state);
        let status = end
            .map(|end| end.status)
            .or_else(|| wait.map(|wait| wait.status));
        let error = end.map_or_else(
            || wait.and_then(|wait| wait.error.as_deref()),
            |end| end.error.as_deref(),
        );
        let (due, length) = entry.due();
        let trace = new.trace.as_deref();
        let traced =
            |part: fn(&Trace) -> &Option<Box<str>>| trace.and_then(|one| part(one).as_deref());
        let mut insert = self.connection.prepare_cached(INSERT)?;
        let (mut seq, mut free) = (new.queue, false);
        loop {
            let inserted = insert.execute(params![
                seq,
                entry.id.as_bytes().as_slice(),
                webhook,
                &*new.event,
                &*new.event_id,
                state.number(),
                end.is_none().then_some(new.queue),
                body,
                new.accepted,
                end.map(|end| end.at),
                due,
                length,
                entry.spent(),
                entry.count(),
                end.map(|end| end.elapsed),
                status.flatten(),
                error,
                traced(|trace| &trace.traceparent),
                traced(|trace| &trace.tracestate),
                traced(|trace| &trace.span),
            ]);
            match inserted {
                Err(error) if !free && is_taken(&error) => {
                    (seq, free) = (self.make_way(entry.id, seq)?, true);
                }
                inserted => {
                    inserted?;
                    break;
                }
            }
        }
        self.counts.add(state, 1);
        if !entry.says_it_all() {
            self.attempts(seq, 0, &entry.attempts)?;
        }
        Ok(())
    }

    /// A commit that failed may be on disk nevertheless: what it wrote of a delivery goes. Says
    /// which place in the order is free for it.
    fn make_way(&mut self, id: Uuid, seq: i64) -> Result<i64, Error> {
        let mut remove = self
            .connection
            .prepare_cached("DELETE FROM delivery WHERE id = ?1 RETURNING state, body")?;
        let removed = remove.query_map((id.as_bytes().as_slice(),), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let removed: Vec<(i64, Option<i64>)> = removed.collect::<Result<_, _>>()?;
        for (state, body) in removed {
            if let Some(state) = State::of(state) {
                self.counts.add(state, -1);
            }
            history::drop_body(self.connection, body)?;
        }
        let free = "SELECT CASE WHEN EXISTS (SELECT 1 FROM delivery WHERE seq = ?1)
             THEN (SELECT max(seq) + 1 FROM delivery) ELSE ?1 END";
        self.connection
            .prepare_cached(free)?
            .query_row((seq,), |row| row.get(0))
    }

    fn update(&mut self, entry: &Entry) -> Result<(), Error> {
        let found = self
            .connection
            .prepare_cached("SELECT seq, state, body, replays FROM delivery WHERE id = ?1")?
            .query_row((entry.id.as_bytes().as_slice(),), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let found: Option<(i64, i64, Option<i64>, u32)> = found;
        self.missing += u64::from(found.is_none() && entry.end.is_some());
        // What is settled on disk was settled by someone else, who forgot it.
        let Some((seq, _, body, replays)) =
            found.filter(|(_, state, ..)| *state == State::Waiting.number())
        else {
            return Ok(());
        };
        self.attempts(seq, replays, &entry.attempts)?;
        if let Some(end) = &entry.end {
            let keeps = self.keep_bodies || end.state == State::Failed;
            self.connection.prepare_cached(SETTLE)?.execute(params![
                seq,
                end.state.number(),
                end.at,
                end.attempts,
                end.elapsed,
                end.status,
                end.error,
                body.filter(|_| keeps),
            ])?;
            self.counts.shift(State::Waiting, end.state, 1);
            if !keeps {
                history::drop_body(self.connection, body)?;
            }
        } else if let Some(standing) = &entry.standing {
            let (due, length) = entry.due();
            let (attempts, spent) = (standing.attempts, standing.spent);
            match &entry.wait {
                Some(wait) => self.connection.prepare_cached(WAIT)?.execute(params![
                    seq,
                    attempts,
                    due,
                    length,
                    spent,
                    wait.status,
                    wait.error
                ])?,
                None => {
                    let mut begin = self.connection.prepare_cached(BEGIN)?;
                    begin.execute((seq, attempts, spent))?
                }
            };
        }
        Ok(())
    }

    fn attempts(&self, seq: i64, replay: u32, attempts: &[AttemptEnd]) -> Result<(), Error> {
        for attempt in attempts {
            let answer = attempt.answer.as_deref();
            let answer = answer.filter(|_| self.keep_answers > 0);
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO attempt (delivery, replay, number, at, elapsed, status,
                         error, answer)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    seq,
                    replay,
                    attempt.number,
                    attempt.began,
                    attempt.elapsed,
                    attempt.status,
                    attempt.error,
                    answer.map(|answer| &answer[..answer.len().min(self.keep_answers)]),
                ])?;
        }
        Ok(())
    }

    /// Writes a body, unless this batch has it already.
    fn body(&mut self, body: &Arc<dyn Body>) -> Result<i64, Error> {
        let address = Arc::as_ptr(body).cast::<()>() as usize;
        if let Some(number) = self.bodies.get(&address) {
            return Ok(*number);
        }
        let headers = body.headers();
        let headers = (!headers.is_empty()).then(|| history::headers(&headers));
        let number = self
            .connection
            .prepare_cached(
                "INSERT INTO body (content, content_type, schema_version, headers, checksum)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .insert(params![
                body.content(),
                body.content_type(),
                body.schema_version(),
                headers,
                checksum(body.content()),
            ])?;
        self.bodies.insert(address, number);
        Ok(number)
    }
}

fn is_taken(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

const INSERT: &str = "
INSERT INTO delivery (seq, id, webhook, event, event_id, state, queue, body, accepted, settled,
    due, wait, spent, attempts, elapsed, status, error, replays, traceparent, tracestate, span)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0, ?18, ?19,
    ?20)";

const SETTLE: &str = "
UPDATE delivery SET state = ?2, settled = ?3, attempts = ?4, elapsed = ?5, status = ?6,
    error = ?7, body = ?8, queue = NULL, due = NULL, wait = 0
WHERE seq = ?1";

/// An attempt that came to nothing is taken back: the count of one that has ended may fall. A
/// wait that is told after the next attempt began is late, and lowers nothing unless that attempt
/// has the number of the one that was taken back.
const WAIT: &str = "
UPDATE delivery SET due = ?3, wait = ?4, spent = ?5, status = ?6, error = ?7,
    attempts = CASE WHEN ?2 >= attempts OR EXISTS (SELECT 1 FROM attempt
        WHERE delivery = seq AND replay = replays AND number = attempts) THEN ?2 ELSE attempts END
WHERE seq = ?1";

const BEGIN: &str = "
UPDATE delivery SET attempts = ?2, due = iif(replays > 0, due - wait, NULL), wait = 0, spent = ?3
    WHERE seq = ?1";
