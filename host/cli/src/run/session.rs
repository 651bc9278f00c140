//! Events, from their first line until the last of their deliveries is settled.

use crate::args::{OnFull, RunCommand};
use crate::exit::Failure;
use crate::lines::Lines;
use crate::observe::Readiness;
use crate::output::Output;
use crate::signals::Signals;
use crate::submitted::{self, Outcomes, Submit, Submitted};
use crate::tally::{Tally, lock};
use crate::{progress, reload, stored, units};
use servo_webhooks::{Configuration, EventDecision, EventOutcome, Input, Webhooks};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, mpsc::error::SendError};
use tokio::time::timeout;

/// The time in which a full disk may have room again; then no more events are read.
const FULL: Duration = Duration::from_secs(5);

/// What one call of `run` works with.
pub struct Session {
    command: RunCommand,
    webhooks: Webhooks,
    readiness: Arc<Readiness>,
    output: Arc<Output>,
    /// The event that is being handled, where what is not delivered is kept.
    current: Mutex<Option<Input>>,
    tally: Tally,
}

impl Session {
    /// About to begin.
    pub fn new(
        command: &RunCommand,
        webhooks: Webhooks,
        readiness: Arc<Readiness>,
        output: Arc<Output>,
    ) -> Self {
        Self {
            command: command.clone(),
            webhooks,
            readiness,
            output,
            current: Mutex::default(),
            tally: Tally::new(),
        }
    }

    /// Handles all events and waits for their deliveries, or for so long after a signal;
    /// `reading` makes what reads the configuration again.
    pub async fn run<R: FnOnce() -> Result<Configuration, Failure> + Send + 'static>(
        self,
        mut events: Lines,
        mut signals: Signals,
        reading: impl Fn() -> R,
    ) -> (Tally, Signals) {
        let stop = Notify::new();
        let mut interrupted = false;
        let (submit, mut outcomes) = submitted::queue();
        {
            let work = async {
                let read = async {
                    self.read(&mut events, &stop, submit).await;
                    self.readiness.drain();
                };
                tokio::join!(read, self.write(&mut outcomes));
                progress::shown(&self.webhooks).await;
            };
            let reloading = reload::at_hangups(&self.webhooks, &self.readiness, reading);
            tokio::pin!(work);
            tokio::select! {
                () = &mut work => {}
                never = reloading => match never {},
                signal = signals.next() => {
                    interrupted = true;
                    self.readiness.drain();
                    stop.notify_one();
                    let drain_timeout = self.command.delivering.drain_timeout;
                    tracing::warn!(
                        "{signal}: reading no more events; delivering for up to {} (again: quit now)",
                        units::duration(drain_timeout)
                    );
                    tokio::select! {
                        _ = timeout(drain_timeout, work) => {}
                        signal = signals.next() => tracing::warn!("{signal}: quitting now"),
                    }
                }
            }
        }
        (self.end(outcomes, interrupted).await, signals)
    }

    /// Ends the webhooks, and says what came of all.
    async fn end(self, mut outcomes: Outcomes, interrupted: bool) -> Tally {
        self.webhooks.shutdown(Duration::ZERO).await;
        while let Some(mut late) = outcomes.pop() {
            // The store is closed: what is not on disk by now never will be.
            late.submission.settled().await;
            self.written(&late.input, &late.submission.outcome().await);
        }
        match self.tally.at_line.load(Ordering::Relaxed) {
            0 => {}
            line => {
                self.keep_current();
                tracing::error!(
                    line,
                    "line {line}: its event was not settled in time and has no outcome; --drain-timeout allows more time"
                );
            }
        }
        let mut tally = self.tally;
        tally.interrupted = interrupted;
        tally.store_failed = !stored::ended_well(&self.webhooks);
        tally
    }

    /// Handles line after line, until the end or until it is stopped between two.
    async fn read(&self, events: &mut Lines, stop: &Notify, submit: Submit) {
        let stopped = stop.notified();
        tokio::pin!(stopped);
        loop {
            // What comes of an event is written down without waiting: who reads is waited
            // for here.
            let line = async {
                self.output.room().await;
                events.next().await
            };
            let line = tokio::select! {
                biased;
                () = &mut stopped => return,
                () = self.output.closed() => None,
                () = self.output.full_for(FULL) => {
                    tracing::error!(
                        "standard output: its disk has been full for {} s; reading no more events",
                        FULL.as_secs()
                    );
                    return;
                }
                line = line => line,
            };
            if self.output.is_closed() {
                tracing::error!("standard output is closed; reading no more events");
                return;
            }
            let Some(line) = line else { return };
            if line.text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
                continue;
            }
            self.tally.at_line.store(line.number, Ordering::Relaxed);
            let (text, handled) = match line.text {
                Ok(text) => {
                    let handled = self.handle(&text, &submit).await;
                    (text, handled)
                }
                Err(error) => (String::new(), Err(error)),
            };
            match handled {
                Ok(()) => {
                    lock(&self.tally.bad_lines).good();
                    self.tally.events.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => lock(&self.tally.bad_lines).bad(line.number, &text, &error),
            }
            self.tally.at_line.store(0, Ordering::Relaxed);
        }
    }

    async fn handle(&self, text: &str, submit: &Submit) -> Result<(), String> {
        let input = Input::parse(text).map_err(|error| error.to_string())?;
        if self.output.failed.is_some() {
            *self.lock_current() = Some(input.clone());
        }
        let outcome = self.fire(input, submit).await;
        self.lock_current().take();
        outcome
    }

    async fn fire(&self, mut input: Input, submit: &Submit) -> Result<(), String> {
        if self.command.on_full == OnFull::Wait {
            self.webhooks.ready(&input).await;
        }
        if self.output.failed.is_some() {
            // For all webhooks the same, told now or later.
            input = input.dated();
        }
        let submission = self.webhooks.submit(&input).await;
        let submission = submission.map_err(|error| error.to_string())?;
        if submission.is_settled() {
            self.written(&input, &submission.outcome().await);
            return Ok(());
        }
        // More is read meanwhile.
        let sent = submit.send(Submitted { input, submission }).await;
        if let Err(SendError(late)) = sent {
            self.written(&late.input, &late.submission.outcome().await);
        }
        Ok(())
    }

    /// Writes down what came of events, once that is known.
    async fn write(&self, outcomes: &mut Outcomes) {
        while let Some((input, outcome)) = outcomes.next().await {
            self.written(&input, &outcome);
        }
    }

    /// It is known what came of an event.
    fn written(&self, input: &Input, outcome: &EventOutcome) {
        self.output.keep_rejected(input, outcome);
        if outcome.outcome == EventDecision::Cancelled {
            tracing::info!(
                event = outcome.event,
                id = outcome.id,
                reason = outcome.reason,
                "cancelled"
            );
        }
        self.output.outcome(outcome, self.webhooks.warnings(input));
    }

    fn lock_current(&self) -> MutexGuard<'_, Option<Input>> {
        lock(&self.current)
    }

    /// Keeps what was read and not taken. A question is not: nobody waits for its answer
    /// any more.
    fn keep_current(&self) {
        let input = self.lock_current().take();
        if let (Some(failed), Some(input)) = (&self.output.failed, input)
            && !matches!(input, Input::Before(_))
        {
            failed.add_untold(&input.dated());
        }
    }
}
