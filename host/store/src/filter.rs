//! What is asked for.

use crate::delivery::State;
use uuid::Uuid;

/// Which deliveries. What is not set does not matter; what is set must hold all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// In one of these states; empty means any.
    pub states: Vec<State>,
    /// Of the webhook of this name.
    pub webhook: Option<String>,
    /// Of this event, as `X-Servo-Event` carries it.
    pub event: Option<String>,
    /// Of the event of this id.
    pub event_id: Option<String>,
    /// One of these deliveries; empty means any.
    pub ids: Vec<Uuid>,
    /// Accepted then or later, in milliseconds since 1970.
    pub since: Option<i64>,
    /// Accepted before, in milliseconds since 1970.
    pub until: Option<i64>,
    /// Settled before, in milliseconds since 1970.
    pub settled_before: Option<i64>,
    /// Behind this one in the order of newest first, by its `accepted` and `seq`: how the next
    /// page of a list begins.
    pub before: Option<(i64, i64)>,
}

/// Which decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionFilter {
    /// Cancelled ones or the others.
    pub cancelled: Option<bool>,
    /// Those in which a webhook failed open, or the others.
    pub failed_open: Option<bool>,
    /// In which the webhook of this name was asked.
    pub webhook: Option<String>,
    /// Of this event.
    pub event: Option<String>,
    /// Of the event of this id.
    pub event_id: Option<String>,
    /// In which a webhook was asked with this `X-Servo-Delivery`.
    pub delivery: Option<Uuid>,
    /// Made then or later, in milliseconds since 1970.
    pub since: Option<i64>,
    /// Made before, in milliseconds since 1970.
    pub until: Option<i64>,
    /// Behind this one in the order of newest first, by its `at` and `seq`.
    pub before: Option<(i64, i64)>,
}
