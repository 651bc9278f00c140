//! Deliveries that were not made, where nobody reads of them any more: they are in the log.

use serde::Deserialize;
use servo_webhooks::DeliveryOutcome;
use std::borrow::Cow;

/// What a line tells of a delivery that was not made.
#[derive(Deserialize)]
struct Undelivered<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    delivery: Cow<'a, str>,
    webhook: Option<Cow<'a, str>>,
    index: usize,
    attempts: u32,
}

/// Whether the line tells of a delivery that was not made; then it is in the log.
pub fn report(line: &[u8]) -> bool {
    // Rather than reading every line of a megabyte.
    let mark = b"\"outcome\":\"undelivered\"";
    if !line.windows(mark.len()).any(|part| part == mark) {
        return false;
    }
    match serde_json::from_slice::<Undelivered>(line) {
        Ok(outcome) => {
            outcome.log();
            true
        }
        Err(_) => false,
    }
}

impl Undelivered<'_> {
    fn log(&self) {
        tracing::error!(
            event = &*self.event,
            id = &*self.id,
            delivery = &*self.delivery,
            webhook = self.webhook.as_deref(),
            index = self.index,
            attempts = self.attempts,
            "undelivered"
        );
    }
}

impl<'a> From<&'a DeliveryOutcome> for Undelivered<'a> {
    fn from(outcome: &'a DeliveryOutcome) -> Self {
        Self {
            event: Cow::from(&outcome.event),
            id: Cow::from(&outcome.id),
            delivery: Cow::from(&outcome.delivery),
            webhook: outcome.webhook.as_deref().map(Cow::from),
            index: outcome.index,
            attempts: outcome.attempts,
        }
    }
}

/// Says in the log that a delivery was not made.
pub fn log(outcome: &DeliveryOutcome) {
    Undelivered::from(outcome).log();
}
