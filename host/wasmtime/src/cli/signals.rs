//! SIGINT and SIGTERM, one after the other, and SIGHUP.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for the signals that end the program.
pub struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

/// Waits for SIGHUP.
pub struct Hangups(Option<Signal>);

impl Signals {
    /// From here on they do not end the program by themselves.
    pub fn new() -> Self {
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

impl Hangups {
    /// From here on it does not end the program.
    pub fn new() -> Self {
        Self(catch(SignalKind::hangup(), "SIGHUP"))
    }

    /// The next one; several at once may be one.
    pub async fn next(&mut self) {
        wait(&mut self.0).await;
    }
}

fn catch(kind: SignalKind, name: &str) -> Option<Signal> {
    signal(kind)
        .inspect_err(|error| tracing::warn!(%error, "{name} cannot be caught"))
        .ok()
}

async fn wait(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
