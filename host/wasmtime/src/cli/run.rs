//! `run`: events come in line by line, webhooks go out, outcomes are written.

use super::args::{Config, OnFull, RunCommand};
use super::exit::{Exit, Failure};
use super::output::{Output, Recorder, Warned};
use super::request::Masking;
use super::{dry_run, limits, lines, progress, reload, setup, signals, stdio};
use anyhow::Context;
use rules::foreign::capped;
use servo_webhooks::{Connector, Decision, EventOutcome, Purpose, Stated, Webhooks};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// The time in which a full disk may have room again; then no more events are read.
const FULL: Duration = Duration::from_secs(5);

/// Runs the command.
pub fn run(command: &RunCommand) -> Result<Exit, Failure> {
    limits::raise();
    let delivering = &command.delivering;
    let connector = setup::delivering_connector(delivering)?;
    let configuration = setup::configuration(&connector, &delivering.config, Purpose::Send)?;
    let options = setup::delivering_options(delivering)?;
    let longest = options.max_event.saturating_mul(2);
    let events = lines::open(&command.events, longest).map_err(Failure::unusable)?;

    let runtime = setup::runtime()?;
    if command.dry_run {
        let _inside = runtime.enter();
        let webhooks =
            Webhooks::start(&connector, configuration, options, ()).map_err(Failure::unusable)?;
        return runtime.block_on(rehearse(command, &webhooks, events));
    }
    let output = Arc::new(Output::start().context("no thread to write with")?);
    signals::works();
    let (tally, written) = runtime.block_on(async {
        let (mut events, mut signals) = (events, signals::Signals::new());
        tokio::select! {
            opened = events.opened() => opened.map_err(Failure::unusable)?,
            signal = signals.next() => {
                tracing::warn!("{signal}: nobody has written to {}", command.events.display());
                return Ok((Tally::interrupted(), Ok(())));
            }
        }
        let webhooks = Webhooks::start(
            &connector,
            configuration,
            options,
            Recorder(Arc::clone(&output)),
        )
        .map_err(Failure::unusable)?;
        let session = Session {
            connector,
            config: delivering.config.clone(),
            webhooks,
            output: Arc::clone(&output),
            on_full: command.on_full,
            tally: Tally::default(),
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
    Ok(if written.is_ok() { exit } else { Exit::Failed })
}

async fn rehearse(
    command: &RunCommand,
    webhooks: &Webhooks,
    mut events: lines::Lines,
) -> Result<Exit, Failure> {
    events.opened().await.map_err(Failure::unusable)?;
    let mut out = stdio::output();
    let masking = Masking {
        reveal: command.reveal,
    };
    let mut exit = Exit::Done;
    while let Some(line) = events.next().await {
        let handled = match line.text {
            Ok(text) if text.trim().is_empty() => Ok(()),
            Ok(text) => dry_run::rehearse(webhooks, masking, &text, &mut out).await?,
            Err(error) => Err(error),
        };
        if let Err(error) = handled {
            exit = Exit::Failed;
            report_bad_line(line.number, &error);
        }
    }
    Ok(exit)
}

/// Says which line of the events is wrong.
pub fn report_bad_line(number: u64, error: &str) {
    tracing::error!(line = number, "line {number}: {}", capped(error));
}

/// What went wrong, in numbers.
#[derive(Debug, Default)]
struct Tally {
    bad_lines: AtomicU64,
    /// The line that is being handled; 0 between two.
    at_line: AtomicU64,
    interrupted: bool,
}

impl Tally {
    /// Nothing was begun.
    fn interrupted() -> Self {
        Self {
            interrupted: true,
            ..Self::default()
        }
    }

    fn exit(&self, output: &Output) -> Exit {
        let bad = self.bad_lines.load(Ordering::Relaxed);
        let counts = &output.counts;
        tracing::info!(
            delivered = counts.delivered.load(Ordering::Relaxed),
            failed = counts.failed.load(Ordering::Relaxed),
            undelivered = counts.undelivered.load(Ordering::Relaxed),
            rejected = counts.rejected.load(Ordering::Relaxed),
            bad_lines = bad,
            breakers_opened = counts.opened.load(Ordering::Relaxed),
            "done"
        );
        if bad + counts.lost() > 0 || self.interrupted {
            Exit::Failed
        } else {
            Exit::Done
        }
    }
}

struct Session {
    connector: Connector,
    config: Config,
    webhooks: Webhooks,
    output: Arc<Output>,
    on_full: OnFull,
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
        {
            let work = async {
                self.read(&mut events, &stop).await;
                progress::shown(&self.webhooks).await;
            };
            let reloading = reload::at_hangups(&self.connector, &self.config, &self.webhooks);
            tokio::pin!(work);
            tokio::select! {
                () = &mut work => {}
                never = reloading => match never {},
                signal = signals.next() => {
                    interrupted = true;
                    stop.notify_one();
                    tracing::warn!(
                        "{signal}: no more events are read; delivering for at most {} s more (again to leave at once)",
                        drain_timeout.as_secs_f64()
                    );
                    tokio::select! {
                        _ = timeout(drain_timeout, work) => {}
                        signal = signals.next() => tracing::warn!("{signal}: leaving at once"),
                    }
                }
            }
        }
        self.webhooks.drain(Duration::ZERO).await;
        let mut tally = self.tally;
        tally.interrupted = interrupted;
        match tally.at_line.load(Ordering::Relaxed) {
            0 => {}
            line => tracing::error!(
                line,
                "line {line}: its event was not settled in time, and has no outcome; --drain-timeout gives more"
            ),
        }
        (tally, signals)
    }

    /// Handles line after line, until the end or until it is stopped between two.
    async fn read(&self, events: &mut lines::Lines, stop: &Notify) {
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
                        "standard output: its disk has been full for {} s: no more events are read",
                        FULL.as_secs()
                    );
                    return;
                }
                line = line => line,
            };
            if self.output.is_closed() {
                tracing::error!("standard output is closed: no more events are read");
                return;
            }
            let Some(line) = line else { return };
            if line.text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
                continue;
            }
            self.tally.at_line.store(line.number, Ordering::Relaxed);
            let handled = match line.text {
                Ok(text) => self.handle(&text).await,
                Err(error) => Err(error),
            };
            match handled {
                Ok((outcome, warnings)) => {
                    let outcome = &outcome;
                    self.output.outcome(&Warned { outcome, warnings });
                }
                Err(error) => {
                    self.tally.bad_lines.fetch_add(1, Ordering::Relaxed);
                    report_bad_line(line.number, &error);
                }
            }
            self.tally.at_line.store(0, Ordering::Relaxed);
        }
    }

    async fn handle(&self, text: &str) -> Result<(EventOutcome, Vec<String>), String> {
        let stated = Stated::parse(text).map_err(|error| error.to_string())?;
        if self.on_full == OnFull::Wait {
            self.webhooks.until_free(&stated).await;
        }
        let outcome = self.webhooks.handle(&stated).await;
        let outcome = outcome.map_err(|error| error.to_string())?;
        if outcome.outcome == Decision::Cancelled {
            tracing::info!(
                event = outcome.event,
                id = outcome.id,
                reason = outcome.reason,
                "cancelled"
            );
        }
        Ok((outcome, self.webhooks.warnings(&stated)))
    }
}
