//! SIGHUP: the configuration is read anew.

use super::args::Config;
use super::signals::Hangups;
use super::{exit, setup};
use servo_webhooks::{Connector, Purpose, Webhooks};
use std::convert::Infallible;
use tokio::task::spawn_blocking;

/// Reads the configuration anew at every SIGHUP; a wrong one leaves the old one in force.
pub async fn at_hangups(connector: &Connector, config: &Config, webhooks: &Webhooks) -> Infallible {
    let mut hangups = Hangups::new();
    loop {
        hangups.next().await;
        reload(connector.clone(), config.clone(), webhooks).await;
    }
}

async fn reload(connector: Connector, config: Config, webhooks: &Webhooks) {
    let read = move || setup::configuration(&connector, &config, Purpose::Send);
    match spawn_blocking(read).await {
        Ok(Ok(configuration)) => {
            let count = configuration.webhooks().len();
            webhooks.reload(configuration);
            // As loud as the other signals: whoever sent it waits for this.
            tracing::warn!(webhooks = count, "SIGHUP: the configuration was read anew");
        }
        Ok(Err(failure)) => {
            exit::report(Err(failure));
            tracing::error!("SIGHUP: the configuration stays as it was");
        }
        Err(error) => {
            tracing::error!(%error, "SIGHUP: the configuration stays as it was");
        }
    }
}
