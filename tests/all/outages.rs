//! An outage of twenty minutes, with the defaults, in virtual time.
//!
//! The responder lives in the same runtime of one thread, whose clock goes on to the next
//! timer whenever nothing is left to do.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use servo_webhooks::{
    Allow, BreakerRecord, BreakerState, Configuration, Connector, DeliveryOutcome, DeliveryStatus,
    Event, LoadOptions, Observer, Options, Results, Webhooks,
};
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, sleep_until};

/// When the outage begins, and when it is over.
const OUTAGE: (u64, u64) = (60, 60 + 20 * 60);

/// An event a second until then.
const END: u64 = OUTAGE.1 + 120;

/// What the documentation gives a delivery: `max_time` of the retries, and the same without.
const TIME: u64 = 180;

/// To find an endpoint back takes a probe that failed slowly, one that did not, and a moment.
const FINDING: u64 = 5 + 2 + 1;

#[derive(Clone, Default)]
struct Notes {
    deliveries: Arc<Mutex<Vec<DeliveryOutcome>>>,
    breakers: Arc<Mutex<Vec<BreakerRecord>>>,
}

impl Observer for Notes {
    fn delivery(&self, outcome: DeliveryOutcome) {
        self.deliveries.lock().unwrap().push(outcome);
    }

    fn breaker(&self, record: BreakerRecord) {
        self.breakers.lock().unwrap().push(record);
    }
}

/// Seconds at which requests came, since the beginning.
type Times = Arc<Mutex<Vec<u64>>>;

#[tokio::test(start_paused = true)]
async fn what_can_still_be_delivered_after_twenty_minutes_is() {
    survive(false).await;
}

#[tokio::test(start_paused = true)]
async fn what_can_still_be_delivered_after_twenty_minutes_without_an_answer_is() {
    survive(true).await;
}

async fn survive(hangs: bool) {
    let began = Instant::now();
    let times = Times::default();
    let url = respond(began, hangs, Arc::clone(&times)).await;
    let yaml = format!(
        "- {{name: retried, events: 'after:measure', url: '{url}', secret: s}}\n\
         - {{name: once, events: 'after:measure', url: '{url}', secret: s, backoff: false}}\n"
    );
    let notes = Notes::default();
    let webhooks = start(&yaml, &notes);
    for second in 0..END {
        sleep_until(began + Duration::from_secs(second)).await;
        let event = Event::new("measure").unwrap();
        let event = event.with_id(&second.to_string()).unwrap();
        let outcome = webhooks.after(&event, &Results::new()).await.unwrap();
        assert!(outcome.is_accepted(), "at {second} s");
    }
    webhooks.idle().await;

    let deliveries = notes.deliveries.lock().unwrap();
    assert_eq!(deliveries.len(), 2 * usize::try_from(END).unwrap());
    for delivery in deliveries.iter() {
        let second: u64 = delivery.id.parse().unwrap();
        let delivered = delivery.outcome == DeliveryStatus::Delivered;
        let can_still_be = second + TIME >= OUTAGE.1 + FINDING;
        if second < OUTAGE.0 || can_still_be {
            assert!(delivered, "{delivery:?}");
        }
        if second >= OUTAGE.0 && second + TIME + 5 < OUTAGE.1 {
            assert!(!delivered, "nobody was there: {delivery:?}");
        }
        // No attempt begins after its time.
        let in_time = delivery.elapsed_ms <= (TIME + 7) * 1000;
        assert!(in_time || !delivered, "{delivery:?}");
    }
    // From when both breakers are open, each lets out at most one a second for its time's
    // sake, and one a minute.
    let held = OUTAGE.0 + TIME + 60..OUTAGE.1;
    let requests = times.lock().unwrap();
    let sent = requests.iter().filter(|second| held.contains(second));
    let seconds = usize::try_from(held.end - held.start).unwrap();
    let most = 2 * (seconds + seconds / 60 + 2);
    assert!(sent.clone().count() <= most, "{}", sent.count());
    let breakers = notes.breakers.lock().unwrap();
    for index in [0, 1] {
        let of = breakers.iter().filter(|record| record.index == index);
        let states: Vec<_> = of.map(|record| record.state).collect();
        assert_eq!(states.first(), Some(&BreakerState::Open), "{states:?}");
        assert_eq!(states.last(), Some(&BreakerState::Closed), "{states:?}");
    }
}

fn start(yaml: &str, notes: &Notes) -> Webhooks {
    let connector = Connector::built_in().unwrap();
    let options = LoadOptions::default();
    let yaml = yaml.as_bytes();
    let read = Configuration::read(&connector, "test.yaml", Path::new(""), yaml, &options);
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    Webhooks::start(read.unwrap(), options, notes.clone()).unwrap()
}

/// Answers, and during the outage 503 or not at all.
async fn respond(began: Instant, hangs: bool, times: Times) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let times = Arc::clone(&times);
            let answer = move |request| answer(request, began, hangs, Arc::clone(&times));
            let server = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service_fn(answer));
            tokio::spawn(server);
        }
    });
    url
}

async fn answer(
    request: Request<Incoming>,
    began: Instant,
    hangs: bool,
    times: Times,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let second = began.elapsed().as_secs();
    times.lock().unwrap().push(second);
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::default());
    if (OUTAGE.0..OUTAGE.1).contains(&second) {
        if hangs {
            sleep(Duration::from_secs(3600)).await;
        }
        *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}
