//! How a store is at the end of the program that had it.

use servo_webhooks::Webhooks;

/// Says what waits for the next start; whether nothing went wrong with the store.
pub fn ended_well(webhooks: &Webhooks) -> bool {
    let Some(health) = webhooks.store_health() else {
        return true;
    };
    if health.waiting > 0 {
        let waiting = health.waiting;
        tracing::warn!(
            waiting,
            "deliveries wait in the store; the next start goes on with them"
        );
    }
    if let Some(salvaged) = &health.salvaged {
        tracing::error!(
            moved_to = %salvaged.moved_to.display(),
            "the store was corrupt and was replaced: {}",
            salvaged.error
        );
    }
    health.is_accepting() && health.salvaged.is_none()
}
