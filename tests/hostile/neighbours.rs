//! Neighbours: fifty of a hundred endpoints hang, and the other fifty get all that is
//! theirs, and whoever is asked before an event is asked, for as long as those hang.
//!
//! Counted, not timed: how much it costs beside them is a matter for the figures.

use crate::attack::request;
use crate::class::Finding;
use crate::webhooks;
use servo_webhooks::{
    Connector, DeliveryOutcome, DeliveryStatus, Event, Message, Observer, Reception, WebhookStatus,
    Webhooks,
};
use std::fmt::Write;
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

/// Messages to each endpoint in one round.
const EACH: usize = 60;

/// Questions in one round.
const QUESTIONS: usize = 50;

/// Within which something more must have been served: nobody waits for those that hang,
/// which have an hour.
const STUCK: Duration = Duration::from_secs(60);

pub fn run(connector: &Connector, rounds: usize, finding: &mut Finding) {
    for _ in 0..rounds {
        let served = block_in_place(|| Handle::current().block_on(round(connector)));
        finding.cases += GOOD * EACH + QUESTIONS;
        finding.remarks.push(format!(
            "beside {} endpoints that hang with {} requests: {} of {} deliveries, {} of {QUESTIONS} answers",
            ALL - GOOD,
            served.hanging,
            served.delivered,
            GOOD * EACH,
            served.answered,
        ));
        finding.wrong.extend(served.wrong());
    }
}

/// Who was served.
struct Served {
    delivered: usize,
    answered: usize,
    /// Requests that endpoints had received by the end, and did not answer.
    hanging: usize,
}

impl Served {
    fn wrong(&self) -> Option<String> {
        if self.delivered != GOOD * EACH {
            return Some(format!("{} deliveries", self.delivered));
        }
        if self.answered != QUESTIONS {
            return Some(format!("{} answers", self.answered));
        }
        // Else they would be no neighbours.
        (self.hanging < ALL - GOOD).then(|| format!("{} requests hang", self.hanging))
    }
}

/// Deliveries of the good ones.
#[derive(Clone, Default)]
struct Delivered(Arc<AtomicUsize>);

impl Observer for Delivered {
    fn delivery(&self, outcome: DeliveryOutcome) {
        if outcome.index < GOOD && outcome.outcome == DeliveryStatus::Delivered {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Offers as much to each of a hundred endpoints, of which half hang.
async fn round(connector: &Connector) -> Served {
    let mut serving = JoinSet::new();
    let mut yaml = String::new();
    let hanging = Arc::new(AtomicUsize::new(0));
    for number in 0..=ALL {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        if (GOOD..ALL).contains(&number) {
            serving.spawn(hang(listener, Arc::clone(&hanging)));
        } else {
            serving.spawn(serve(listener));
        }
        let what = match number {
            ALL => "events: before:adjust".to_owned(),
            _ => format!("channels: c{number}"),
        };
        let _ = writeln!(
            yaml,
            "- {{{what}, url: 'http://{address}/', secret: s, backoff: false, timeout: 1h}}"
        );
    }
    let read = webhooks::read(connector, &yaml);
    let mut options = webhooks::loopback();
    options.max_waiting = 30 * ALL;
    let delivered = Delivered::default();
    let webhooks = Webhooks::start(read.unwrap(), options, delivered.clone()).unwrap();
    let messages: Vec<_> = (0..ALL)
        .map(|number| Message::new(&format!("c{number}"), "text/plain", "hello").unwrap())
        .collect();
    let (_, answered) = tokio::join!(
        send(&webhooks, &messages, &delivered),
        ask(&webhooks, QUESTIONS)
    );
    webhooks.shutdown(Duration::ZERO).await;
    Served {
        delivered: delivered.0.load(Ordering::SeqCst),
        answered,
        hanging: hanging.load(Ordering::SeqCst),
    }
}

/// Offers each message so many times, and waits for the deliveries of the good ones, for
/// as long as there are more of them.
async fn send(webhooks: &Webhooks, messages: &[Message], delivered: &Delivered) {
    let progress = Progress::new(delivered);
    for _ in 0..EACH {
        for (number, message) in messages.iter().enumerate() {
            let offer = async || webhooks.message(message).await.unwrap().reception;
            let mut outcome = offer().await;
            while number < GOOD && outcome == Reception::Rejected && progress.goes_on() {
                // Its own deliveries are as many as may wait.
                sleep(Duration::from_millis(1)).await;
                outcome = offer().await;
            }
        }
    }
    while delivered.0.load(Ordering::SeqCst) < GOOD * EACH && progress.goes_on() {
        sleep(Duration::from_millis(1)).await;
    }
}

/// Whether more and more is delivered.
struct Progress<'a> {
    delivered: &'a Delivered,
    last: std::cell::Cell<(usize, Instant)>,
}

impl<'a> Progress<'a> {
    fn new(delivered: &'a Delivered) -> Self {
        let last = std::cell::Cell::new((0, Instant::now()));
        Self { delivered, last }
    }

    fn goes_on(&self) -> bool {
        let (count, since) = self.last.get();
        let now = self.delivered.0.load(Ordering::SeqCst);
        if now > count {
            self.last.set((now, Instant::now()));
        }
        now > count || since.elapsed() < STUCK
    }
}

/// How many questions were answered.
async fn ask(webhooks: &Webhooks, times: usize) -> usize {
    let event = Event::new("adjust").unwrap();
    let mut answered = 0;
    for _ in 0..times {
        let outcome = webhooks.before(&event).await.unwrap();
        answered += usize::from(outcome.webhooks[0].outcome == WebhookStatus::Proceeded);
    }
    answered
}

/// Answers every request with 204.
pub async fn serve(listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(answer(stream));
    }
}

/// Answers one request after the other.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    loop {
        request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
    }
}

/// Reads requests and counts them, and never answers.
pub async fn hang(listener: TcpListener, asked: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        let asked = Arc::clone(&asked);
        connections.spawn(async move {
            while request(&mut stream).await.is_ok() {
                asked.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
}
