//! What a host decides beside the configuration: where requests may go, and bounds.

use crate::config::webhook::LONGEST;
use crate::error::Error;
#[cfg(feature = "store")]
use crate::ledger::StoreOptions;
use crate::outbound::{self, Allow, Proxies, Transport};
use crate::trace::Tracer;
#[cfg(feature = "traces")]
use crate::trace::Traces;
use lifecycle::BreakerLimits;
use std::path::PathBuf;
use std::time::Duration;

/// Options of [`crate::Webhooks`]; the defaults are those of the program, without what
/// the environment says.
///
/// # Examples
/// ```
/// use servo_webhooks::{Allow, Options};
/// use std::time::Duration;
///
/// let options = Options::default()
///     .with_allow(Allow::parse(["loopback"])?)
///     .with_before_budget(Duration::from_secs(10));
/// assert_eq!(options.before_budget, Duration::from_secs(10));
/// # Ok::<(), servo_webhooks::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Addresses that requests may go to beside public ones.
    pub allow: Allow,
    /// Further CA certificates to trust: a file, PEM.
    pub ca_file: Option<PathBuf>,
    /// The same, as bytes.
    pub ca_certificates: Vec<u8>,
    /// Proxies to go through.
    pub proxies: Proxies,
    /// The time that all before webhooks of one event have together. More than a century
    /// is as good as no limit.
    pub before_budget: Duration,
    /// Deliveries that may wait: for their attempts, for a breaker, and for the observer.
    pub max_waiting: usize,
    /// Bytes of their bodies.
    pub max_waiting_bytes: usize,
    /// Bytes of an event's parameters and results, or of a message's content.
    pub max_event: usize,
    /// Attempts in flight at one endpoint, for after events and messages: at least 1.
    pub connections: usize,
    /// A webhook's breaker opens when events have failed for so long, five in a row at
    /// the least.
    pub breaker_after: Duration,
    /// An open breaker lets a probe out after this, and after twice as long each time
    /// that one fails, up to a minute. Zero: it never opens. Deliveries wait meanwhile; an
    /// event before which the webhook is asked is not held.
    pub breaker_hold: Duration,
    /// Bytes of an answer's body that are read.
    pub answer_cap: usize,
    /// Keeps each event until its deliveries are settled, for [`crate::Observer::lost`]:
    /// about as much memory again as the bodies take.
    pub keep_events: bool,
    /// Keeps deliveries and decisions on disk.
    #[cfg(feature = "store")]
    pub store: Option<StoreOptions>,
    /// Where spans are exported to.
    #[cfg(feature = "traces")]
    pub traces: Option<Traces>,
    /// Who answers instead of the network, for tests.
    pub transport: Option<Transport>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow: Allow::default(),
            ca_file: None,
            ca_certificates: Vec::new(),
            proxies: Proxies::none(),
            before_budget: Duration::from_secs(30),
            max_waiting: 10_000,
            max_waiting_bytes: 64 << 20,
            max_event: 1 << 20,
            connections: 16,
            breaker_after: Duration::from_secs(10),
            breaker_hold: Duration::from_secs(5),
            answer_cap: 64 << 10,
            keep_events: false,
            #[cfg(feature = "store")]
            store: None,
            #[cfg(feature = "traces")]
            traces: None,
            transport: None,
        }
    }
}

/// The variable that allows addresses, in every host of the connector.
const ALLOW: &str = "SERVO_WEBHOOKS_ALLOW";

impl Options {
    /// The defaults, with the proxies and the addresses that the environment names:
    /// `HTTP_PROXY` and its kin, and `SERVO_WEBHOOKS_ALLOW`, separated by commas.
    ///
    /// # Errors
    /// If an address to allow is none.
    pub fn from_env() -> Result<Self, Error> {
        let allow = std::env::var(ALLOW).unwrap_or_default();
        Ok(Self {
            allow: Allow::parse(allow.split(','))?,
            proxies: Proxies::from_env(),
            ..Self::default()
        })
    }

    pub(crate) fn breaker(&self) -> BreakerLimits {
        BreakerLimits {
            after: self.breaker_after,
            hold: self.breaker_hold.min(LONGEST),
        }
    }

    /// What begins spans.
    #[cfg(feature = "traces")]
    pub(crate) fn tracer(&self) -> Tracer {
        self.traces.as_ref().into()
    }

    /// Without the feature nobody takes them.
    #[cfg(not(feature = "traces"))]
    pub(crate) fn tracer(&self) -> Tracer {
        Tracer
    }

    pub(crate) fn client(&self) -> outbound::Options {
        outbound::Options {
            allow: self.allow.clone(),
            ca_file: self.ca_file.clone(),
            ca_certificates: self.ca_certificates.clone(),
            proxies: self.proxies.clone(),
            transport: self.transport.clone(),
        }
    }
}
