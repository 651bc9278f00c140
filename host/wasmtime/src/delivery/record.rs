//! What an observer is told, one thing at a time.

use crate::delivery::capacity::Permit;
use crate::delivery::observer::{AttemptRecord, Observer};
use crate::delivery::outcome::{BreakerRecord, DeliveryOutcome, Publication};
use crate::event::decided::{Asked, Told};
use crate::log_limit::{Kind, limited};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// One thing, with what is given back when it was told.
pub(crate) enum Record {
    /// With its event, if it was kept and the delivery was not made.
    Delivery(DeliveryOutcome, Option<Arc<str>>, Permit),
    Publication(Publication, OwnedSemaphorePermit),
    Note(Note),
}

/// What is told as long as not too much of it is queued.
pub(crate) enum Note {
    Breaker(BreakerRecord),
    Attempt(AttemptRecord),
    Before(Asked),
    Rejected(Told),
}

/// Hands the observer the events of deliveries that were not made, ahead of all else: whoever
/// keeps them may have little time left.
pub(crate) fn tell_lost(observer: &impl Observer, records: &[Record]) {
    for record in records {
        if let Record::Delivery(outcome, Some(event), _) = record {
            let tell = || observer.lost(outcome, event);
            log_panic("a delivery", catch_unwind(AssertUnwindSafe(tell)));
        }
    }
}

/// Tells the observer of one thing. Its permit is given back afterwards, whatever came of it.
pub(crate) fn tell(observer: &impl Observer, record: Record) {
    let (what, told) = match record {
        Record::Delivery(outcome, _, _permit) => {
            let tell = || observer.delivery(outcome);
            ("a delivery", catch_unwind(AssertUnwindSafe(tell)))
        }
        Record::Publication(publication, _permit) => {
            let tell = || observer.publication(publication);
            ("a publication", catch_unwind(AssertUnwindSafe(tell)))
        }
        Record::Note(note) => {
            let (what, tell): (_, Box<dyn FnOnce()>) = match note {
                Note::Breaker(record) => ("a breaker", Box::new(|| observer.breaker(record))),
                Note::Attempt(record) => ("an attempt", Box::new(|| observer.attempt(record))),
                Note::Before(asked) => ("a question", Box::new(|| observer.before(asked))),
                Note::Rejected(told) => ("a rejection", Box::new(|| observer.rejected(told))),
            };
            (what, catch_unwind(AssertUnwindSafe(tell)))
        }
    };
    log_panic(what, told);
}

fn log_panic(what: &str, told: Result<(), Box<dyn Any + Send>>) {
    if let Err(panic) = told {
        let why = message(&*panic);
        limited(Kind::Observer, &[what, why], |repeated| {
            tracing::error!(repeated, "the observer panicked on {what}: {why}");
        });
    }
}

/// What a panic said, if it said something.
pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
