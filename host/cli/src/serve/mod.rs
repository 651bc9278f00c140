//! `serve`: events come in over HTTP, webhooks go out, outcomes are answered.

mod access;
mod body;
mod connection;
mod connections;
mod environment;
mod events;
mod frontend;
mod guard;
mod health;
mod hosted;
mod listener;
mod problem;

use super::args::{Config, ServeCommand};
use super::exit::{Exit, Failure};
use super::failed::FailedFile;
use super::output::{Output, Recorder};
use super::{limits, reload, setup, signals, stored};
use anyhow::Context;
pub use environment::named;
use events::Events;
use frontend::Frontend;
use guard::Guard;
use listener::{bind, serve};
use servo_webhooks::{Allow, Configuration, Connector, LoadMode, Webhooks};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Runs the command.
pub fn run(command: &ServeCommand) -> Result<Exit, Failure> {
    if let Some(file) = &command.hosted.handler {
        return hosted::run(command, file);
    }
    limits::raise();
    let guard = Guard::new(command.token_file.clone(), command.bind.ip());
    let guard = guard.map_err(Failure::unusable)?;
    let delivering = &command.delivering;
    let connector = setup::delivering_connector(delivering)?;
    let mut options = setup::delivering_options(delivering)?;
    let allow = options.allow.clone();
    let read = setup::configuration(&connector, &delivering.config, LoadMode::Send)?;
    options.keep_events = command.failed.is_some();
    let max_event = options.max_event;
    let runtime = setup::runtime()?;
    let mut output = Output::start().context("no thread for standard output can be started")?;
    if let Some(file) = &command.failed {
        let opened = FailedFile::open(file, None, &delivering.config.source);
        output.failed = Some(opened.map_err(Failure::unusable)?);
    }
    let output = Arc::new(output);
    let exit = runtime.block_on(async {
        let recorder = Recorder(Arc::clone(&output));
        let webhooks = Webhooks::start(read, options, recorder).map_err(Failure::unusable)?;
        let mut signals = signals::Signals::new();
        // From here on, and not only once it is waited for.
        let mut hangups = signals::Hangups::new();
        let socket = bind(command).await?;
        // Where it listens comes first: somebody may wait for that line.
        setup::warn_of_refusals(webhooks.configuration().webhooks().iter(), &allow);
        signals::works();
        let handler = Events {
            webhooks: webhooks.clone(),
            output: Arc::clone(&output),
        };
        let frontend = Arc::new(Frontend::new(
            guard,
            handler,
            Arc::clone(&output),
            max_event,
        ));
        let serving = serve(socket, &frontend, &mut signals, delivering.drain_timeout);
        let reloading = async {
            loop {
                hangups.next().await;
                // Each by itself: a wrong configuration keeps no token from being changed.
                let token = frontend.guard.reload();
                let (connector, config) = (connector.clone(), delivering.config.clone());
                let allow = allow.clone();
                let reading = move || configuration(&connector, &config, &allow);
                let done = reload::reload(&webhooks, reading).await;
                frontend.note_reload(token && done);
            }
        };
        tokio::select! {
            () = serving => {}
            () = reloading => {}
        }
        let unanswered = frontend.unanswered();
        webhooks.shutdown(Duration::ZERO).await;
        let ended_well = stored::ended_well(&webhooks);
        let exit = match exit(&frontend, &output, unanswered) {
            Exit::Done if !ended_well => Exit::Failed,
            exit => exit,
        };
        Ok::<_, Failure>(match output.finish(&mut signals, true).await {
            Ok(()) => exit,
            Err(_) => Exit::Failed,
        })
    })?;
    // Connections and lookups that hang are left behind.
    runtime.shutdown_background();
    let kept = output.failed.as_ref().is_none_or(FailedFile::finish);
    Ok(if kept { exit } else { Exit::Failed })
}

fn configuration(
    connector: &Connector,
    config: &Config,
    allow: &Allow,
) -> Result<Configuration, Failure> {
    let configuration = setup::configuration(connector, config, LoadMode::Send)?;
    setup::warn_of_refusals(configuration.webhooks().iter(), allow);
    Ok(configuration)
}

/// A signal is how this ends, and what was not delivered before has been told: a failure is
/// what is left unsettled now.
fn exit(frontend: &Frontend<Events>, output: &Output, unanswered: usize) -> Exit {
    if unanswered > 0 {
        tracing::error!(
            unanswered,
            "{unanswered} requests were not answered in time; --drain-timeout allows more time"
        );
    }
    let counts = &output.counts;
    tracing::info!(
        delivered = counts.delivered.load(Ordering::Relaxed),
        failed = counts.failed.load(Ordering::Relaxed),
        undelivered = counts.undelivered.load(Ordering::Relaxed),
        rejected = counts.rejected.load(Ordering::Relaxed),
        refused = frontend.refused(),
        breakers_opened = counts.opened.load(Ordering::Relaxed),
        "done"
    );
    let unpublished = counts.unpublished.load(Ordering::Relaxed);
    if counts.undelivered.load(Ordering::Relaxed) > 0 || unanswered > 0 || unpublished > 0 {
        Exit::Failed
    } else {
        Exit::Done
    }
}
