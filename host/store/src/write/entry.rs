//! What is to be written of one delivery: all that happened to it since the last commit.

use crate::body::Body;
use crate::delivery::{AttemptEnd, DeliveryEnd, NewDelivery, State, Trace, Wait};
use std::mem;
use std::sync::Arc;
use uuid::Uuid;

/// What is to be written of one delivery.
pub struct Entry {
    /// Of the delivery.
    pub id: Uuid,
    /// It is not on disk yet.
    pub new: Option<New>,
    /// How far it has come, as it was told last.
    pub standing: Option<Standing>,
    /// Until when it waits, or waited before the attempt that is under way.
    pub wait: Option<Wait>,
    /// How it ended.
    pub end: Option<DeliveryEnd>,
    /// Attempts that ended.
    pub attempts: Vec<AttemptEnd>,
}

/// How far a delivery has come.
#[derive(Clone, Copy)]
pub struct Standing {
    /// Attempts that began.
    pub attempts: u32,
    /// What is used of its patience, in milliseconds.
    pub spent: i64,
    /// Whether it waits for a time.
    pub waits: bool,
}

/// What is known of a delivery that is not on disk yet.
pub struct New {
    /// Its place in the queue, and in the order of acceptance.
    pub queue: i64,
    /// The webhook's name.
    pub webhook: Arc<str>,
    /// As `X-Servo-Event` carries it.
    pub event: Arc<str>,
    /// Of the event.
    pub event_id: Arc<str>,
    /// When it was accepted.
    pub accepted: i64,
    /// The trace that it is part of.
    pub trace: Option<Box<Trace>>,
    /// What is sent, for as long as it may have to be written.
    pub body: Option<Arc<dyn Body>>,
    /// Bytes of the body, if no delivery before it has the same one.
    pub bytes: usize,
}

impl Entry {
    /// Of a delivery that is on disk.
    pub const fn known(id: Uuid) -> Self {
        Self {
            id,
            new: None,
            standing: None,
            wait: None,
            end: None,
            attempts: Vec::new(),
        }
    }

    /// Of a new delivery.
    pub fn accepted(delivery: NewDelivery, queue: i64, bytes: usize) -> Self {
        let new = New {
            queue,
            webhook: delivery.webhook,
            event: delivery.event,
            event_id: delivery.event_id,
            accepted: delivery.accepted,
            trace: delivery.trace,
            body: Some(delivery.body),
            bytes,
        };
        Self {
            new: Some(new),
            ..Self::known(delivery.id)
        }
    }

    /// It ended. What came back is not needed any more; it is for the caller to drop, without
    /// the lock, and with the bytes that are free then.
    pub fn settle(
        &mut self,
        end: DeliveryEnd,
        keep_bodies: bool,
    ) -> (Option<Arc<dyn Body>>, usize) {
        let keeps = keep_bodies || end.state == State::Failed;
        self.end = Some(end);
        (self.wait, self.standing) = (None, None);
        match &mut self.new {
            Some(new) if !keeps => (new.body.take(), mem::take(&mut new.bytes)),
            _ => (None, 0),
        }
    }

    /// Whether it is new and still waits.
    pub const fn is_open(&self) -> bool {
        self.new.is_some() && self.end.is_none()
    }

    /// It waits for a time.
    pub fn waits(&mut self, wait: Wait) {
        let begun = self.standing.map_or(0, |standing| standing.attempts);
        let ended = self.attempts.iter().any(|one| one.number == begun);
        self.standing = Some(Standing {
            // As in the statement that writes it: only what has ended is taken back.
            attempts: if ended {
                wait.attempts
            } else {
                wait.attempts.max(begun)
            },
            spent: wait.spent,
            waits: true,
        });
        self.wait = Some(wait);
    }

    /// It does not wait for a time: its attempt begins, or it is ready.
    pub const fn begins(&mut self, attempts: u32, spent: i64) {
        self.standing = Some(Standing {
            attempts,
            spent,
            waits: false,
        });
    }

    /// Attempts that began, as far as this knows.
    pub fn count(&self) -> u32 {
        match (&self.end, &self.standing) {
            (Some(end), _) => end.attempts,
            (None, Some(standing)) => standing.attempts,
            (None, None) => self.attempts.last().map_or(0, |attempt| attempt.number),
        }
    }

    /// When its wait is over and how long all of it is, if it waits for a time.
    pub fn due(&self) -> (Option<i64>, i64) {
        let waits = self.standing.is_some_and(|standing| standing.waits);
        let wait = self.wait.as_ref().filter(|_| waits);
        (wait.map(|wait| wait.due), wait.map_or(0, |wait| wait.wait))
    }

    /// What is used of its patience, as far as this knows.
    pub fn spent(&self) -> i64 {
        self.standing.map_or(0, |standing| standing.spent)
    }

    /// Whether its attempts say no more than the delivery: it got through at once.
    pub fn says_it_all(&self) -> bool {
        let plain = |end: &DeliveryEnd| end.state == State::Delivered && end.attempts == 1;
        self.new.is_some()
            && self.end.as_ref().is_some_and(plain)
            && self.attempts.iter().all(|attempt| attempt.answer.is_none())
    }
}
