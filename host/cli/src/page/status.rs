//! How webhooks are, as the library says it.

use servo_webhooks::{BreakerState, Webhooks};
use std::time::{Duration, SystemTime};

/// How a webhook is.
pub struct Status {
    pub name: Option<String>,
    pub index: usize,
    pub origin: Option<String>,
    pub enabled: bool,
    pub listens: Vec<String>,
    pub switched_off: Option<String>,
    pub paused: Option<SystemTime>,
    pub breaker: BreakerState,
    pub waiting: usize,
    pub in_flight: usize,
    pub oldest_waiting: Option<Duration>,
    pub counts: Option<Counts>,
}

/// What was counted of a webhook since the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    pub delivered: u64,
    pub failed: u64,
    pub proceeded: u64,
    pub cancelled: u64,
    pub failed_open: u64,
    pub failed_closed: u64,
    pub attempts: Vec<(&'static str, u64)>,
    /// So many took at most so many seconds.
    pub durations: Vec<(f64, u64)>,
    /// In seconds.
    pub duration_sum: f64,
}

impl Status {
    /// As records and metrics name it.
    pub fn label(&self) -> String {
        self.name
            .clone()
            .unwrap_or_else(|| format!("#{}", self.index))
    }
}

/// All webhooks, in the order of the configuration.
pub fn all(webhooks: &Webhooks) -> Vec<Status> {
    let configuration = webhooks.configuration();
    let status = |webhook: &std::sync::Arc<servo_webhooks::Webhook>| {
        let channels = webhook
            .channels
            .iter()
            .map(|channel| format!("channel:{channel}"));
        Status {
            name: webhook.name.clone(),
            index: webhook.index,
            origin: webhook.origin(),
            enabled: webhook.enabled,
            listens: webhook.events.iter().cloned().chain(channels).collect(),
            switched_off: webhook.switched_off(),
            paused: None,
            breaker: webhook.breaker(),
            waiting: 0,
            in_flight: 0,
            oldest_waiting: None,
            counts: None,
        }
    };
    configuration.webhooks().iter().map(status).collect()
}

/// Pauses a webhook, or resumes it; whether that changed anything.
pub fn set_paused(_webhooks: &Webhooks, _name: &str, _paused: bool) -> Result<bool, String> {
    Err("a webhook cannot be paused".to_owned())
}
