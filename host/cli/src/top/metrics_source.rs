//! Reads the metrics of a program.

use super::exposition::{self, Metric};
use super::sample::{Breaker, Latency, Program, Sample, State, Webhook};
use crate::nearby;
use http::{HeaderMap, Method, StatusCode};
use servo_webhooks::__internal::outbound::{Client, Ending, Outgoing, Target, Urgency, Version};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How all names begin.
const PREFIX: &str = "servo_webhooks_";

/// Bytes of the metrics of some thousands of webhooks.
const LONGEST: usize = 64 << 20;

/// A program beside this one answers at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where metrics are.
pub struct MetricsSource {
    client: Client,
    target: Target,
}

impl MetricsSource {
    /// In a runtime. Whoever names it allows its host.
    pub fn new(text: &str) -> anyhow::Result<Self> {
        let (client, target) = nearby::client("--metrics", &url(text))?;
        Ok(Self { client, target })
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        self.target.origin()
    }

    /// Reads them.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn sample(&self) -> Result<Sample, String> {
        let told = timeout(PATIENCE, self.read()).await;
        let told = told.unwrap_or_else(|_| Err("no answer within 5s".to_owned()));
        let text = told.map_err(|why| format!("{}: {why}", self.origin()))?;
        let metrics = exposition::parse(&text);
        let metrics = metrics.map_err(|line| self.foreign(&format!("line {line} is no metric")))?;
        if !metrics.iter().any(|one| one.name.starts_with(PREFIX)) {
            return Err(self.foreign("none begins with servo_webhooks_"));
        }
        Ok(sample(&metrics))
    }

    fn foreign(&self, why: &str) -> String {
        format!(
            "{}: not the metrics of servo-webhooks: {why}",
            self.origin()
        )
    }

    async fn read(&self) -> Result<String, String> {
        let outgoing = Outgoing {
            target: &self.target,
            version: Version::Auto,
            method: Method::GET,
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            urgency: Urgency::Question,
        };
        let answer = self.client.send(outgoing, None).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status != StatusCode::OK {
            return Err(format!("answered {}", answer.status.as_u16()));
        }
        let body = answer.read(LONGEST).await;
        if body.ending != Ending::Whole {
            return Err("its answer broke off".to_owned());
        }
        String::from_utf8(body.bytes.into()).map_err(|_| "its answer is not text".to_owned())
    }
}

/// An address is that of the option with the same name: where a program listens.
fn url(text: &str) -> String {
    let text = text.trim();
    if text.contains("://") {
        // Nothing but a host means its metrics.
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let has_path = rest.trim_end_matches('/').contains('/');
        return match has_path {
            true => text.to_owned(),
            false => format!("{}/metrics", text.trim_end_matches('/')),
        };
    }
    match text.parse::<SocketAddr>() {
        // Listening everywhere is listening here.
        Ok(address) if address.ip().is_unspecified() => match address {
            SocketAddr::V4(_) => format!("http://127.0.0.1:{}/metrics", address.port()),
            SocketAddr::V6(_) => format!("http://[::1]:{}/metrics", address.port()),
        },
        _ => format!("http://{text}/metrics"),
    }
}

fn sample(metrics: &[Metric<'_>]) -> Sample {
    let mut webhooks: BTreeMap<&str, Webhook> = BTreeMap::new();
    let mut program = Program::default();
    let mut oldest = BTreeMap::new();
    for metric in metrics {
        let Some(name) = metric.name.strip_prefix(PREFIX) else {
            continue;
        };
        let label = metric.label("webhook");
        if label.is_empty() {
            of_program(&mut program, name, metric);
            continue;
        }
        let webhook = webhooks.entry(label).or_default();
        if name == "oldest_waiting_seconds" {
            oldest.insert(label, metric.value);
        } else {
            of_webhook(webhook, name, metric);
        }
    }
    let webhooks = webhooks.into_iter().map(|(name, mut webhook)| {
        name.clone_into(&mut webhook.name);
        if let Latency::Buckets(buckets) = &mut webhook.latency {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        }
        let oldest = oldest.get(name).copied().filter(|_| webhook.waiting > 0.0);
        webhook.oldest = oldest.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        webhook
    });
    Sample {
        at: Instant::now(),
        webhooks: webhooks.collect(),
        program,
    }
}

fn of_webhook(webhook: &mut Webhook, name: &str, metric: &Metric<'_>) {
    let (value, counts) = (metric.value, &mut webhook.counts);
    match name {
        "deliveries_total" => match metric.label("outcome") {
            "delivered" => counts.delivered += value,
            _ => counts.failed += value,
        },
        "answers_total" => {
            counts.asked += value;
            match metric.label("result") {
                "cancelled" => counts.vetoed += value,
                "failed_open" => counts.failed_open += value,
                _ => {}
            }
        }
        "attempt_duration_seconds_bucket" => {
            let Ok(bound) = metric.label("le").parse() else {
                return;
            };
            match &mut webhook.latency {
                Latency::Buckets(buckets) => buckets.push((bound, value)),
                known => *known = Latency::Buckets(vec![(bound, value)]),
            }
        }
        "waiting" => webhook.waiting = value,
        "breaker_state" if value > 0.0 => {
            webhook.breaker = match metric.label("state") {
                "closed" => Some(Breaker::Closed),
                "open" => Some(Breaker::Open),
                "half_open" => Some(Breaker::HalfOpen),
                _ => None,
            };
        }
        "paused" | "switched_off" => {
            let state = match name {
                _ if value <= 0.0 => State::On,
                "paused" => State::Paused,
                _ => State::Off,
            };
            // What is off is not also paused.
            if webhook.state != Some(State::Off) && state != State::On || webhook.state.is_none() {
                webhook.state = Some(state);
            }
        }
        _ => {}
    }
}

fn of_program(program: &mut Program, name: &str, metric: &Metric<'_>) {
    let value = metric.value;
    let add = |known: &mut Option<f64>| *known = Some(known.unwrap_or_default() + value);
    match name {
        "events_total" => add(&mut program.events),
        "decisions_total" => match metric.label("result") {
            "cancelled" => add(&mut program.cancelled),
            "failed_open" => add(&mut program.failed_open),
            _ => {}
        },
        "queue_full_total" => program.queue_full = Some(value),
        "dead_letters" => program.dead_letters = Some(value),
        "store_size_bytes" => program.store_bytes = Some(value),
        "store_limit_bytes" => program.store_limit = Some(value),
        "store_accepting" => program.store_accepting = Some(value > 0.0),
        "last_reload_successful" => program.reload_successful = Some(value > 0.0),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_the_program() {
        for (text, expected) in [
            ("127.0.0.1:9464", "http://127.0.0.1:9464/metrics"),
            ("0.0.0.0:9464", "http://127.0.0.1:9464/metrics"),
            ("[::]:9464", "http://[::1]:9464/metrics"),
            ("[::1]:9464", "http://[::1]:9464/metrics"),
            ("servo:9464", "http://servo:9464/metrics"),
            ("http://servo:9464", "http://servo:9464/metrics"),
            ("https://servo/", "https://servo/metrics"),
            ("https://servo/a/metrics?b=1", "https://servo/a/metrics?b=1"),
        ] {
            assert_eq!(url(text), expected, "{text}");
        }
    }
}
