//! What a long wait for deliveries looks like on a terminal.

use super::signals::Signals;
use super::{log_format, stdio};
use rules::sanitize::sanitize;
use servo_webhooks::Webhooks;
use servo_webhooks_store::Progress;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// A wait that is over sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two pictures of the line.
const FRAME: Duration = Duration::from_millis(250);

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
    let mut ticks = interval_at(Instant::now() + PATIENCE, FRAME);
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

/// Shows how far something is that a store does, and ends it at a signal.
pub struct Bar {
    label: &'static str,
    signals: Signals,
    began: Instant,
    /// When it was drawn last.
    last: Instant,
    is_seen: bool,
    drawn: Option<Drawn>,
}

impl Bar {
    /// `checking the store`.
    pub fn new(label: &'static str) -> Self {
        let now = Instant::now();
        Self {
            label,
            signals: Signals::new(),
            began: now,
            last: now,
            is_seen: is_seen(),
            drawn: None,
        }
    }

    /// The same beside what is written to standard output: on one terminal they would be in
    /// each other's way.
    pub fn beside_output(label: &'static str) -> Self {
        let bar = Self::new(label);
        Self {
            is_seen: bar.is_seen && !stdio::output_is_terminal(),
            ..bar
        }
    }

    /// It is so far.
    pub fn step(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.signals.heard() > 0 {
            return ControlFlow::Break(());
        }
        let now = Instant::now();
        let is_due = now - self.began >= PATIENCE && now - self.last >= FRAME;
        if self.is_seen && is_due {
            self.last = now;
            self.drawn.get_or_insert(Drawn);
            stdio::redraw(&format!(
                "{}: {} (Ctrl-C to stop)",
                self.label,
                far(progress, now - self.began)
            ));
        }
        ControlFlow::Continue(())
    }
}

/// `42 %`, or what is known instead.
fn far(progress: Progress, since: Duration) -> String {
    match progress.total {
        Some(total) if total > 0 => format!("{} %", progress.done.min(total) * 100 / total),
        _ if progress.done > 0 => progress.done.to_string(),
        _ => format!("{} s", since.as_secs()),
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
