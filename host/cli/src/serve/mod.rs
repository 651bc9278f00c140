//! `serve`: events come in over HTTP, webhooks go out, outcomes are answered.

pub mod access;
pub mod body;
pub mod connection;
pub mod connections;
mod environment;
mod events;
mod frontend;
mod health;
mod hosted;
mod listener;
mod problem;
pub mod reloadable_access;

use super::args::{Config, ServeCommand};
use super::exit::{Exit, Failure};
use super::failed::FailedFile;
use super::observe::{self, Readiness};
use super::output::Output;
use super::page::Page;
use super::recorder::Recorder;
use super::{limits, reload, setup, signals, stored};
pub use environment::named;
use events::Events;
use frontend::Frontend;
use listener::{bind, serve};
use reloadable_access::ReloadableAccess;
use servo_webhooks::{Allow, Configuration, Connector, LoadMode, Options, Webhooks};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Runs the command.
pub fn run(command: &ServeCommand) -> Result<Exit, Failure> {
    if let Some(file) = &command.hosted.handler {
        return hosted::run(command, file);
    }
    limits::raise();
    let access = ReloadableAccess::new(command.token_file.clone(), exposed(command));
    let access = access.map_err(Failure::unusable)?;
    let delivering = &command.delivering;
    let connector = setup::delivering_connector(delivering)?;
    let mut options = setup::delivering_options(delivering)?;
    options.keep_events = command.failed.is_some();
    let configuration = setup::configuration(&connector, &delivering.config, LoadMode::Send)?;
    let page = Page::new(command, &connector, &options);
    let prepared = Prepared {
        access: Arc::new(access),
        page,
        connector,
        options,
        configuration,
    };
    let runtime = setup::runtime()?;
    let source = &delivering.config.source;
    let output = Output::keeping(command.failed.as_deref(), None, source)?;
    let exit = runtime.block_on(answer(command, prepared, &output))?;
    // Connections and lookups that hang are left behind.
    runtime.shutdown_background();
    let kept = output.failed.as_ref().is_none_or(FailedFile::finish);
    Ok(if kept { exit } else { Exit::Failed })
}

/// What was read before anything is begun.
struct Prepared {
    access: Arc<ReloadableAccess>,
    page: Page,
    connector: Connector,
    options: Options,
    configuration: Configuration,
}

/// Answers requests until a signal comes, and ends in an orderly way.
async fn answer(
    command: &ServeCommand,
    prepared: Prepared,
    output: &Arc<Output>,
) -> Result<Exit, Failure> {
    let Prepared {
        access,
        mut page,
        connector,
        options,
        configuration,
    } = prepared;
    let (allow, max_event) = (options.allow.clone(), options.max_event);
    let observer = page.observer(Recorder(Arc::clone(output)));
    let delivering = &command.delivering;
    // Before anything is sent: with a store there may be something to send at once, and an
    // address that is taken would end that.
    let socket = bind(command).await?;
    let watchers = observe::bind(&delivering.observing).await?;
    page.bind().await?;
    let mut signals = signals::Signals::new();
    // From here on, and not only once it is waited for.
    let hangups = signals::Hangups::new();
    let webhooks = Webhooks::start(configuration, options, observer).map_err(Failure::unusable)?;
    // Where it listens comes first: somebody may wait for that line.
    setup::warn_of_refusals(webhooks.configuration().webhooks().iter(), &allow);
    signals::works();
    let handler = Events {
        webhooks: webhooks.clone(),
        output: Arc::clone(output),
    };
    let readiness = Arc::new(Readiness::new(Some(webhooks.clone()), Arc::clone(output)));
    let _watched = watchers.answer(webhooks.metrics(), &readiness);
    let page = page.open(&webhooks, &access, &readiness)?;
    let frontend = Frontend::new(access, handler, readiness, Arc::clone(output), max_event);
    let frontend = Arc::new(frontend);
    let reading = || {
        let (connector, config) = (connector.clone(), delivering.config.clone());
        let allow = allow.clone();
        move || self::configuration(&connector, &config, &allow)
    };
    tokio::select! {
        () = serve(socket, &frontend, &mut signals, delivering.drain_timeout) => {}
        never = reload_at_hangups(&frontend, hangups, reading) => match never {},
        never = page => match never {},
    }
    let exit = end(&frontend).await;
    Ok(match output.finish(&mut signals, true).await {
        Ok(()) => exit,
        Err(_) => Exit::Failed,
    })
}

/// Reads the token and the configuration again at every SIGHUP.
async fn reload_at_hangups<R: FnOnce() -> Result<Configuration, Failure> + Send + 'static>(
    frontend: &Frontend<Events>,
    mut hangups: signals::Hangups,
    reading: impl Fn() -> R,
) -> Infallible {
    loop {
        hangups.next().await;
        // Each by itself: a wrong configuration keeps no token from being changed.
        let token = frontend.access.reload();
        let done = reload::reload(&frontend.handler.webhooks, reading()).await;
        frontend.readiness.note_configuration(done);
        frontend.readiness.note_token(token);
    }
}

/// The address that decides whether a token is needed: one that others reach, if there is one.
fn exposed(command: &ServeCommand) -> IpAddr {
    let addresses = [Some(command.bind), command.page].into_iter().flatten();
    let mut others = addresses.map(|address| address.ip());
    others
        .find(|address| !address.is_loopback())
        .unwrap_or(command.bind.ip())
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

/// Ends the webhooks. A signal is how this ends, and what was not delivered before has been
/// told: a failure is what is left unsettled now.
async fn end(frontend: &Frontend<Events>) -> Exit {
    let unanswered = frontend.unanswered();
    let Events { webhooks, output } = &frontend.handler;
    webhooks.shutdown(Duration::ZERO).await;
    let ended_well = stored::ended_well(webhooks);
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
    let undelivered = counts.undelivered.load(Ordering::Relaxed);
    match undelivered > 0 || unanswered > 0 || unpublished > 0 || !ended_well {
        true => Exit::Failed,
        false => Exit::Done,
    }
}
