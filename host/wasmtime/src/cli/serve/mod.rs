//! `serve`: events come in over HTTP, webhooks go out, outcomes are answered.

mod access;
mod connections;
mod door;
mod environment;
mod events;
mod held;
mod problem;

use super::args::ServeCommand;
use super::exit::{Exit, Failure};
use super::output::{Output, Recorder};
use super::{limits, notice, progress, reload, setup, signals};
use access::Access;
use anyhow::Context;
use connections::Connections;
use door::{Behind, Door};
use events::Events;
use servo_webhooks::{Purpose, Webhooks};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Runs the command.
pub fn run(command: &ServeCommand) -> Result<Exit, Failure> {
    if let Some(file) = &command.held.held {
        return held::run(command, file);
    }
    limits::raise();
    let access =
        Access::new(command.token_file.as_deref(), command.bind.ip()).map_err(Failure::unusable)?;
    let delivering = &command.delivering;
    let connector = setup::delivering_connector(delivering)?;
    let configuration = setup::configuration(&connector, &delivering.config, Purpose::Send)?;
    let options = setup::delivering_options(delivering)?;
    let max_event = options.max_event;
    let runtime = setup::runtime()?;
    let output = Arc::new(Output::start().context("no thread to write with")?);
    let exit = runtime.block_on(async {
        let recorder = Recorder(Arc::clone(&output));
        let webhooks = Webhooks::start(&connector, configuration, options, recorder)
            .map_err(Failure::unusable)?;
        let mut signals = signals::Signals::new();
        let reading = || {
            let (connector, config) = (connector.clone(), delivering.config.clone());
            move || setup::configuration(&connector, &config, Purpose::Send)
        };
        let reloading = reload::at_hangups(&webhooks, reading);
        let socket = bind(command).await?;
        signals::works();
        let behind = Events {
            webhooks: webhooks.clone(),
            output: Arc::clone(&output),
        };
        let door = Arc::new(Door::new(access, behind, Arc::clone(&output), max_event));
        let serving = serve(socket, &door, &mut signals, delivering.drain_timeout);
        tokio::select! {
            () = serving => {}
            never = reloading => match never {},
        }
        webhooks.drain(Duration::ZERO).await;
        let exit = exit(&door, &output);
        Ok::<_, Failure>(match output.finish(&mut signals, true).await {
            Ok(()) => exit,
            Err(_) => Exit::Failed,
        })
    })?;
    // Connections and lookups that hang are left behind.
    runtime.shutdown_background();
    Ok(exit)
}

/// Listens, and says where.
async fn bind(command: &ServeCommand) -> Result<TcpListener, Failure> {
    let socket = TcpListener::bind(command.bind)
        .await
        .with_context(|| format!("cannot listen on {}", command.bind))
        .map_err(|error| {
            Failure::unusable(error).with_hint("--bind names another address or port")
        })?;
    let address = socket.local_addr().context("a socket without an address")?;
    notice::info(&format!("listening on http://{address} (Ctrl-C to end)"));
    Ok(socket)
}

/// What is waited for when no more requests are taken.
trait Drain {
    /// What was taken is settled.
    fn settled(&self) -> impl Future<Output = ()> + Send;
}

impl Drain for Events {
    async fn settled(&self) {
        progress::shown(&self.webhooks).await;
    }
}

/// Answers until a signal comes, then settles what was taken, for a time.
async fn serve<B: Behind + Drain>(
    socket: TcpListener,
    door: &Arc<Door<B>>,
    signals: &mut signals::Signals,
    drain_timeout: Duration,
) {
    let connections = Connections::new();
    tokio::select! {
        () = connections.accept(socket, door) => {}
        () = door.output.closed() => tracing::error!("standard output is closed: no more events are taken"),
        signal = signals.next() => tracing::warn!(
            "{signal}: no more events are taken; delivering for at most {} s more (again to leave at once)",
            drain_timeout.as_secs_f64()
        ),
    }
    door.close();
    let rest = async {
        connections.end().await;
        door.behind.settled().await;
    };
    tokio::select! {
        _ = timeout(drain_timeout, rest) => {}
        signal = signals.next() => tracing::warn!("{signal}: leaving at once"),
    }
}

/// A signal is how this ends; it is no failure by itself.
fn exit(door: &Door<Events>, output: &Output) -> Exit {
    let unanswered = door.unanswered();
    if unanswered > 0 {
        tracing::error!(
            unanswered,
            "{unanswered} requests were not answered in time; --drain-timeout gives more"
        );
    }
    let counts = &output.counts;
    tracing::info!(
        delivered = counts.delivered.load(Ordering::Relaxed),
        failed = counts.failed.load(Ordering::Relaxed),
        undelivered = counts.undelivered.load(Ordering::Relaxed),
        rejected = counts.rejected.load(Ordering::Relaxed),
        refused = door.refused(),
        breakers_opened = counts.opened.load(Ordering::Relaxed),
        "done"
    );
    if counts.lost() > 0 || unanswered > 0 {
        Exit::Failed
    } else {
        Exit::Done
    }
}
