//! A store, asked and changed on threads of its own, and never for long.

use super::text::line;
use super::trouble::Trouble;
use servo_webhooks_store::{Editor, OpenError, Progress, Reader, StoreError};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Questions at a time.
const QUESTIONS: usize = 4;

/// What a question may take, and how long it waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a change may take.
const CHANGE: Duration = Duration::from_secs(20);

/// A store that this process has.
pub struct Stored {
    directory: PathBuf,
    questions: Arc<Semaphore>,
    changes: Arc<Semaphore>,
}

/// Is asked by the store whether it is to go on.
type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// What a change came to.
pub enum Changed<T> {
    /// All was done.
    Done(T),
    /// It took too long; what was done by then is.
    Partly,
}

impl Stored {
    /// In this directory.
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            questions: Arc::new(Semaphore::new(QUESTIONS)),
            changes: Arc::new(Semaphore::new(1)),
        }
    }

    /// Asks it something. It is opened each time, since it may be replaced by another.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader, Watch<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Trouble> {
        let Ok(Ok(turn)) = timeout(PATIENCE, Arc::clone(&self.questions).acquire_owned()).await
        else {
            return Err(busy("Many views are being made at once. Try again."));
        };
        let directory = self.directory.clone();
        let asked = spawn_blocking(move || {
            let _turn = turn;
            let reader = Reader::open(&directory).map_err(unopened)?;
            question(&reader, &mut until(PATIENCE)).map_err(failed)
        });
        asked.await.unwrap_or_else(|_| Err(broken()))
    }

    /// Changes it, one change at a time.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Editor, Watch<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Changed<T>, Trouble> {
        let Ok(Ok(turn)) = timeout(PATIENCE, Arc::clone(&self.changes).acquire_owned()).await
        else {
            return Err(busy(
                "Another change is being made. Try again once it is done.",
            ));
        };
        let directory = self.directory.clone();
        let changed = spawn_blocking(move || {
            let _turn = turn;
            let mut editor = Editor::open(&directory).map_err(unopened)?;
            match change(&mut editor, &mut until(CHANGE)) {
                Ok(done) => Ok(Changed::Done(done)),
                Err(StoreError::Cancelled) => Ok(Changed::Partly),
                Err(error) => Err(failed(error)),
            }
        });
        changed.await.unwrap_or_else(|_| Err(broken()))
    }
}

fn until(patience: Duration) -> impl FnMut(Progress) -> ControlFlow<()> {
    let began = Instant::now();
    move |_| match began.elapsed() > patience {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

fn busy(detail: &str) -> Trouble {
    Trouble::unavailable("The store is busy", detail)
}

fn broken() -> Trouble {
    Trouble::unavailable("The store failed", "The log says why.")
}

fn unopened(error: OpenError) -> Trouble {
    let detail = format!("{}.", line(&error.to_string()));
    Trouble::unavailable("The store cannot be opened", detail)
}

fn failed(error: StoreError) -> Trouble {
    match error {
        StoreError::Cancelled => Trouble::unavailable(
            "That takes too long",
            "The store has too many deliveries to look through at once. Narrow the filter, for example with a time in `since`.",
        ),
        StoreError::Busy => busy("Another process is writing to the store. Try again."),
        error => {
            let detail = format!("{}.", line(&error.to_string()));
            Trouble::unavailable("The store cannot be read", detail)
        }
    }
}
