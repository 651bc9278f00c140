//! From the socket to the last request.

use super::connections::Connections;
use super::frontend::{Frontend, Handler};
use crate::args::ServeCommand;
use crate::exit::Failure;
use crate::{notice, signals, units};
use anyhow::Context;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Listens, and says where.
pub async fn bind(command: &ServeCommand) -> Result<TcpListener, Failure> {
    let socket = TcpListener::bind(command.bind)
        .await
        .with_context(|| format!("cannot listen on {}", command.bind))
        .map_err(|error| {
            Failure::unusable(error).with_hint("--bind names another address or port")
        })?;
    let address = socket.local_addr().context("a socket without an address")?;
    notice::listening(address);
    Ok(socket)
}

/// What is waited for when no more requests are taken.
pub trait Idle {
    /// What was taken is settled.
    fn idle(&self) -> impl Future<Output = ()> + Send;
}

/// Answers until a signal comes, then settles what was taken, for a time.
pub async fn serve<B: Handler + Idle>(
    socket: TcpListener,
    frontend: &Arc<Frontend<B>>,
    signals: &mut signals::Signals,
    drain_timeout: Duration,
) {
    let connections = Connections::new();
    tokio::select! {
        () = connections.accept(socket, frontend) => {}
        () = frontend.output.closed() => tracing::error!("standard output is closed; taking no more events"),
        signal = signals.next() => tracing::warn!(
            "{signal}: taking no more events; delivering for up to {} (again: quit now)",
            units::duration(drain_timeout)
        ),
    }
    frontend.readiness.drain();
    let rest = async {
        connections.end().await;
        frontend.idle().await;
        frontend.handler.idle().await;
    };
    tokio::select! {
        _ = timeout(drain_timeout, rest) => {}
        signal = signals.next() => tracing::warn!("{signal}: quitting now"),
    }
}
