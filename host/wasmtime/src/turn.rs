//! A turn: attempts at one endpoint, one after the other, as long as something is ready.

use crate::attempt::{Attempted, Stamp, Verdict};
use crate::breaker::{Admission, EXTRA, Waited};
use crate::delivery::{Delivery, Freight};
use crate::outbox::{Closed, Outbox};
use crate::reports;
use crate::signing::Signed;
use crate::time;
use crate::webhook::Webhook;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How long a delivery is put back that this machine lacked something for.
const LACKING: Duration = Duration::from_secs(1);

/// What a delivery needs beyond the time of a probe to be sent within its own.
const RESERVE: Duration = Duration::from_secs(2);

/// The delivery that is on its way. It stays within reach, so that the end of all is the
/// end of it as well.
#[derive(Default)]
pub struct Seat(Mutex<Option<Box<Delivery>>>);

impl Seat {
    fn lock(&self) -> MutexGuard<'_, Option<Box<Delivery>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever takes it settles it.
    pub fn take(&self) -> Option<Box<Delivery>> {
        self.lock().take()
    }
}

/// The right to make attempts at an endpoint.
pub struct Turn {
    pub number: u64,
    outbox: Arc<Outbox>,
    endpoint: Arc<str>,
    seat: Arc<Seat>,
    over: bool,
}

/// What an attempt is made of.
struct Flight {
    webhook: Arc<Webhook>,
    freight: Arc<Freight>,
    id: Uuid,
    signed: Option<Box<Signed>>,
    /// Made so far.
    attempts: u32,
    held: bool,
    first: Option<Instant>,
}

impl Turn {
    pub fn new(outbox: Arc<Outbox>, endpoint: Arc<str>, number: u64, seat: Arc<Seat>) -> Self {
        Self {
            number,
            outbox,
            endpoint,
            seat,
            over: false,
        }
    }

    /// Makes attempts until nothing is ready.
    pub async fn work(mut self) {
        while let Some(flight) = self.next() {
            let attempt = AssertUnwindSafe(self.attempt(flight)).catch_unwind();
            if let Err(panic) = attempt.await {
                let why = reports::message(&*panic);
                tracing::error!("bug in this program: an attempt panicked: {why}");
                self.fail(|_| "bug in this program: its attempt panicked".to_owned());
            }
            // The connection is given back by a task of its own, which comes first.
            tokio::task::yield_now().await;
        }
    }

    /// The next delivery in line; without one, the turn is given back in the same
    /// moment, or one that comes just then would wait for ever.
    fn next(&mut self) -> Option<Flight> {
        let mut state = self.outbox.lock();
        let Some(line) = state.lines.get_mut(&self.endpoint) else {
            // All has ended.
            self.over = true;
            return None;
        };
        if let Some(mut delivery) = line.pop() {
            let short = line.has_become_short();
            let flight = Flight::of(&mut delivery);
            *self.seat.lock() = Some(delivery);
            drop(state);
            if short {
                self.outbox.ring_short();
            }
            return Some(flight);
        }
        line.in_flight -= 1;
        if line.in_flight == 0 {
            state.lines.remove(&self.endpoint);
        }
        state.seats.remove(&self.number);
        self.over = true;
        None
    }

    /// Makes an attempt, unless its time is over or a breaker holds it.
    async fn attempt(&self, mut flight: Flight) {
        let webhook = &*flight.webhook;
        if let Some(why) = webhook.switched_off() {
            return self.fail(|_| why);
        }
        let sender = &self.outbox.sender;
        let now = Instant::now();
        let first = flight.first.unwrap_or(now);
        let (passed, patience) = (now.saturating_duration_since(first), webhook.patience());
        if passed > patience {
            return self.fail(|delivery| flight.ran_out(delivery));
        }
        let left = patience - passed;
        let waited = match flight.held {
            _ if left <= reserve(webhook) => Waited::Enough,
            true => Waited::Some,
            false => Waited::Not,
        };
        let probe = match sender.admit(webhook, now, waited) {
            Admission::Free => None,
            Admission::Probe(probe) => Some(probe),
            Admission::Held(_) if left.is_zero() => {
                return self.fail(|delivery| flight.ran_out(delivery));
            }
            Admission::Held(until) => {
                let until = until.unwrap_or(now + webhook.timeout);
                let until = until.saturating_duration_since(now);
                let wait = if waited == Waited::Enough {
                    until.min(EXTRA).min(left)
                } else {
                    until.min(left - reserve(webhook))
                };
                return self.outbox.keep(&self.seat, now + wait, |delivery| {
                    delivery.held = true;
                    delivery.first = Some(first);
                });
            }
        };
        let number = flight.attempts + 1;
        match &mut *self.seat.lock() {
            None => return,
            Some(delivery) => {
                delivery.attempts = number;
                delivery.held = false;
                delivery.first = Some(first);
            }
        }
        let mut buffer = Uuid::encode_buffer();
        let id: &str = flight.id.hyphenated().encode_lower(&mut buffer);
        let stamp = Stamp {
            event: &flight.freight.parcel.event,
            id: &flight.freight.event_id,
            delivery: id,
            number,
            first,
            before: false,
            manual: false,
            began: now,
            deadline: now + webhook.timeout,
        };
        let (parcel, signed) = (&flight.freight.parcel, flight.signed.take());
        let signed = signed.map(|signed| *signed);
        let mut attempted = sender.attempt(webhook, parcel, stamp, signed).await;
        let last = !matches!(attempted.verdict, Verdict::Retry(..) | Verdict::Lacking(_));
        sender.note(webhook, &attempted, probe, last);
        if let Some(unread) = attempted.publish.take()
            && let Some(publication) = sender.publication(webhook, stamp, unread).await
        {
            sender.observer.publication(publication).await;
        }
        self.settle(&flight, stamp, attempted);
    }

    fn settle(&self, flight: &Flight, stamp: Stamp<'_>, attempted: Attempted) {
        let webhook = &*flight.webhook;
        let status = attempted.status;
        let again = |wait: Duration, why: &str| {
            tracing::info!(
                webhook = webhook.label(),
                event = stamp.event,
                id = stamp.id,
                delivery = stamp.delivery,
                attempt = stamp.number,
                error = why,
                "retrying in {}",
                time::display(wait)
            );
            Instant::now() + wait
        };
        match attempted.verdict {
            Verdict::Delivered => {
                if let Some(mut delivery) = self.seat.take() {
                    delivery.status = status;
                    delivery.delivered();
                }
            }
            Verdict::Retry(wait, why) => {
                let time = again(wait, &why);
                self.outbox.keep(&self.seat, time, |delivery| {
                    delivery.status = status;
                    delivery.error = Some(why);
                });
            }
            Verdict::Lacking(why) if stamp.first.elapsed() + LACKING > webhook.patience() => {
                self.fail(|_| format!("{why}; no time left to retry"));
            }
            Verdict::Lacking(why) => {
                let time = again(LACKING, &why);
                self.outbox.keep(&self.seat, time, |delivery| {
                    delivery.attempts = flight.attempts;
                    delivery.error = Some(why);
                });
            }
            Verdict::Gone(why) => {
                webhook.switch_off(&why);
                self.fail_with(status, why);
            }
            Verdict::Failed(why) | Verdict::Cancel(why) => self.fail_with(status, why),
        }
    }

    fn fail_with(&self, status: Option<u16>, why: String) {
        self.fail(|delivery| {
            delivery.status = status;
            why
        });
    }

    /// Gives up what is on its way, unless all has ended.
    fn fail(&self, why: impl FnOnce(&mut Delivery) -> String) {
        if let Some(mut delivery) = self.seat.take() {
            let why = why(&mut delivery);
            delivery.failed(why);
        }
    }
}

impl Flight {
    fn of(delivery: &mut Delivery) -> Self {
        Self {
            webhook: Arc::clone(&delivery.webhook),
            freight: Arc::clone(&delivery.freight),
            id: delivery.id,
            signed: delivery.signed.take(),
            attempts: delivery.attempts,
            held: delivery.held,
            first: delivery.first,
        }
    }

    /// That its time is over, and what it was spent on.
    fn ran_out(&self, delivery: &mut Delivery) -> String {
        let held = if self.held {
            "while the breaker was open"
        } else {
            "in the queue"
        };
        match delivery.error.take() {
            Some(error) => format!("{error}; its time ran out {held}"),
            None => format!("its time ran out {held}"),
        }
    }
}

/// The last part of a delivery's time: when a probe has failed in it as slowly as it may,
/// another one is answered and tells the delivery still, if the endpoint is back.
fn reserve(webhook: &Webhook) -> Duration {
    (webhook.timeout + RESERVE).min(webhook.patience() / 2)
}

impl Drop for Turn {
    /// A task that is dropped within its turn is one of a runtime that ends.
    fn drop(&mut self) {
        if !self.over {
            self.outbox.end(Closed::Runtime);
        }
    }
}
