//! Neighbours: fifty of a hundred endpoints hang, and the other fifty get what they
//! would get if those were well.

use crate::attack::request;
use crate::class::Finding;
use servo_webhooks::{
    Allow, Configuration, Connector, Decision, DeliveryOutcome, DeliveryState, Event, Message,
    Observer, Options, Reading, Settlement, Webhooks,
};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::sleep;

const GOOD: usize = 50;
const ALL: usize = 100;

/// Messages to each endpoint in one measurement.
const EACH: usize = 60;

/// Of the throughput beside neighbours that are well; the goal is 0.95.
const LEAST: f64 = 0.9;

/// Of the time that an answer before an event takes beside neighbours that are well.
const MOST: f64 = 2.0;

pub fn run(connector: &Connector, rounds: usize, finding: &mut Finding) {
    let (mut well, mut ill) = (Best::default(), Best::default());
    let measuring = async {
        // In turn, or what else the machine does falls on one of them alone.
        for _ in 0..2 + rounds {
            well.take(measure(connector, false, finding).await);
            ill.take(measure(connector, true, finding).await);
        }
    };
    block_in_place(|| Handle::current().block_on(measuring));
    let throughput = well.delivering.as_secs_f64() / ill.delivering.as_secs_f64();
    let asking = ill.asking.as_secs_f64() / well.asking.as_secs_f64();
    finding.remarks.push(format!(
        "beside {GOOD} that hang: {throughput:.2} of the throughput; an answer before an event takes {asking:.2} times as long ({} us)",
        ill.asking.as_micros()
    ));
    if throughput < LEAST {
        finding
            .wrong
            .push(format!("{throughput:.2} of the throughput"));
    }
    if asking > MOST {
        finding
            .wrong
            .push(format!("{asking:.2} times as long before an event"));
    }
}

/// The shortest times of several measurements.
#[derive(Default)]
struct Best {
    delivering: Duration,
    asking: Duration,
}

impl Best {
    fn take(&mut self, (delivering, asking): (Duration, Duration)) {
        let shorter = |known: Duration, new| match known {
            Duration::ZERO => new,
            known => known.min(new),
        };
        self.delivering = shorter(self.delivering, delivering);
        self.asking = shorter(self.asking, asking);
    }
}

/// Deliveries of the good ones.
#[derive(Clone, Default)]
struct Delivered(Arc<AtomicUsize>);

impl Observer for Delivered {
    fn delivery(&self, outcome: DeliveryOutcome) {
        if outcome.index < GOOD && outcome.outcome == DeliveryState::Delivered {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Offers as much to each of a hundred endpoints; how long the good ones took for
/// theirs, and how long an answer before an event took meanwhile, in the median.
async fn measure(
    connector: &Connector,
    half_hang: bool,
    finding: &mut Finding,
) -> (Duration, Duration) {
    let mut serving = JoinSet::new();
    let mut yaml = String::new();
    for number in 0..=ALL {
        let hangs = half_hang && (GOOD..ALL).contains(&number);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        serving.spawn(serve(listener, hangs));
        let what = match number {
            ALL => "events: before:adjust".to_owned(),
            _ => format!("channels: c{number}"),
        };
        let _ = writeln!(
            yaml,
            "- {{{what}, url: 'http://{address}/', secret: s, backoff: false, timeout: 5s}}"
        );
    }
    let reading = Reading::default();
    let read = Configuration::read(
        connector,
        "hostile.yaml",
        Path::new(""),
        yaml.as_bytes(),
        &reading,
    );
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    options.max_waiting = 30 * ALL;
    let delivered = Delivered::default();
    let webhooks = Webhooks::start(connector, read.unwrap(), options, delivered.clone()).unwrap();
    // Connections first: they cost the same in either case.
    let messages: Vec<_> = (0..ALL)
        .map(|number| Message::new(&format!("c{number}"), "text/plain", "hello").unwrap())
        .collect();
    send(&webhooks, &messages, 2, &delivered).await;
    let before = delivered.0.load(Ordering::SeqCst);
    let started = Instant::now();
    send(&webhooks, &messages, EACH, &delivered).await;
    let delivering = started.elapsed();
    finding.cases += delivered.0.load(Ordering::SeqCst) - before;
    let mut times = ask(&webhooks, 50).await;
    times.sort_unstable();
    webhooks.drain(Duration::ZERO).await;
    (delivering, times[times.len() / 2])
}

/// Offers each message so many times, and waits for the deliveries of the good ones.
async fn send(webhooks: &Webhooks, messages: &[Message], times: usize, delivered: &Delivered) {
    let end = delivered.0.load(Ordering::SeqCst) + times * GOOD;
    for _ in 0..times {
        for (number, message) in messages.iter().enumerate() {
            let offer = async || webhooks.message(message).await.unwrap().outcome;
            let mut outcome = offer().await;
            while number < GOOD && outcome == Decision::Rejected {
                // Its own deliveries are as many as may wait.
                sleep(Duration::from_millis(1)).await;
                outcome = offer().await;
            }
        }
    }
    while delivered.0.load(Ordering::SeqCst) < end {
        sleep(Duration::from_millis(1)).await;
    }
}

/// How long each answer before an event took.
async fn ask(webhooks: &Webhooks, times: usize) -> Vec<Duration> {
    let event = Event::new("adjust").unwrap();
    let mut all = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        let outcome = webhooks.before(&event).await.unwrap();
        assert_eq!(outcome.webhooks[0].outcome, Settlement::Proceeded);
        all.push(started.elapsed());
    }
    all
}

/// Answers every request with 204, or none.
pub async fn serve(listener: TcpListener, hangs: bool) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(async move { answer(stream, hangs).await });
    }
}

/// Answers one request after the other, or none.
async fn answer(mut stream: TcpStream, hangs: bool) -> std::io::Result<()> {
    loop {
        request(&mut stream).await?;
        if !hangs {
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
        }
    }
}
