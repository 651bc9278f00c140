//! A servo that asks before an adjustment, through the library.

use crate::attack::{Attack, Protocol};
use crate::webhooks;
use servo_webhooks::__internal::config::decided_by;
use servo_webhooks::{Connector, Event, EventOutcome, OnError, Webhooks};
use std::time::{Duration, Instant};

/// Of one attempt.
const TIMEOUT: Duration = Duration::from_millis(400);

/// Of all attempts before an event.
const BUDGET: Duration = Duration::from_millis(500);

/// A budget of which nothing is left when the first answer comes, or hardly anything.
const NOTHING: Duration = Duration::from_millis(2);

/// How a webhook is asked.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub on_error: OnError,
    pub retried: bool,
    /// Of all attempts before the event.
    pub budget: Duration,
    /// Of one attempt.
    timeout: Duration,
}

impl Manner {
    /// Both policies, the one with a retry and the other without.
    pub const USUAL: [Self; 2] = [
        Self::new(OnError::Proceed, true, BUDGET),
        Self::new(OnError::Cancel, false, BUDGET),
    ];

    /// Both policies, with and without a retry, and with a budget that is over in a moment.
    pub const ALL: [Self; 6] = [
        Self::USUAL[0],
        Self::USUAL[1],
        Self::new(OnError::Proceed, false, BUDGET),
        Self::new(OnError::Cancel, true, BUDGET),
        Self::new(OnError::Proceed, true, NOTHING),
        Self::new(OnError::Cancel, true, NOTHING),
    ];

    const fn new(on_error: OnError, retried: bool, budget: Duration) -> Self {
        Self {
            on_error,
            retried,
            budget,
            timeout: TIMEOUT,
        }
    }

    /// With so many times the time, for a machine that is busy with other things.
    pub fn with_more_time(self, times: u32) -> Self {
        let budget = if self.is_short() {
            self.budget
        } else {
            self.budget * times
        };
        Self {
            budget,
            timeout: self.timeout * times,
            ..self
        }
    }

    /// How long the event may wait.
    pub fn limit(self) -> Duration {
        match self.retried {
            true => self.budget,
            false => self.budget.min(self.timeout),
        }
    }

    /// The budget may be over before an answer is there.
    pub fn is_short(self) -> bool {
        self.budget == NOTHING
    }
}

/// Asks the server of an attack once. A good connector reads the configuration, for
/// keys are tried then: what is wrong with `connector` must show at the event.
pub async fn ask(
    good: &Connector,
    connector: &Connector,
    attack: &Attack,
    manner: Manner,
) -> (EventOutcome, Duration) {
    let (address, serving) = attack.listen().await;
    let (scheme, version) = match attack.protocol {
        Protocol::Http1 => ("http", "1.1"),
        Protocol::Http2 => ("http", "2"),
        Protocol::Tls => ("https", "auto"),
    };
    let (on_error, retries) = match (manner.on_error, manner.retried) {
        (on_error, true) => (on_error, "{max_tries: 2, max_time: 60}"),
        (on_error, false) => (on_error, "false"),
    };
    let yaml = format!(
        "- {{name: hook, events: before:adjust, url: '{scheme}://{address}/', secret: s, http_version: {version}, timeout: {}ms, on_error: {on_error}, backoff: {retries}}}\n",
        manner.timeout.as_millis()
    );
    let read = webhooks::read(good, &yaml);
    let read = read.map(|read| decided_by(connector, read));
    let mut options = webhooks::loopback();
    options.before_budget = manner.budget;
    let webhooks = Webhooks::start(read.unwrap(), options, ()).unwrap();
    let padding = "x".repeat(attack.padding);
    let event = Event::new("adjust")
        .unwrap()
        .with_parameters(&serde_json::json!({ "padding": padding }))
        .unwrap();
    let started = Instant::now();
    let outcome = webhooks.before(&event).await.unwrap();
    let elapsed = started.elapsed();
    webhooks.shutdown(Duration::ZERO).await;
    serving.abort();
    (outcome.into(), elapsed)
}
