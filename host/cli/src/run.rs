//! `run`: events come in line by line, webhooks go out, outcomes are written.

mod session;

use super::args::RunCommand;
use super::exit::{Exit, Failure};
use super::failed::FailedFile;
use super::lines::{self, Lines};
use super::observe::{self, Readiness};
use super::output::Output;
use super::recorder::Recorder;
use super::signals::{self, Signals};
use super::tally::Tally;
use super::{dry_run, limits, setup};
use anyhow::Context;
use servo_webhooks::{Allow, Configuration, Connector, LoadMode, Webhooks};
use session::Session;
use std::sync::Arc;

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
    let events_file = Some(&*command.events);
    let source = &delivering.config.source;
    let output = Output::keeping(command.failed.as_deref(), events_file, source)?;
    signals::works();
    let recorder = Recorder(Arc::clone(&output));
    let start = || Webhooks::start(configuration, options, recorder).map_err(Failure::unusable);
    let reading = {
        let (connector, command) = (connector.clone(), command.clone());
        move || {
            let (connector, command, allow) = (connector.clone(), command.clone(), allow.clone());
            move || self::configuration(&connector, &command, &allow)
        }
    };
    let (tally, written) = runtime.block_on(async {
        let (mut events, mut signals) = (events, Signals::new());
        if !opened(&mut events, &mut signals, command).await? {
            return Ok((Tally::interrupted(), Ok(())));
        }
        // Before anything is sent that waits in a store.
        let watchers = observe::bind(&delivering.observing).await?;
        let webhooks = start()?;
        let readiness = Arc::new(Readiness::new(Some(webhooks.clone()), Arc::clone(&output)));
        let _watched = watchers.answer(webhooks.metrics(), &readiness);
        let session = Session::new(command, webhooks, readiness, Arc::clone(&output));
        // Among the deliveries, and not beside them: one thread for each processor is enough.
        let running = tokio::spawn(session.run(events, signals, reading));
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

/// Whether there is something to read, and no signal came before.
async fn opened(
    events: &mut Lines,
    signals: &mut Signals,
    command: &RunCommand,
) -> Result<bool, Failure> {
    tokio::select! {
        opened = events.opened() => opened.map(|()| true).map_err(Failure::unusable),
        signal = signals.next() => {
            let events = command.events.display();
            tracing::warn!("{signal}: stopped while waiting for a writer of {events}");
            Ok(false)
        }
    }
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
