//! What came to a responder of very many events, in little memory.

use super::event;
use crate::support::responder::Received;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Longer than any wait for a retry.
const STANDSTILL: Duration = Duration::from_secs(180);

/// What came to a responder of events that are called `e0`, `e1` and so on.
#[derive(Default)]
pub struct Seen {
    events: Mutex<Vec<Of>>,
}

/// Of one event.
#[derive(Clone, Default)]
struct Of {
    /// `X-Servo-Delivery`.
    delivery: String,
    /// `X-Servo-Attempt` of the last request.
    attempt: u32,
    /// Requests that were answered as delivered.
    delivered: u32,
    /// What must not be.
    wrong: Option<String>,
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Vec<Of>> {
        self.events.lock().unwrap()
    }

    /// A request came, and is answered as delivered or not.
    pub fn note(&self, request: &Received, delivered: bool) {
        let event = super::event_id(request);
        let number: usize = event.strip_prefix('e').unwrap().parse().unwrap();
        let (delivery, attempt) = (request.header("x-servo-delivery"), attempt(request));
        let mut events = self.lock();
        if events.len() <= number {
            events.resize(number + 1, Of::default());
        }
        let of = &mut events[number];
        if of.attempt > 0 && of.delivery != delivery {
            of.wrong = Some(format!("is delivery {} and {delivery}", of.delivery));
        } else if attempt < of.attempt {
            of.wrong = Some(format!("attempt {attempt} came after {}", of.attempt));
        }
        of.delivery = delivery.to_owned();
        of.attempt = attempt;
        of.delivered += u32::from(delivered);
    }

    /// Events that were delivered.
    pub fn delivered(&self) -> usize {
        self.lock().iter().filter(|of| of.delivered > 0).count()
    }

    /// Leaves those of these events, by number, that were not delivered.
    pub fn retain_missing(&self, numbers: &mut BTreeSet<usize>) {
        let events = self.lock();
        let is_missing = |number: &usize| events.get(*number).is_none_or(|of| of.delivered == 0);
        numbers.retain(is_missing);
    }

    /// Waits until all of these are delivered, as long as some more of them are every now and then.
    pub fn until_delivered(&self, numbers: &BTreeSet<usize>) {
        let (mut left, mut last) = (numbers.clone(), Instant::now());
        while !left.is_empty() {
            assert!(
                last.elapsed() < STANDSTILL,
                "{} are not delivered",
                left.len()
            );
            std::thread::sleep(Duration::from_millis(100));
            let before = left.len();
            self.retain_missing(&mut left);
            if left.len() < before {
                last = Instant::now();
            }
        }
    }

    /// Events that were delivered more than once.
    pub fn repeated(&self) -> usize {
        self.lock().iter().filter(|of| of.delivered > 1).count()
    }

    /// Of these events, by number, none may be missing; and of all, none may have two deliveries
    /// or count its attempts down.
    pub fn check(&self, acknowledged: &BTreeSet<usize>) {
        let events = self.lock();
        for number in acknowledged {
            let delivered = events.get(*number).map_or(0, |of| of.delivered);
            assert!(delivered > 0, "e{number} was accepted and not delivered");
        }
        for (number, of) in events.iter().enumerate() {
            assert_eq!(of.wrong, None, "e{number}");
        }
    }
}

/// The number of an attempt.
pub fn attempt(request: &Received) -> u32 {
    request.header("x-servo-attempt").parse().unwrap()
}

/// Lines of the events with these numbers.
pub fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| event(&format!("e{number}"))).collect()
}

/// The numbers of events that were accepted.
pub fn acknowledged(stdout: &str) -> impl Iterator<Item = usize> {
    let ids = super::accepted(stdout).into_iter();
    ids.map(|id| id.strip_prefix('e').unwrap().parse().unwrap())
}
