//! A program that embeds the library is ended, a hundred times in each way that a program
//! can end in, while deliveries are in line, in flight, to be retried and being accepted. It
//! never hangs or aborts, and each delivery that was accepted is reported once.
//!
//! The program is this one, started again by each test.

mod stage;

use crate::support::responder::{Reply, Responder};
use servo_webhooks::{Connector, Event, Results, WebhookStatus};
use stage::Stage;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

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
        let undelivered = runtime.block_on(webhooks.shutdown(limit));
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
        let undelivered = runtime.block_on(webhooks.shutdown(Duration::ZERO));
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
                assert_eq!(webhook.outcome, WebhookStatus::Rejected);
                let error = webhook.error.as_deref().unwrap();
                assert!(error.starts_with("closed: the runtime"), "{error}");
            }
            let before = webhooks.before(&event).await.unwrap();
            let error = before.webhooks[0].error.as_deref().unwrap();
            assert!(error.starts_with("closed: the runtime"), "{error}");
            let undelivered = webhooks.shutdown(Duration::from_secs(60)).await;
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
        .args([
            &format!("embedder_endings::{name}"),
            "--exact",
            "--nocapture",
        ])
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
