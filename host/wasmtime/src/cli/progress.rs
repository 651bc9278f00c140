//! What a long wait for deliveries looks like on a terminal.

use super::stdio;
use servo_webhooks::Webhooks;
use std::io::IsTerminal;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// A wait that is over sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Waits until every delivery is settled, and shows how it goes.
pub async fn shown(webhooks: &Webhooks) {
    let terminal = std::io::stderr().is_terminal();
    let settled = webhooks.settled();
    tokio::pin!(settled);
    let mut ticks = interval_at(Instant::now() + PATIENCE, Duration::from_millis(250));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut drawn = None;
    loop {
        tokio::select! {
            () = &mut settled => return,
            _ = ticks.tick(), if terminal => {
                drawn.get_or_insert(Drawn);
                draw(webhooks);
            }
        }
    }
}

/// The line on the terminal, gone when the wait is.
struct Drawn;

impl Drop for Drawn {
    fn drop(&mut self) {
        stdio::redraw("");
    }
}

fn draw(webhooks: &Webhooks) {
    let waiting = webhooks.waiting();
    let deliveries = if waiting == 1 {
        "delivery"
    } else {
        "deliveries"
    };
    let next = webhooks
        .next_retry()
        .map(|time| {
            format!(
                ", next retry in {} s",
                time.saturating_duration_since(Instant::now()).as_secs() + 1
            )
        })
        .unwrap_or_default();
    stdio::redraw(&format!(
        "waiting for {waiting} {deliveries}{next} (Ctrl-C to stop)"
    ));
}
