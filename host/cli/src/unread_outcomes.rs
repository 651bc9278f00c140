//! Deliveries that were not made, where nobody reads of them any more: they are in the log.

use serde::Deserialize;
use servo_webhooks::DeliveryOutcome;

/// What a line tells of a delivery that was not made.
#[derive(Deserialize)]
struct Undelivered {
    event: String,
    id: String,
    delivery: String,
    webhook: Option<String>,
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

impl Undelivered {
    fn log(&self) {
        tracing::error!(
            event = self.event,
            id = self.id,
            delivery = self.delivery,
            webhook = self.webhook,
            index = self.index,
            attempts = self.attempts,
            "undelivered"
        );
    }
}

impl From<DeliveryOutcome> for Undelivered {
    fn from(outcome: DeliveryOutcome) -> Self {
        Self {
            event: outcome.event,
            id: outcome.id,
            delivery: outcome.delivery,
            webhook: outcome.webhook,
            index: outcome.index,
            attempts: outcome.attempts,
        }
    }
}

/// Says in the log that a delivery was not made.
pub fn log(outcome: DeliveryOutcome) {
    Undelivered::from(outcome).log();
}
