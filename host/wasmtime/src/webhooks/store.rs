//! The store of webhooks.

use crate::config::configuration::Configuration;
use crate::delivery::delivery_queue::DeliveryQueue;
use crate::delivery::reports::Reports;
use crate::delivery::{forgotten, loader};
use crate::ledger::Ledger;
use crate::options::Options;
use crate::webhooks::start_error::StartError;
use std::sync::Arc;
use std::time::Duration;

/// A disk that takes nothing for so long is not waited for at the end.
const CLOSING: Duration = Duration::from_secs(10);

/// Opens the store that the options name. Nothing of it is touched for a configuration that it
/// cannot be used with.
pub(crate) fn open(
    configuration: &Configuration,
    options: &Options,
) -> Result<Option<Arc<Ledger>>, StartError> {
    let Some(store) = &options.store else {
        return Ok(None);
    };
    if let Some(unnamed) = configuration.unnamed() {
        return Err(StartError::Unnamed(unnamed.label()));
    }
    let ledger = Ledger::open(store)?;
    for webhook in configuration.webhooks() {
        if ledger.was_gone(webhook) {
            let label = webhook.label();
            tracing::error!(
                webhook = label,
                "still switched off: it answered 410 before the restart; a reload switches it on"
            );
            webhook.state().switch_off();
        }
    }
    Ok(Some(ledger))
}

/// Writes what is to be written, and gives the store up.
pub(crate) async fn close(reports: &Reports) {
    let Some(ledger) = reports.shared_ledger() else {
        return;
    };
    let closed = tokio::task::spawn_blocking(move || ledger.close(CLOSING)).await;
    if closed.is_err() {
        tracing::error!("the store was not closed: the runtime has ended");
    }
}

/// Starts loading what is only on disk; `current` gives the configuration that the next event
/// meets, as long as there is one.
pub(crate) fn load(
    queue: &Arc<DeliveryQueue>,
    ledger: Arc<Ledger>,
    current: impl Fn() -> Option<Arc<Configuration>> + Send + Sync + 'static,
) {
    let find = move |name: &str| {
        let configuration = current().ok_or("the webhooks have ended")?;
        let mut webhooks = configuration.webhooks().iter();
        let webhook = webhooks.find(|one| one.name.as_deref() == Some(name));
        let webhook = webhook.ok_or("its webhook is not configured any more")?;
        if configuration.is_in_use(webhook) {
            Ok(Arc::clone(webhook))
        } else {
            Err("its webhook is disabled")
        }
    };
    queue.spawn(forgotten::run(Arc::downgrade(queue), Arc::clone(&ledger)));
    queue.spawn(loader::run(Arc::downgrade(queue), ledger, Box::new(find)));
}
