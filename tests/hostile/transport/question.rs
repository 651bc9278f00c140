//! Questions before an event, with the defaults, to somebody who vetoes everything.

use super::Tally;
use super::behaviour::{Case, Speech};
use crate::authority::Authority;
use crate::webhooks;
use fastrand::Rng;
use futures_util::{StreamExt, stream};
use serde_json::json;
use servo_webhooks::{Connector, Event, EventDecision, EventOutcome, WebhookStatus, Webhooks};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Whoever asks.
pub struct Asking {
    webhooks: Webhooks,
}

impl Asking {
    pub fn new(
        connector: &Connector,
        authority: &Authority,
        address: SocketAddr,
        speech: Speech,
    ) -> Self {
        let scheme = if speech.tls { "https" } else { "http" };
        let version = match speech {
            Speech { http2: false, .. } => ", http_version: 1.1",
            // By what the two agree on.
            Speech { tls: true, .. } => "",
            Speech { .. } => ", http_version: 2",
        };
        let yaml = format!(
            "- {{name: hook, events: before:adjust, url: '{scheme}://{address}/', secret: s{version}}}\n"
        );
        let read = webhooks::read(connector, &yaml);
        let mut options = webhooks::loopback();
        options.ca_file = Some(authority.file());
        let webhooks = Webhooks::start(read.unwrap(), options, ()).unwrap();
        Self { webhooks }
    }

    /// Asks all questions of a case.
    pub async fn ask_all(&self, case: &Case, seed: u64) -> Tally {
        let mut random = Rng::with_seed(seed);
        let mut tally = Tally::default();
        match case.pause {
            None => tally.add(self.ask(case.questions, case.in_flight, case.padding).await),
            Some(pause) => {
                for _ in 0..case.questions / case.in_flight {
                    tally.add(self.ask(case.in_flight, case.in_flight, case.padding).await);
                    // Just when it ends.
                    sleep(pause - WITHIN / 4 + WITHIN.mul_f64(random.f64())).await;
                }
            }
        }
        tally
    }

    /// Asks so many questions, and so many of them at a time.
    pub async fn ask(&self, questions: usize, in_flight: usize, padding: usize) -> Tally {
        let padding = "x".repeat(padding);
        let asked = (0..questions).map(async |number| {
            let event = Event::new("adjust").unwrap();
            let event = event.with_id(&format!("question {number}")).unwrap();
            let event = event.with_parameters(&json!({ "padding": &padding }));
            let started = Instant::now();
            let outcome = self.webhooks.before(&event.unwrap()).await.unwrap();
            lost(&outcome.into())
                .map(|why| format!("question {number}, {:?}: {why}", started.elapsed()))
        });
        let asked = stream::iter(asked).buffer_unordered(in_flight);
        Tally {
            questions,
            lost: asked.filter_map(async |lost| lost).collect().await,
            disturbances: 0,
        }
    }

    pub async fn end(self) {
        self.webhooks.shutdown(Duration::ZERO).await;
    }
}

/// How far from its time a question comes to a connection that is about to end.
const WITHIN: Duration = Duration::from_millis(20);

/// Why it is no cancel at the first attempt, if it is none.
fn lost(outcome: &EventOutcome) -> Option<String> {
    let webhook = &outcome.webhooks[0];
    let heard = outcome.outcome == EventDecision::Cancelled
        && webhook.outcome == WebhookStatus::Cancelled
        && webhook.attempts == 1;
    (!heard).then(|| {
        format!(
            "{:?} after {} attempts: {}",
            webhook.outcome,
            webhook.attempts,
            webhook.error.as_deref().unwrap_or("no error")
        )
    })
}
