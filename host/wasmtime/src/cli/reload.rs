//! SIGHUP: the configuration is reloaded.

use super::args::Config;
use super::exit::Failure;
use super::signals::Hangups;
use super::{exit, setup};
use servo_webhooks::{Connector, Purpose, Webhooks};
use std::convert::Infallible;
use tokio::task::spawn_blocking;

/// What is said when nothing changes.
const KEPT: &str = "configuration not reloaded; the previous one stays in force";

/// Reads the configuration anew at every SIGHUP; a wrong one leaves the old one in force.
/// From the call on, and not only once it is waited for, SIGHUP does not end the program.
pub fn at_hangups(
    connector: &Connector,
    config: &Config,
    webhooks: &Webhooks,
) -> impl Future<Output = Infallible> {
    let mut hangups = Hangups::new();
    async move {
        loop {
            hangups.next().await;
            reload(connector, config, webhooks).await;
        }
    }
}

/// Reads the configuration anew; says whether it is in force.
pub async fn reload(connector: &Connector, config: &Config, webhooks: &Webhooks) -> bool {
    let (connector, config, trusting) = (connector.clone(), config.clone(), webhooks.clone());
    let read = move || {
        let configuration = setup::configuration(&connector, &config, Purpose::Send)?;
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
    false
}
