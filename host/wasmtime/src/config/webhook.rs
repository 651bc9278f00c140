//! A webhook as the host acts on it: checked, with its references resolved.

use crate::attempt::header_rules;
use crate::config::Secret;
use crate::config::retries::Retries;
use crate::connector::{CallError, Connector, Shape, wit};
use crate::delivery::outcome::{BreakerState, WebhookOutcome, WebhookStatus};
use crate::observe::pause_switch::PauseSwitch;
use crate::observe::webhook_counters::WebhookCounters;
use crate::outbound::{Target, Version};
use http::HeaderMap;
use lifecycle::{BreakerLimits, Limits, WebhookState};
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

/// No attempt and no wait is longer, whatever a component says.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What an event does when one of its before webhooks had no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// It happens.
    Proceed,
    /// It does not.
    Cancel,
}

impl std::fmt::Display for OnError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Proceed => "proceed",
            Self::Cancel => "cancel",
        })
    }
}

/// One webhook of a configuration.
#[non_exhaustive]
pub struct Webhook {
    /// Its place in the configuration, from 0.
    pub index: usize,
    /// Its label.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// False: configured and silent.
    pub enabled: bool,
    /// As written: `before:adjust`.
    pub events: Vec<String>,
    /// Names of pub/sub channels.
    pub channels: Vec<String>,
    /// Where a successful answer is published.
    pub response_channel: Option<String>,
    /// Limit of one attempt.
    pub timeout: Duration,
    /// What an event does when no answer could be had.
    pub on_error: OnError,
    /// Before an event.
    pub before: Retries,
    /// After an event, and for messages.
    pub after: Retries,
    /// None: its reference could not be resolved, and nothing can be sent.
    pub(crate) target: Option<Target>,
    /// What shares a bound on attempts in flight: the origin of the URL.
    pub(crate) endpoint: Arc<str>,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) shape: Shape,
    pub(crate) scheme: String,
    /// What read it, and decides about it.
    pub(crate) connector: Connector,
    /// Headers of an answer that the connector wants to see.
    pub(crate) answer_headers: Arc<[String]>,
    state: Mutex<WebhookState>,
    counters: OnceLock<Arc<WebhookCounters>>,
    pause: OnceLock<Arc<PauseSwitch>>,
    /// A reload has another one, or none, in its place.
    replaced: AtomicBool,
}

impl fmt::Debug for Webhook {
    /// Without URL, headers and secrets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Webhook")
            .field("index", &self.index)
            .field("label", &self.label())
            .finish_non_exhaustive()
    }
}

impl Webhook {
    /// What became of an event at it, which it has not been tried for yet.
    pub(crate) fn outcome(&self, outcome: WebhookStatus) -> WebhookOutcome {
        WebhookOutcome::new(self.index, self.name.as_deref(), outcome)
    }

    /// That its condition does not hold.
    pub(crate) fn skipped(&self, why: &str) -> WebhookOutcome {
        WebhookOutcome::skipped(self.index, self.name.as_deref(), why)
    }

    /// Takes over what the connector read. URL, headers and secrets follow, since
    /// their references are the host's.
    pub(crate) fn new(
        index: usize,
        from: wit::Webhook,
        connector: &Connector,
        answer_headers: &Arc<[String]>,
    ) -> Result<Self, CallError> {
        let unusable = |what: String| CallError::unusable("parse-config", what);
        let timeout = Duration::from_nanos(from.timeout);
        if timeout.is_zero() || timeout > LONGEST {
            return Err(unusable(format!("a timeout of {} s", timeout.as_secs())));
        }
        if from.before.max_tries == 0 || from.after.max_tries == 0 {
            return Err(unusable("a webhook that is never tried".to_owned()));
        }
        Ok(Self {
            index,
            name: from.name,
            description: from.description,
            enabled: from.enabled,
            events: from.events,
            channels: from.channels,
            response_channel: from.response_channel,
            timeout,
            on_error: match from.on_error {
                wit::OnError::Proceed => OnError::Proceed,
                wit::OnError::Cancel => OnError::Cancel,
            },
            before: Retries::new(from.before),
            after: Retries::new(from.after),
            target: None,
            endpoint: Arc::from(""),
            version: match from.http_version {
                wit::HttpVersion::Auto => Version::Auto,
                wit::HttpVersion::Http1 => Version::Http1,
                wit::HttpVersion::Http2 => Version::Http2,
            },
            headers: HeaderMap::new(),
            secrets: Vec::new(),
            shape: Shape {
                token: from.shape,
                warm: from.warm,
            },
            scheme: from.scheme,
            connector: connector.clone(),
            answer_headers: Arc::clone(answer_headers),
            state: Mutex::default(),
            counters: OnceLock::new(),
            pause: OnceLock::new(),
            replaced: AtomicBool::new(false),
        })
    }

    /// Sets where it goes.
    pub(crate) fn set_target(&mut self, target: Target) {
        self.endpoint = Arc::from(target.origin().to_string());
        self.target = Some(target);
    }

    /// Adds a header of its own.
    pub(crate) fn add_header(&mut self, name: &str, value: &str) -> Result<(), String> {
        let (name, value) = header_rules::custom(name, value)?;
        self.headers.insert(name, value);
        Ok(())
    }

    /// How people tell it from others: its name, else index and target origin.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.name, &self.target) {
            (Some(name), _) => name.clone(),
            (None, Some(target)) => format!("#{} {}", self.index, target.origin()),
            (None, None) => format!("#{}", self.index),
        }
    }

    /// Whether another one signs with the same keys, in the same way.
    pub(crate) fn has_keys_of(&self, other: &Self) -> bool {
        let keys = self.secrets.iter().map(Secret::expose);
        self.scheme == other.scheme && keys.eq(other.secrets.iter().map(Secret::expose))
    }

    /// Whether this is what a person means: its name, its index, or its whole URL.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let by_url = || {
            let meant = Target::parse(text).ok();
            meant.is_some_and(|meant| {
                self.target
                    .as_ref()
                    .is_some_and(|target| target.uri() == meant.uri())
            })
        };
        self.name.as_deref() == Some(text) || text.parse() == Ok(self.index) || by_url()
    }

    /// Scheme, host and port of its URL: the part that is no secret.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        self.target
            .as_ref()
            .map(|target| target.origin().to_string())
    }

    /// How often it is tried on one side.
    #[must_use]
    pub(crate) fn retries(&self, before: bool) -> &Retries {
        if before { &self.before } else { &self.after }
    }

    /// Why nothing is sent to it, if so: its endpoint is gone, until the host restarts or
    /// reloads.
    #[must_use]
    pub fn switched_off(&self) -> Option<String> {
        self.is_gone()
            .then(|| "switched off until a reload or restart: it answered 410 Gone".to_owned())
    }

    /// Whether its deliveries are held by its breaker.
    #[must_use]
    pub fn breaker(&self) -> BreakerState {
        let breaker = &self.state().breaker;
        match (breaker.is_closed(), breaker.is_probing()) {
            (true, _) => BreakerState::Closed,
            (false, true) => BreakerState::HalfOpen,
            (false, false) => BreakerState::Open,
        }
    }

    /// What its deliveries and questions share.
    pub(crate) fn state(&self) -> MutexGuard<'_, WebhookState> {
        // Nothing panics while it is held; if it did, the state is still whole.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pause) = self.pause.get() {
            pause.apply(&mut state);
        }
        state
    }

    /// What pauses it: from its start on, and only once.
    pub(crate) fn set_pause(&self, pause: Arc<PauseSwitch>) {
        let _ = self.pause.set(pause);
    }

    /// Whether it is paused.
    pub(crate) fn is_paused(&self) -> bool {
        self.pause.get().is_some_and(|pause| pause.is_on())
    }

    /// Since when it is paused, if it is.
    pub(crate) fn paused(&self) -> Option<SystemTime> {
        self.pause.get().and_then(|pause| pause.since())
    }

    /// Another one, or none, is in its place from now on.
    pub(crate) fn replace(&self) {
        self.replaced.store(true, Ordering::Release);
    }

    /// Whether another one, or none, is in its place.
    pub(crate) fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Acquire)
    }

    /// Where it is counted: from its start on, and only once.
    pub(crate) fn set_counters(&self, counters: Arc<WebhookCounters>) {
        let _ = self.counters.set(counters);
    }

    /// What is counted of it.
    pub(crate) fn counters(&self) -> &WebhookCounters {
        self.counters.get_or_init(Arc::default)
    }

    /// The bounds of its deliveries and questions.
    pub(crate) fn limits(&self, breaker: BreakerLimits) -> Limits {
        let after = &self.after;
        Limits::new(self.timeout, after.max_tries, after.max_time, breaker)
    }

    /// Whether its endpoint said that it is gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.state().is_gone()
    }
}
