//! A round: webhooks at work, and what they report.

use super::{LOAD, PATIENCE};
use crate::support::responder::Responder;
use servo_webhooks::{
    Allow, Configuration, Connector, DeliveryOutcome, DeliveryStatus, Event, LoadOptions, Observer,
    Options, Results, WebhookStatus, Webhooks,
};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

/// A round.
pub struct Stage<'a> {
    pub connector: &'a Connector,
    pub responder: &'a Responder,
    pub round: usize,
    pub ledger: Ledger,
    pub accepted: Arc<AtomicUsize>,
}

/// What is reported.
#[derive(Clone, Default)]
pub struct Ledger {
    pub settled: Arc<Mutex<HashMap<String, DeliveryStatus>>>,
    pub panics: Arc<AtomicUsize>,
    pub twice: Arc<AtomicUsize>,
}

impl Observer for Ledger {
    fn delivery(&self, outcome: DeliveryOutcome) {
        let known = {
            let mut settled = self.settled.lock().unwrap();
            settled.insert(outcome.delivery, outcome.outcome)
        };
        if known.is_some() {
            self.twice.fetch_add(1, Ordering::SeqCst);
        }
        if self.panics.load(Ordering::SeqCst) > 0 {
            panic!("the observer");
        }
    }
}

impl Ledger {
    pub fn settled(&self) -> usize {
        self.settled.lock().unwrap().len()
    }

    pub fn undelivered(&self) -> usize {
        let settled = self.settled.lock().unwrap();
        let left = |state: &&DeliveryStatus| **state == DeliveryStatus::Undelivered;
        settled.values().filter(left).count()
    }
}

impl<'a> Stage<'a> {
    pub fn new(connector: &'a Connector, responder: &'a Responder, round: usize) -> Self {
        Self {
            connector,
            responder,
            round,
            ledger: Ledger::default(),
            accepted: Arc::default(),
        }
    }

    /// Of several threads and of one in turn.
    pub fn runtime(&self) -> Runtime {
        let mut builder = match self.round % 2 {
            0 => Builder::new_multi_thread(),
            _ => Builder::new_current_thread(),
        };
        builder.worker_threads(2).enable_all().build().unwrap()
    }

    pub fn start(&self) -> Webhooks {
        let webhook = |(path, events): (&str, &str)| {
            let url = self.responder.url(path);
            format!("- {{events: [{events}], url: '{url}', secret: s}}\n")
        };
        let yaml = [
            ("/quick", "after:measure, before:measure"),
            ("/hangs", "after:measure"),
            ("/fails", "after:measure"),
        ]
        .map(webhook)
        .concat();
        let read = Configuration::read(
            self.connector,
            "test.yaml",
            Path::new(""),
            yaml.as_bytes(),
            &LoadOptions::default(),
        );
        let mut options = Options::default();
        options.allow = Allow::parse(["loopback"]).unwrap();
        Webhooks::start(read.unwrap(), options, self.ledger.clone()).unwrap()
    }

    /// A runtime with webhooks that are at work.
    pub fn loaded(&self) -> (Runtime, Webhooks) {
        let runtime = self.runtime();
        let webhooks = runtime.block_on(async {
            let webhooks = self.start();
            self.load(&webhooks).await;
            webhooks
        });
        (runtime, webhooks)
    }

    /// Has events told and asked about by tasks that do not end by themselves.
    pub async fn load(&self, webhooks: &Webhooks) {
        for _ in 0..3 {
            let (telling, accepted) = (webhooks.clone(), Arc::clone(&self.accepted));
            let asking = webhooks.clone();
            tokio::spawn(async move {
                loop {
                    tell(&telling, &accepted).await;
                    match accepted.load(Ordering::SeqCst) {
                        ..LOAD => tokio::task::yield_now().await,
                        // To go on, and to leave the processor to others.
                        _ => sleep(Duration::from_millis(1)).await,
                    }
                }
            });
            tokio::spawn(async move {
                loop {
                    let _ = asking.before(&Event::new("measure").unwrap()).await;
                    sleep(Duration::from_millis(1)).await;
                }
            });
        }
        while self.accepted.load(Ordering::SeqCst) < LOAD {
            sleep(Duration::from_millis(1)).await;
        }
    }

    pub async fn tell(&self, webhooks: &Webhooks) {
        tell(webhooks, &self.accepted).await;
    }

    /// Each delivery that was accepted has been reported by now, once.
    pub fn is_settled(&self) {
        let settled = self.ledger.settled();
        let (began, accepted) = (Instant::now(), || self.accepted.load(Ordering::SeqCst));
        // A thread may have been accepted and not have counted yet.
        while accepted() < settled && began.elapsed() < PATIENCE / 2 {
            std::thread::yield_now();
        }
        assert_eq!(settled, accepted(), "round {}", self.round);
        assert_eq!(self.ledger.twice.load(Ordering::SeqCst), 0);
    }

    /// The same, in a moment: nobody waited for the observer.
    pub fn until_settled(&self) {
        let began = Instant::now();
        while self.ledger.settled() < self.accepted.load(Ordering::SeqCst) {
            assert!(began.elapsed() < PATIENCE / 2, "reports are missing");
            std::thread::sleep(Duration::from_millis(1));
        }
        self.is_settled();
    }
}

/// Tells of an event. What is accepted counts in the same step, or a task that is dropped
/// would not count it.
pub async fn tell(webhooks: &Webhooks, accepted: &AtomicUsize) {
    let (event, none) = (Event::new("measure").unwrap(), Results::new());
    let outcome = webhooks.after(&event, &none).await.unwrap();
    let taken = outcome.webhooks.iter();
    let taken = taken.filter(|webhook| webhook.outcome == WebhookStatus::Accepted);
    accepted.fetch_add(taken.count(), Ordering::SeqCst);
}
