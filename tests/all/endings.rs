//! A program that embeds the library is ended, a hundred times in each way that a program
//! can end in, while deliveries are in line, in flight, to be retried and being accepted. It
//! never hangs or aborts, and each delivery that was accepted is reported once.
//!
//! The program is this one, started again by each test.

use crate::support::responder::{Reply, Responder};
use servo_webhooks::{
    Allow, Configuration, Connector, DeliveryOutcome, DeliveryState, Event, Observer, Options,
    Reading, Results, Settlement, Webhooks,
};
use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

const ROUNDS: usize = 100;

/// Deliveries that are accepted in a round before it ends, and more while it does.
const LOAD: usize = 60;

/// Far more than a hundred rounds take.
const PATIENCE: Duration = Duration::from_secs(150);

/// Names the way in which the program that is started again ends.
const WAY: &str = "SERVO_WEBHOOKS_TEST_ENDING";

/// The exit code of the way that exits.
const CODE: i32 = 7;

#[test]
fn a_main_that_returns_by_an_error() {
    ended("a_main_that_returns_by_an_error", |stage| {
        let main = || -> Result<(), String> {
            let runtime = stage.runtime();
            runtime.block_on(async {
                let webhooks = stage.start();
                stage.load(&webhooks).await;
                Err("an error".to_owned())
            })
        };
        main().unwrap_err();
        stage.until_settled();
    });
}

#[test]
fn a_runtime_that_is_dropped() {
    ended("a_runtime_that_is_dropped", |stage| {
        let (runtime, webhooks) = stage.loaded();
        drop(runtime);
        stage.until_settled();
        drop(webhooks);
    });
}

#[test]
fn a_runtime_that_is_shut_down_in_the_background() {
    ended("a_runtime_that_is_shut_down_in_the_background", |stage| {
        let (runtime, webhooks) = stage.loaded();
        runtime.shutdown_background();
        stage.until_settled();
        drop(webhooks);
    });
}

#[test]
fn a_runtime_that_is_shut_down_in_time() {
    ended("a_runtime_that_is_shut_down_in_time", |stage| {
        let (runtime, webhooks) = stage.loaded();
        runtime.shutdown_timeout(Duration::from_millis(100));
        stage.until_settled();
        drop(webhooks);
    });
}

#[test]
fn a_drain() {
    ended("a_drain", |stage| {
        let (runtime, webhooks) = stage.loaded();
        let limit = Duration::from_millis(stage.round as u64 % 4);
        let undelivered = runtime.block_on(webhooks.drain(limit));
        stage.is_settled();
        assert_eq!(undelivered, stage.ledger.undelivered());
    });
}

#[test]
fn the_last_one_dropped() {
    ended("the_last_one_dropped", |stage| {
        let runtime = stage.runtime();
        runtime.block_on(async {
            let webhooks = stage.start();
            // Without others that hold a clone.
            for _ in 0..LOAD / 3 {
                stage.tell(&webhooks).await;
            }
            tokio::task::yield_now().await;
            drop(webhooks);
            stage.is_settled();
        });
    });
}

#[test]
fn a_panic_in_the_work() {
    ended("a_panic_in_the_work", |stage| {
        let (runtime, webhooks) = stage.loaded();
        let own = webhooks.clone();
        let working = runtime.spawn(async move {
            let work = async || -> ((), Results) { panic!("the work") };
            let _ = own.dispatch(&Event::new("measure").unwrap(), work).await;
        });
        assert!(runtime.block_on(working).unwrap_err().is_panic());
        drop((webhooks, runtime));
        stage.until_settled();
    });
}

#[test]
fn a_panic_in_the_observer() {
    ended("a_panic_in_the_observer", |stage| {
        stage.ledger.panics.store(1, Ordering::SeqCst);
        let (runtime, webhooks) = stage.loaded();
        let undelivered = runtime.block_on(webhooks.drain(Duration::ZERO));
        stage.is_settled();
        assert_eq!(undelivered, stage.ledger.undelivered());
    });
}

#[test]
fn a_second_runtime() {
    ended("a_second_runtime", |stage| {
        let (runtime, webhooks) = stage.loaded();
        drop(runtime);
        let second = stage.runtime();
        second.block_on(async {
            let (event, none) = (Event::new("measure").unwrap(), Results::new());
            let after = webhooks.after(&event, &none).await.unwrap();
            for webhook in &after.webhooks {
                assert_eq!(webhook.outcome, Settlement::Rejected);
                let error = webhook.error.as_deref().unwrap();
                assert!(error.starts_with("closed: the runtime"), "{error}");
            }
            let before = webhooks.before(&event).await.unwrap();
            let error = before.webhooks[0].error.as_deref().unwrap();
            assert!(error.starts_with("closed: the runtime"), "{error}");
            let undelivered = webhooks.drain(Duration::from_secs(60)).await;
            stage.is_settled();
            assert_eq!(undelivered, stage.ledger.undelivered());
        });
    });
}

/// Reports may be lost here, as the documentation says; the program ends all the same, and
/// says what it wants to.
#[test]
fn a_process_that_exits() {
    const NAME: &str = "a_process_that_exits";
    if std::env::var_os(WAY).is_some() {
        let responder = responder();
        let connector = Connector::built_in().unwrap();
        let stage = Stage::new(&connector, &responder, 0);
        let _loaded = stage.loaded();
        std::process::exit(CODE);
    }
    for _ in 0..ROUNDS / 4 {
        // Four at a time.
        let children: Vec<_> = (0..4).map(|_| again(NAME)).collect();
        for child in children {
            assert_eq!(wait(child), Some(CODE));
        }
    }
}

/// Starts this program again, to be ended in a way.
fn again(name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([&format!("endings::{name}"), "--exact", "--nocapture"])
        .env(WAY, name)
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Its exit code; none if it was aborted.
fn wait(mut child: Child) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Ends this program, started again, so many times.
fn ended(name: &str, way: impl Fn(&Stage<'_>)) {
    if std::env::var_os(WAY).is_none() {
        assert_eq!(wait(again(name)), Some(0), "see above");
        return;
    }
    // Those on purpose would fill the screen.
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload_as_str().unwrap_or_default();
        if said != "the work" && said != "the observer" {
            loud(panic);
        }
    }));
    let responder = responder();
    let connector = Connector::built_in().unwrap();
    for round in 0..ROUNDS {
        way(&Stage::new(&connector, &responder, round));
    }
}

fn responder() -> Responder {
    Responder::start_sink(|request| match request.path.as_str() {
        "/hangs" => Reply::Hang,
        "/fails" => Reply::status(503),
        _ => Reply::status(200),
    })
}

/// A round.
struct Stage<'a> {
    connector: &'a Connector,
    responder: &'a Responder,
    round: usize,
    ledger: Ledger,
    accepted: Arc<AtomicUsize>,
}

/// What is reported.
#[derive(Clone, Default)]
struct Ledger {
    settled: Arc<Mutex<HashMap<String, DeliveryState>>>,
    panics: Arc<AtomicUsize>,
    twice: Arc<AtomicUsize>,
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
    fn settled(&self) -> usize {
        self.settled.lock().unwrap().len()
    }

    fn undelivered(&self) -> usize {
        let settled = self.settled.lock().unwrap();
        let left = |state: &&DeliveryState| **state == DeliveryState::Undelivered;
        settled.values().filter(left).count()
    }
}

impl<'a> Stage<'a> {
    fn new(connector: &'a Connector, responder: &'a Responder, round: usize) -> Self {
        Self {
            connector,
            responder,
            round,
            ledger: Ledger::default(),
            accepted: Arc::default(),
        }
    }

    /// Of several threads and of one in turn.
    fn runtime(&self) -> Runtime {
        let mut builder = match self.round % 2 {
            0 => Builder::new_multi_thread(),
            _ => Builder::new_current_thread(),
        };
        builder.worker_threads(2).enable_all().build().unwrap()
    }

    fn start(&self) -> Webhooks {
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
            &Reading::default(),
        );
        let mut options = Options::default();
        options.allow = Allow::parse(["loopback"]).unwrap();
        Webhooks::start(self.connector, read.unwrap(), options, self.ledger.clone()).unwrap()
    }

    /// A runtime with webhooks that are at work.
    fn loaded(&self) -> (Runtime, Webhooks) {
        let runtime = self.runtime();
        let webhooks = runtime.block_on(async {
            let webhooks = self.start();
            self.load(&webhooks).await;
            webhooks
        });
        (runtime, webhooks)
    }

    /// Has events told and asked about by tasks that do not end by themselves.
    async fn load(&self, webhooks: &Webhooks) {
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

    async fn tell(&self, webhooks: &Webhooks) {
        tell(webhooks, &self.accepted).await;
    }

    /// Each delivery that was accepted has been reported by now, once.
    fn is_settled(&self) {
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
    fn until_settled(&self) {
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
async fn tell(webhooks: &Webhooks, accepted: &AtomicUsize) {
    let (event, none) = (Event::new("measure").unwrap(), Results::new());
    let outcome = webhooks.after(&event, &none).await.unwrap();
    let taken = outcome.webhooks.iter();
    let taken = taken.filter(|webhook| webhook.outcome == Settlement::Accepted);
    accepted.fetch_add(taken.count(), Ordering::SeqCst);
}
