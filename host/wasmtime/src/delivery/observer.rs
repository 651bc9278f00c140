//! Who hears what becomes of events and deliveries.

use crate::delivery::outcome::{BreakerRecord, DeliveryOutcome, Publication};
use crate::event::decided::{Asked, Told};
use std::sync::Arc;
use std::time::Duration;

/// One attempt that came to an end, of a delivery or of a question before an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// `before:adjust`, `after:measure` or `channel:the_news`.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// The delivery's own id, `X-Servo-Delivery`.
    pub delivery: String,
    /// The webhook's name, if it has one.
    pub webhook: Option<String>,
    /// The webhook's place in the configuration, from 0.
    pub index: usize,
    /// Counts from 1.
    pub number: u32,
    /// Of the answer, if one came.
    pub status: Option<u16>,
    /// What went wrong, or the reason of a cancel.
    pub error: Option<String>,
    /// From its start to the end of what is read of the answer.
    pub elapsed: Duration,
}

/// Receives what becomes of deliveries, one thing after the other and in their order, on a
/// thread of its own within the context of the runtime.
///
/// It may block, and it may panic, which is logged. A delivery counts as waiting until the
/// observer has received it, so an observer that hangs has new events rejected in the end.
/// Breakers, attempts, questions and rejections are reported as long as no more than a
/// thousand such records are queued.
pub trait Observer: Send + Sync + 'static {
    /// A delivery is settled. Each accepted one is reported exactly once.
    fn delivery(&self, outcome: DeliveryOutcome) {
        let _ = outcome;
    }

    /// A delivery was accepted and not made, with its event as one line of JSON that
    /// [`crate::Input::parse`] reads; [`Observer::delivery`] follows. Called only if
    /// [`crate::Options::keep_events`] is set.
    fn lost(&self, outcome: &DeliveryOutcome, event: &str) {
        let _ = (outcome, event);
    }

    /// An answer is to be published on a channel of the servo.
    fn publication(&self, publication: Publication) {
        let _ = publication;
    }

    /// A breaker opened, lets a probe out, or closed. The probe of a delivery whose time ends,
    /// while the breaker stays open, is not reported.
    fn breaker(&self, record: BreakerRecord) {
        let _ = record;
    }

    /// Whether it receives attempts, questions and rejections as well. Each takes a record to
    /// be made: this is called once, at the start.
    fn wants_details(&self) -> bool {
        false
    }

    /// An attempt came to an end. Called only if [`Observer::wants_details`].
    fn attempt(&self, attempt: AttemptRecord) {
        let _ = attempt;
    }

    /// The webhooks before an event were asked. Called only if [`Observer::wants_details`].
    fn before(&self, asked: Asked) {
        let _ = asked;
    }

    /// At least one webhook did not take what it was told of. Told only where
    /// [`Observer::wants_details`].
    fn rejected(&self, told: Told) {
        let _ = told;
    }
}

/// Looks at nothing.
impl Observer for () {}

/// The same one, shared.
impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn delivery(&self, outcome: DeliveryOutcome) {
        (**self).delivery(outcome);
    }

    fn lost(&self, outcome: &DeliveryOutcome, event: &str) {
        (**self).lost(outcome, event);
    }

    fn publication(&self, publication: Publication) {
        (**self).publication(publication);
    }

    fn breaker(&self, record: BreakerRecord) {
        (**self).breaker(record);
    }

    fn wants_details(&self) -> bool {
        (**self).wants_details()
    }

    fn attempt(&self, attempt: AttemptRecord) {
        (**self).attempt(attempt);
    }

    fn before(&self, asked: Asked) {
        (**self).before(asked);
    }

    fn rejected(&self, told: Told) {
        (**self).rejected(told);
    }
}
