//! What a long wait for deliveries looks like on a terminal.

use super::{log_format, stdio};
use rules::sanitize::sanitize;
use servo_webhooks::Webhooks;
use std::io::IsTerminal;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// A wait that is over sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether somebody looks at it.
fn is_seen() -> bool {
    std::io::stderr().is_terminal() && !log_format::is_json()
}

/// Waits for an answer, and shows for how long already.
pub async fn answered<T>(label: &str, limit: Duration, answer: impl Future<Output = T>) -> T {
    let terminal = is_seen();
    tokio::pin!(answer);
    let began = Instant::now();
    let mut ticks = interval_at(began + PATIENCE, Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut drawn = None;
    loop {
        tokio::select! {
            answer = &mut answer => return answer,
            _ = ticks.tick(), if terminal => {
                drawn.get_or_insert(Drawn);
                stdio::redraw(&format!(
                    "\r\x1b[Kwaiting for {} ({} s of {} s)",
                    sanitize(label),
                    began.elapsed().as_secs(),
                    limit.as_secs_f64()
                ));
            }
        }
    }
}

/// Waits until every delivery is settled, and shows how it goes.
pub async fn shown(webhooks: &Webhooks) {
    let terminal = is_seen();
    let settled = webhooks.idle();
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
                time.saturating_duration_since(std::time::Instant::now())
                    .as_secs()
                    + 1
            )
        })
        .unwrap_or_default();
    stdio::redraw(&format!(
        "waiting for {waiting} {deliveries}{next} (Ctrl-C to stop)"
    ));
}
