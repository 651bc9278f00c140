//! SIGHUP: the configuration is reloaded.

use super::exit;
use super::exit::Failure;
use super::observe::Readiness;
use super::signals::Hangups;
use servo_webhooks::{Configuration, Webhooks};
use std::convert::Infallible;
use tokio::task::spawn_blocking;

/// What is said when nothing changes.
const KEPT: &str = "configuration not reloaded; the previous one stays in force";

/// Reads the configuration again at every SIGHUP, each time in what `reading` makes; a wrong
/// one leaves the old one in force. From the call on, and not only once it is waited for,
/// SIGHUP does not end the program.
pub fn at_hangups<R: FnOnce() -> Result<Configuration, Failure> + Send + 'static>(
    webhooks: &Webhooks,
    readiness: &Readiness,
    reading: impl Fn() -> R,
) -> impl Future<Output = Infallible> {
    let mut hangups = Hangups::new();
    async move {
        loop {
            hangups.next().await;
            let done = reload(webhooks, reading()).await;
            readiness.note_configuration(done);
        }
    }
}

/// Reads the configuration again; says whether it is in force.
pub async fn reload(
    webhooks: &Webhooks,
    reading: impl FnOnce() -> Result<Configuration, Failure> + Send + 'static,
) -> bool {
    let trusting = webhooks.clone();
    let read = move || {
        let configuration = reading()?;
        // Both or neither: a configuration may need the certificates that came with it.
        trusting.reload_trust().map_err(Failure::unusable)?;
        Ok(configuration)
    };
    match spawn_blocking(read).await {
        Ok(Ok(configuration)) => {
            let count = configuration.webhooks().len();
            webhooks.reload(configuration);
            // As loud as the other signals: whoever sent it waits for this.
            tracing::warn!(webhooks = count, "SIGHUP: configuration reloaded");
            return true;
        }
        Ok(Err(failure)) => {
            exit::report(Err(failure));
            tracing::error!("SIGHUP: {KEPT}");
        }
        Err(error) => tracing::error!(%error, "SIGHUP: {KEPT}"),
    }
    webhooks.note_refused_reload();
    false
}
