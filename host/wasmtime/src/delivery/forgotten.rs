//! Takes deliveries out of the queue that somebody forgot.

use crate::delivery::delivery_queue::DeliveryQueue;
use crate::ledger::Ledger;
use std::sync::{Arc, Weak};

/// Goes on for as long as there is a queue.
pub(crate) async fn run(queue: Weak<DeliveryQueue>, ledger: Arc<Ledger>) {
    loop {
        ledger.forgotten().await;
        let Some(queue) = queue.upgrade() else { return };
        queue.forget();
    }
}
