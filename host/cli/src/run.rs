//! `run`: events come in line by line, webhooks go out, outcomes are written.

use super::args::{OnFull, RunCommand};
use super::exit::{Exit, Failure};
use super::failed::FailedFile;
use super::output::{Output, Recorder};
use super::submitted::{self, Outcomes, Submit, Submitted};
use super::tally::{Tally, lock};
use super::{dry_run, limits, lines, progress, reload, setup, signals, stored, units};
use anyhow::Context;
use servo_webhooks::{
    Allow, Configuration, Connector, EventDecision, EventOutcome, Input, LoadMode, Webhooks,
};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, mpsc::error::SendError};
use tokio::time::timeout;

/// The time in which a full disk may have room again; then no more events are read.
const FULL: Duration = Duration::from_secs(5);

/// Runs the command.
pub fn run(command: &RunCommand) -> Result<Exit, Failure> {
    limits::raise();
    let delivering = &command.delivering;
    let connector = setup::delivering_connector(delivering)?;
    let mut options = setup::delivering_options(delivering)?;
    let allow = options.allow.clone();
    let configuration = configuration(&connector, command, &allow)?;
    options.keep_events = command.failed.is_some();
    let longest = options.max_event.saturating_mul(2);
    let events = lines::open(&command.events, longest).map_err(Failure::unusable)?;
    let runtime = setup::runtime()?;
    if command.dry_run {
        options.store = None;
        let _inside = runtime.enter();
        let webhooks = Webhooks::start(configuration, options, ()).map_err(Failure::unusable)?;
        return runtime.block_on(dry_run::run(command, &webhooks, events));
    }
    let mut output = Output::start().context("no thread to write with")?;
    if let Some(file) = &command.failed {
        let opened = FailedFile::open(file, Some(&command.events), &delivering.config.source);
        output.failed = Some(opened.map_err(Failure::unusable)?);
    }
    let output = Arc::new(output);
    signals::works();
    let (tally, written) = runtime.block_on(async {
        let (mut events, mut signals) = (events, signals::Signals::new());
        tokio::select! {
            opened = events.opened() => opened.map_err(Failure::unusable)?,
            signal = signals.next() => {
                tracing::warn!("{signal}: stopped while waiting for a writer of {}", command.events.display());
                return Ok((Tally::interrupted(), Ok(())));
            }
        }
        let webhooks = Webhooks::start(
            configuration,
            options,
            Recorder(Arc::clone(&output)),
        )
        .map_err(Failure::unusable)?;
        let session = Session {
            connector,
            command: command.clone(),
            allow,
            webhooks,
            output: Arc::clone(&output),
            current: Mutex::default(),
            tally: Tally::new(),
        };
        // Among the deliveries, and not beside them: one thread for each processor is enough.
        let running = tokio::spawn(session.run(events, delivering.drain_timeout, signals));
        let (tally, mut signals) = running.await.context("stopped by a fault")?;
        let written = output.finish(&mut signals, tally.interrupted).await;
        Ok::<_, Failure>((tally, written))
    })?;
    // Threads that still wait for input or a lookup are left behind.
    runtime.shutdown_background();
    let exit = tally.exit(&output);
    let kept = output.failed.as_ref().is_none_or(FailedFile::finish);
    Ok(if written.is_ok() && kept {
        exit
    } else {
        Exit::Failed
    })
}

/// The configuration, limited to the webhooks that are asked for.
fn configuration(
    connector: &Connector,
    command: &RunCommand,
    allow: &Allow,
) -> Result<Configuration, Failure> {
    let config = &command.delivering.config;
    let configuration = setup::configuration(connector, config, LoadMode::Send)?;
    let webhooks = configuration.webhooks().iter();
    if command.webhook.is_empty() {
        setup::warn_of_refusals(webhooks, allow);
        return Ok(configuration);
    }
    let named = command.webhook.iter();
    let indices = named.map(|text| Ok(setup::webhook(&configuration, text)?.index));
    let indices: Vec<usize> = indices.collect::<Result<_, Failure>>()?;
    setup::warn_of_refusals(webhooks.filter(|one| indices.contains(&one.index)), allow);
    Ok(configuration.only(&indices))
}

struct Session {
    connector: Connector,
    command: RunCommand,
    allow: Allow,
    webhooks: Webhooks,
    output: Arc<Output>,
    /// The event that is being handled, where what is not delivered is kept.
    current: Mutex<Option<Input>>,
    tally: Tally,
}

impl Session {
    async fn run(
        self,
        mut events: lines::Lines,
        drain_timeout: Duration,
        mut signals: signals::Signals,
    ) -> (Tally, signals::Signals) {
        let stop = Notify::new();
        let mut interrupted = false;
        let (submit, mut outcomes) = submitted::queue();
        {
            let work = async {
                let read = self.read(&mut events, &stop, submit);
                tokio::join!(read, self.write(&mut outcomes));
                progress::shown(&self.webhooks).await;
            };
            let read = || {
                let (connector, command) = (self.connector.clone(), self.command.clone());
                let allow = self.allow.clone();
                move || configuration(&connector, &command, &allow)
            };
            let reloading = reload::at_hangups(&self.webhooks, read);
            tokio::pin!(work);
            tokio::select! {
                () = &mut work => {}
                never = reloading => match never {},
                signal = signals.next() => {
                    interrupted = true;
                    stop.notify_one();
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
        (tally, signals)
    }

    /// Handles line after line, until the end or until it is stopped between two.
    async fn read(&self, events: &mut lines::Lines, stop: &Notify, submit: Submit) {
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
