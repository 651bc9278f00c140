//! The life of a delivery, of a question before an event, and of a breaker.
//!
//! Everything here is a value with functions of the form `(state, happening, now) ->
//! (state, actions)`. Nothing does I/O, looks at a clock, draws a random number or starts a
//! task: that is up to the host, which says what happened and when, and does what it is
//! told. So a whole world of webhooks runs in a test in virtual time, millions of times, and
//! a host that keeps its deliveries on a disk can write the state down before it acts.
//!
//! | state | what happens to it | what it says |
//! |---|---|---|
//! | [`Deliveries`] | accepted, restored, forgotten, a worker is free, an attempt finished, time passed | start a worker, send, settle |
//! | [`Delivery`] | its turn, its attempt finished | send, wait until, settle |
//! | [`Question`] | its turn, its attempt finished | send, retry at, settle |
//! | [`EventQuestions`] | a webhook's question is settled | the event's decision |
//! | [`WebhookState`] | part of the four above | switched off, paused; its breaker |
//! | [`Breaker`] | a delivery asks, a result is noted | free, probe, held; what changed |
//! | [`Capacity`] | a delivery enters and leaves | there is room, or not |

mod action;
mod breaker;
mod capacity;
mod deliveries;
mod delivery;
mod endpoint;
mod pause;
mod question;
mod queue_item;
mod removal;
mod restore;
mod time;
mod webhook;
mod worker;

pub use action::{Closed, Finished, Next, Signals};
pub use breaker::{Admission, Breaker, BreakerLimits, Change, EXTRA, Health, Probe, Waited};
pub use capacity::{Capacity, Demand, QueueFull};
pub use deliveries::Deliveries;
pub use delivery::{Cause, Delivery, DeliveryProgress, LACKING, Settled, Step};
pub use endpoint::STALLED_AFTER;
pub use question::{Ask, EventDecision, EventQuestions, Heard, OnError, Question, WebhookStatus};
pub use queue_item::QueueItem;
pub use restore::Wait;
pub use time::Time;
pub use webhook::{Attempt, AttemptResult, Limits, Noted, Verdict, WebhookState};
pub use worker::Worker;
