//! Wrong tokens: each answer takes a while, and the log is not filled with them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// What an answer to a wrong token takes.
const SLOW: Duration = Duration::from_millis(500);

/// Such answers at a time; others wait for their turn.
const AT_ONCE: usize = 4;

/// Between two lines of the log.
const QUIET: Duration = Duration::from_secs(60);

/// Wrong tokens. Whoever has the right one never waits for them.
pub struct SignIns {
    turns: Semaphore,
    untold: AtomicU64,
    told: Mutex<Option<Instant>>,
}

impl SignIns {
    /// None yet.
    pub fn new() -> Self {
        Self {
            turns: Semaphore::new(AT_ONCE),
            untold: AtomicU64::new(0),
            told: Mutex::new(None),
        }
    }

    /// One more, under this name: logged at once, and answered once this is over.
    pub async fn refuse(&self, who: &str) {
        self.log(who);
        // Never closed.
        let _turn = self.turns.acquire().await;
        sleep(SLOW).await;
    }

    fn log(&self, who: &str) {
        let count = self.untold.fetch_add(1, Ordering::Relaxed) + 1;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|told| told.elapsed() < QUIET) {
            return;
        }
        *told = Some(Instant::now());
        self.untold.fetch_sub(count, Ordering::Relaxed);
        tracing::warn!(who, count, "page: wrong token");
    }
}
