//! The library as a servo host uses it.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::sabotage::{Fault, sabotage};
use futures_util::FutureExt;
use servo_webhooks::{
    Allow, Component, Configuration, Connector, Decision, DeliveryOutcome, DeliveryState,
    Dispatched, Event, Message, Observer, Options, Publication, Reading, Results, Settlement,
    StartError, Webhooks,
};
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Notes {
    deliveries: Arc<Mutex<Vec<DeliveryOutcome>>>,
    publications: Arc<Mutex<Vec<Publication>>>,
}

impl Observer for Notes {
    fn delivery(&self, outcome: DeliveryOutcome) {
        self.deliveries.lock().unwrap().push(outcome);
    }

    fn publication(&self, publication: Publication) {
        self.publications.lock().unwrap().push(publication);
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    options
}

fn start(connector: &Connector, yaml: &str, options: Options, notes: &Notes) -> Webhooks {
    let read = Configuration::read(
        connector,
        "test.yaml",
        Path::new(""),
        yaml.as_bytes(),
        &Reading::default(),
    );
    Webhooks::start(connector, read.unwrap(), options, notes.clone()).unwrap()
}

fn both_sides(url: &str, more: &str) -> String {
    format!(
        "- {{name: hook, events: [before:adjust, after:adjust], channels: news, response_channel: answers, url: '{url}', secret: s{more}}}\n"
    )
}

#[tokio::test]
async fn dispatch_wraps_an_event_whole() {
    let responder = Responder::start(|_| Reply::typed(200, "text/plain", "seen"));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ""),
        options(),
        &notes,
    );
    let event = Event::new("adjust").unwrap().with_id("e1").unwrap();
    let work = async || {
        (
            42,
            Results::new()
                .with("web", &serde_json::json!({"components": []}))
                .unwrap(),
        )
    };
    let Dispatched::Done {
        value,
        before,
        after,
    } = webhooks.dispatch(&event, work).await.unwrap()
    else {
        panic!("not cancelled by anyone")
    };
    assert_eq!(
        (value, before.outcome, after.outcome),
        (42, Decision::Proceed, Decision::Accepted)
    );
    assert_eq!(webhooks.drain(Duration::from_secs(30)).await, 0);
    let received = responder.received();
    assert_eq!(received[0].header("x-servo-event"), "before:adjust");
    assert_eq!(
        received[1].json()["results"],
        serde_json::json!([{"connector": "web", "value": {"components": []}}])
    );
    assert!(
        received.iter().all(|request| request.json()["id"] == "e1"),
        "both sides are one event"
    );
    let deliveries = notes.deliveries.lock().unwrap();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].outcome, DeliveryState::Delivered);
    assert_eq!(notes.publications.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_cancelled_event_is_not_begun_and_not_told() {
    let responder = Responder::start(|_| Reply::cancel("not today"));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ""),
        options(),
        &notes,
    );
    let work = async || -> ((), Results) { panic!("the work was begun") };
    let outcome = webhooks
        .dispatch(&Event::new("adjust").unwrap(), work)
        .await
        .unwrap();
    let Dispatched::Cancelled(before) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(before.reason.as_deref(), Some("not today"));
    assert_eq!(before.webhooks[0].outcome, Settlement::Cancelled);
    assert_eq!(webhooks.drain(Duration::from_secs(30)).await, 0);
    assert_eq!(
        responder.received().len(),
        1,
        "nothing after a cancelled event"
    );
}

#[tokio::test]
async fn after_returns_before_anything_is_answered() {
    let responder = Responder::start(|_| Reply::Hang);
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ", timeout: 1h"),
        options(),
        &notes,
    );
    let message = Message::new("news", "text/plain", "hello").unwrap();
    assert_eq!(
        webhooks.message(&message).await.unwrap().outcome,
        Decision::Accepted
    );
    let outcome = webhooks
        .after(&Event::new("adjust").unwrap(), &Results::new())
        .await
        .unwrap();
    assert_eq!(outcome.webhooks[0].outcome, Settlement::Accepted);
    assert_eq!(webhooks.waiting(), 2);
    assert_eq!(webhooks.drain(Duration::from_millis(50)).await, 2);
    let deliveries = notes.deliveries.lock().unwrap();
    assert_eq!(deliveries.len(), 2);
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.outcome == DeliveryState::Undelivered)
    );
}

#[tokio::test]
async fn what_comes_after_the_end_is_rejected_as_closed_and_nobody_is_asked() {
    let responder = Responder::start(|_| Reply::status(200));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ", on_error: cancel"),
        options(),
        &notes,
    );
    assert_eq!(webhooks.drain(Duration::ZERO).await, 0);
    let event = Event::new("adjust").unwrap();
    let message = Message::new("news", "text/plain", "hello").unwrap();
    for told in [
        webhooks.after(&event, &Results::new()).await.unwrap(),
        webhooks.message(&message).await.unwrap(),
    ] {
        assert_eq!(told.outcome, Decision::Rejected);
        assert_eq!(told.webhooks[0].outcome, Settlement::Rejected);
        let error = told.webhooks[0].error.as_deref().unwrap();
        assert!(error.starts_with("closed: "), "{error}");
    }
    let asked = webhooks.before(&event).await.unwrap();
    assert_eq!(asked.outcome, Decision::Cancelled, "as on_error says");
    assert_eq!(asked.webhooks[0].outcome, Settlement::NoAnswer);
    let error = asked.webhooks[0].error.as_deref().unwrap();
    assert!(error.starts_with("closed: "), "{error}");
    assert_eq!(webhooks.drain(Duration::ZERO).await, 0);
    assert!(notes.deliveries.lock().unwrap().is_empty());
    assert!(responder.received().is_empty());
}

/// A guest that fails fails its call: the event is settled, the fault is named, the host
/// goes on.
#[tokio::test]
async fn a_broken_connector_fails_its_call_alone() {
    let responder = Responder::start(|_| Reply::status(200));
    let ours = Component::built_in();
    for (function, fault, says) in [
        ("render", Fault::Trap, "the connector's render trapped"),
        (
            "render",
            Fault::Loop,
            "the connector's render ran longer than",
        ),
        ("render", Fault::Grow, "the connector's render"),
        (
            "render",
            Fault::Return(vec![9; 48]),
            "the connector's render",
        ),
        ("judge", Fault::Trap, "the connector's judge trapped"),
        (
            "judge",
            Fault::Loop,
            "the connector's judge ran longer than",
        ),
        ("select", Fault::Trap, "the connector's select trapped"),
    ] {
        let broken = Component::from_bytes("broken", sabotage(ours.bytes(), function, &fault));
        let connector = Connector::new(&broken).unwrap();
        for (on_error, decision) in [
            ("proceed", Decision::Proceed),
            ("cancel", Decision::Cancelled),
        ] {
            let notes = Notes::default();
            let yaml = both_sides(
                &responder.url("/"),
                &format!(", on_error: {on_error}, backoff: false"),
            );
            let webhooks = start(&connector, &yaml, options(), &notes);
            let event = Event::new("adjust").unwrap();
            for _ in 0..2 {
                let outcome = webhooks.before(&event).await.unwrap();
                assert_eq!(
                    outcome.outcome, decision,
                    "{function} {fault:?}: {outcome:?}"
                );
                let webhook = &outcome.webhooks[0];
                assert_eq!(webhook.outcome, Settlement::NoAnswer);
                let error = webhook.error.as_deref().unwrap();
                assert!(error.contains(says), "{function} {fault:?}: {error}");
            }
            webhooks.after(&event, &Results::new()).await.unwrap();
            assert_eq!(webhooks.drain(Duration::from_secs(30)).await, 0);
            let deliveries = notes.deliveries.lock().unwrap();
            assert_eq!(deliveries.len(), 1, "{function} {fault:?}");
            assert_eq!(deliveries[0].outcome, DeliveryState::Failed);
            assert!(
                deliveries[0].error.as_deref().unwrap().contains(says),
                "{deliveries:?}"
            );
        }
    }
}

#[test]
fn a_connector_that_cannot_read_configurations_says_so() {
    let ours = Component::built_in();
    for (function, fault, says) in [
        (
            "parse-config",
            Fault::Trap,
            "the connector's parse-config trapped",
        ),
        (
            "parse-config",
            Fault::Loop,
            "the connector's parse-config ran longer than 1000 ms",
        ),
        ("sign", Fault::Trap, "the connector's sign trapped"),
    ] {
        let broken = Component::from_bytes("broken", sabotage(ours.bytes(), function, &fault));
        let connector = Connector::new(&broken).unwrap();
        let yaml = both_sides("https://example.com/", "");
        let read = Configuration::read(
            &connector,
            "test.yaml",
            Path::new(""),
            yaml.as_bytes(),
            &Reading::default(),
        );
        let error = read.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn the_example_runs() {
    let example = crate::support::program::binary()
        .parent()
        .unwrap()
        .join("examples/embed");
    if !example.exists() {
        return crate::support::missing("the example `embed`, which plain `cargo test` builds,");
    }
    let responder = Responder::start(|request| match request.path.as_str() {
        "/cancel" => Reply::cancel("not on a Friday"),
        _ => Reply::status(200),
    });
    for (path, expected) in [
        ("/proceed", "adjusted\n0 deliveries were given up\n"),
        (
            "/cancel",
            "cancelled: not on a Friday\n0 deliveries were given up\n",
        ),
    ] {
        let program = Program::new(&both_sides(&responder.url(path), ""));
        let output = Command::new(&example)
            .current_dir(program.path(""))
            .env("SERVO_WEBHOOKS_ALLOW", "loopback")
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            expected,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(responder.at("/proceed").len(), 2);
    assert_eq!(responder.at("/cancel").len(), 1);
}

/// An expression that does not end by itself is no reason for anything else to wait: on a
/// runtime of one thread, whoever asks gets the thread back at once.
#[tokio::test(flavor = "current_thread")]
async fn expressions_run_apart_from_the_runtime() {
    let responder = Responder::start(|_| Reply::status(204));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let endless = ", on_error: cancel, when: 'def f: f; f'";
    let yaml = both_sides(&responder.url("/"), endless) + &both_sides(&responder.url("/"), "");
    let yaml = yaml
        .replacen("name: hook", "name: endless", 1)
        .replace("channels: news, response_channel: answers, ", "");
    let event = Event::new("adjust").unwrap();
    let mut short = options();
    short.before_budget = Duration::from_millis(20);
    let webhooks = start(&connector, &yaml, short, &notes);

    let results = Results::new();
    let mut after = Box::pin(webhooks.after(&event, &results));
    assert!((&mut after).now_or_never().is_none());
    let outcome = webhooks.before(&event).await.unwrap();
    assert_eq!(outcome.outcome, Decision::Cancelled);
    let error = outcome.webhooks[0].error.as_deref().unwrap();
    assert!(error.contains("half of the event's budget"), "{error}");

    let outcome = after.await.unwrap();
    assert!(
        outcome
            .webhooks
            .iter()
            .all(|webhook| webhook.outcome == Settlement::Accepted)
    );
    webhooks.settled().await;
    let deliveries = notes.deliveries.lock().unwrap();
    let of = |name: &str| {
        let mut deliveries = deliveries.iter();
        deliveries
            .find(|delivery| delivery.webhook.as_deref() == Some(name))
            .unwrap()
    };
    assert_eq!(of("endless").outcome, DeliveryState::Failed);
    let error = of("endless").error.as_deref().unwrap();
    assert!(error.contains("ran longer than"), "{error}");
    assert_eq!(of("hook").outcome, DeliveryState::Delivered);
}

fn read(connector: &Connector, yaml: &str) -> Configuration {
    let (name, folder) = ("test.yaml", Path::new(""));
    let reading = Reading::default();
    Configuration::read(connector, name, folder, yaml.as_bytes(), &reading).unwrap()
}

#[test]
fn options_that_cannot_work_are_errors_at_the_start() {
    let connector = Connector::built_in().unwrap();
    let start = |options| {
        let configuration = read(&connector, &both_sides("https://example.com/", ""));
        Webhooks::start(&connector, configuration, options, ())
    };
    let error = start(options()).unwrap_err();
    assert!(matches!(error, StartError::Runtime), "{error}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let mut none = options();
    none.connections = 0;
    let error = start(none).unwrap_err();
    assert!(matches!(error, StartError::Connections), "{error}");
    assert!(start(options()).is_ok());
}

#[tokio::test]
async fn a_budget_without_end_is_none_too_long() {
    let responder = Responder::start(|_| Reply::cancel("no"));
    let connector = Connector::built_in().unwrap();
    let mut endless = options();
    endless.before_budget = Duration::MAX;
    endless.breaker_after = Duration::MAX;
    endless.breaker_hold = Duration::MAX;
    let yaml = both_sides(&responder.url("/"), ", backoff: {max_tries: 2}");
    let webhooks = start(&connector, &yaml, endless, &Notes::default());
    let event = Event::new("adjust").unwrap();
    let asked = webhooks.before(&event).await.unwrap();
    assert_eq!(asked.outcome, Decision::Cancelled);
}

/// Does what it is told to with each delivery.
struct Moody(Box<dyn Fn() + Send + Sync>);

impl Observer for Moody {
    fn delivery(&self, _: DeliveryOutcome) {
        (self.0)();
    }
}

/// One that was switched off reported in the task of whoever told it of the event.
async fn switched_off(connector: &Connector, observer: Moody) -> Webhooks {
    let responder = Responder::start(|_| Reply::status(410));
    let yaml = both_sides(&responder.url("/"), "");
    let webhooks = Webhooks::start(connector, read(connector, &yaml), options(), observer).unwrap();
    let event = Event::new("adjust").unwrap();
    let asked = webhooks.before(&event).await.unwrap();
    assert_eq!(asked.webhooks[0].status, Some(410));
    webhooks
}

async fn work(webhooks: &Webhooks) -> u32 {
    let event = Event::new("adjust").unwrap();
    let work = async || (42, Results::new());
    match webhooks.dispatch(&event, work).await.unwrap() {
        Dispatched::Done { value, after, .. } => {
            assert_eq!(after.webhooks[0].outcome, Settlement::SwitchedOff);
            value
        }
        Dispatched::Cancelled(before) => panic!("{before:?}"),
    }
}

#[tokio::test]
async fn an_observer_that_panics_loses_neither_the_value_of_the_work_nor_the_end() {
    let connector = Connector::built_in().unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let known = Arc::clone(&told);
    let observer = Moody(Box::new(move || {
        known.fetch_add(1, Ordering::SeqCst);
        panic!("an observer that panics, on purpose");
    }));
    let webhooks = switched_off(&connector, observer).await;
    for _ in 0..3 {
        assert_eq!(work(&webhooks).await, 42);
    }
    assert_eq!(webhooks.drain(Duration::from_secs(30)).await, 0);
    assert_eq!(told.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_observer_that_hangs_loses_neither_the_value_of_the_work_nor_the_end() {
    let connector = Connector::built_in().unwrap();
    let (release, stuck) = mpsc::channel::<()>();
    let stuck = Mutex::new(stuck);
    let observer = Moody(Box::new(move || {
        let _ = stuck.lock().unwrap().recv();
    }));
    let webhooks = switched_off(&connector, observer).await;
    assert_eq!(work(&webhooks).await, 42);
    // It would take as long as the channel lives.
    webhooks.drain(Duration::ZERO).await;
    drop(webhooks);
    drop(release);
}

/// What the observer was not told of counts as waiting, so that its line has a bound.
#[tokio::test]
async fn an_observer_that_stands_still_stops_what_is_new() {
    let responder = Responder::start(|_| Reply::status(200));
    let connector = Connector::built_in().unwrap();
    let (release, stuck) = mpsc::channel::<()>();
    let stuck = Mutex::new(stuck);
    let observer = Moody(Box::new(move || {
        let _ = stuck.lock().unwrap().recv();
    }));
    let mut few = options();
    few.max_waiting = 10;
    let configuration = read(&connector, &both_sides(&responder.url("/"), ""));
    let webhooks = Webhooks::start(&connector, configuration, few, observer).unwrap();
    let (event, none) = (Event::new("adjust").unwrap(), Results::new());
    for _ in 0..10 {
        let told = webhooks.after(&event, &none).await.unwrap();
        assert_eq!(told.outcome, Decision::Accepted);
    }
    let all = tokio::task::spawn_blocking(move || responder.until_received(10));
    all.await.unwrap();
    let told = webhooks.after(&event, &none).await.unwrap();
    assert_eq!(told.outcome, Decision::Rejected);
    drop(release);
    webhooks.settled().await;
    assert_eq!(webhooks.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_accepted_while_all_is_drained_is_what_is_reported() {
    const EACH: usize = 1_000;
    let responder = Responder::start_sink(|_| Reply::status(200));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = both_sides(&responder.url("/"), "");
    let webhooks = start(&connector, &yaml, options(), &notes);
    let telling: Vec<_> = (0..8)
        .map(|_| {
            let webhooks = webhooks.clone();
            tokio::spawn(async move {
                let (event, none) = (Event::new("adjust").unwrap(), Results::new());
                let mut accepted = 0;
                for _ in 0..EACH {
                    let told = webhooks.after(&event, &none).await.unwrap();
                    match told.webhooks[0].outcome {
                        Settlement::Accepted => accepted += 1,
                        _ => {
                            let error = told.webhooks[0].error.as_deref().unwrap();
                            assert!(error.starts_with("closed: "), "{error}");
                        }
                    }
                    tokio::task::yield_now().await;
                }
                accepted
            })
        })
        .collect();
    while webhooks.waiting() < 50 {
        tokio::task::yield_now().await;
    }
    let undelivered = webhooks.drain(Duration::from_millis(5)).await;
    let reported = notes.deliveries.lock().unwrap().len();
    let mut accepted = 0;
    for told in telling {
        accepted += told.await.unwrap();
    }
    assert!(accepted > 0 && accepted < 8 * EACH, "{accepted}");
    assert_eq!(reported, accepted, "at the moment when drain returns");
    let deliveries = notes.deliveries.lock().unwrap();
    let left = deliveries
        .iter()
        .filter(|delivery| delivery.outcome == DeliveryState::Undelivered);
    assert_eq!((left.count(), deliveries.len()), (undelivered, accepted));
}

/// A responder that takes requests and never answers; each connection that a request has
/// begun to come on.
fn silent() -> (String, mpsc::Receiver<std::net::TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut method = [0; 4];
            if stream.read_exact(&mut method).is_ok() && sender.send(stream).is_err() {
                return;
            }
        }
    });
    (url, receiver)
}

/// Waits until the other side has closed a connection.
fn until_closed(mut stream: std::net::TcpStream) {
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    // A reset is an end as well; a timeout is none.
    if let Err(error) = stream.read_to_end(&mut Vec::new()) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_drop_the_last_one_ends_what_is_in_flight() {
    let (url, connections) = silent();
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = both_sides(&url, ", timeout: 1h");
    let webhooks = start(&connector, &yaml, options(), &notes);
    let event = Event::new("adjust").unwrap();
    webhooks.after(&event, &Results::new()).await.unwrap();
    let stream = connections.recv().unwrap();
    drop(webhooks);
    {
        let deliveries = notes.deliveries.lock().unwrap();
        assert_eq!(deliveries.len(), 1);
        assert_eq!(deliveries[0].outcome, DeliveryState::Undelivered);
    }
    tokio::task::spawn_blocking(move || until_closed(stream))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_future_that_is_dropped_leaves_nothing_behind() {
    let (url, connections) = silent();
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = format!(
        "- {{events: after:adjust, url: '{url}', secret: s, when: 'def f: f; f'}}\n\
         - {{events: before:adjust, url: '{url}', secret: s, timeout: 1h}}\n"
    );
    let webhooks = start(&connector, &yaml, options(), &notes);
    let (event, none) = (Event::new("adjust").unwrap(), Results::new());
    for _ in 0..4 {
        // Its expression is at work.
        let told = webhooks.after(&event, &none).now_or_never();
        assert!(told.is_none());
        let own = webhooks.clone();
        let asking = tokio::spawn(async move {
            let event = Event::new("adjust").unwrap();
            own.before(&event).await
        });
        let stream = tokio::task::block_in_place(|| connections.recv().unwrap());
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        tokio::task::block_in_place(|| until_closed(stream));
    }
    assert_eq!(webhooks.waiting(), 0);
    assert_eq!(webhooks.drain(Duration::ZERO).await, 0);
    assert!(notes.deliveries.lock().unwrap().is_empty());
}

/// Names the responder of the process with few descriptors.
const FEW: &str = "SERVO_WEBHOOKS_TEST_FEW_DESCRIPTORS";

#[cfg(unix)]
#[test]
fn two_thousand_questions_need_no_two_thousand_descriptors() {
    const NAME: &str = "library::two_thousand_questions_need_no_two_thousand_descriptors";
    const QUESTIONS: usize = 2_000;
    if let Ok(url) = std::env::var(FEW) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(ask_at_once(&url, QUESTIONS));
    }
    rlimit::increase_nofile_limit(8_192).unwrap();
    let responder = Responder::start_sink(|_| Reply::cancel("no"));
    again_with(1024, NAME, &responder);
}

/// Starts a test again, in a process with so many descriptors.
#[cfg(unix)]
fn again_with(descriptors: usize, name: &str, responder: &Responder) {
    let limited = format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"");
    let status = Command::new("sh")
        .args(["-c", &limited])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(FEW, responder.url("/"))
        .status()
        .unwrap();
    assert!(status.success(), "see above");
}

#[cfg(unix)]
#[test]
fn a_delivery_that_this_machine_lacked_something_for_is_put_back_and_was_not_attempted() {
    const NAME: &str = "library::a_delivery_that_this_machine_lacked_something_for_is_put_back_and_was_not_attempted";
    if let Ok(url) = std::env::var(FEW) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(tell_without_descriptors(&url));
    }
    let responder = Responder::start(|_| Reply::status(200));
    again_with(128, NAME, &responder);
    assert_eq!(responder.received().len(), 1);
}

async fn tell_without_descriptors(url: &str) {
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = both_sides(url, ", timeout: 200ms, backoff: false");
    let webhooks = start(&connector, &yaml, options(), &notes);
    let mut taken = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        taken.push(file);
    }
    let event = Event::new("adjust").unwrap();
    webhooks.after(&event, &Results::new()).await.unwrap();
    while webhooks.next_retry().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let asked = webhooks.before(&event).await.unwrap();
    assert_eq!(asked.webhooks[0].outcome, Settlement::NoAnswer);
    let error = asked.webhooks[0].error.as_deref().unwrap();
    assert!(error.contains("no file descriptors left"), "{error}");
    drop(taken);
    webhooks.settled().await;
    let deliveries = notes.deliveries.lock().unwrap();
    assert_eq!(deliveries[0].outcome, DeliveryState::Delivered);
    assert_eq!(deliveries[0].attempts, 1, "the only one that it has");
}

async fn ask_at_once(url: &str, questions: usize) {
    let connector = Connector::built_in().unwrap();
    let yaml = both_sides(url, ", timeout: 30s");
    let webhooks = start(&connector, &yaml, options(), &Notes::default());
    let asking: Vec<_> = (0..questions)
        .map(|_| {
            let webhooks = webhooks.clone();
            tokio::spawn(async move {
                let event = Event::new("adjust").unwrap();
                webhooks.before(&event).await.unwrap()
            })
        })
        .collect();
    let mut vetoed = 0;
    for asked in asking {
        let asked = asked.await.unwrap();
        vetoed += usize::from(asked.outcome == Decision::Cancelled);
    }
    assert_eq!(vetoed, questions);
}
