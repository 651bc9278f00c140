//! SIGINT and SIGTERM, one after the other.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for the signals that end the program.
pub struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Signals {
    /// From here on they do not end the program by themselves.
    pub fn new() -> Self {
        let catch = |kind, name: &str| {
            signal(kind)
                .inspect_err(|error| tracing::warn!(%error, "{name} cannot be caught"))
                .ok()
        };
        Self {
            interrupt: catch(SignalKind::interrupt(), "SIGINT"),
            terminate: catch(SignalKind::terminate(), "SIGTERM"),
        }
    }

    /// The next one, by name.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            () = wait(&mut self.interrupt) => "SIGINT",
            () = wait(&mut self.terminate) => "SIGTERM",
        }
    }
}

async fn wait(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
