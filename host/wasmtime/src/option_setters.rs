//! Options one after the other, each by a method.

use crate::options::Options;
use crate::outbound::{Allow, Proxies, Transport};
#[cfg(feature = "traces")]
use crate::trace::Traces;
use std::path::PathBuf;
use std::time::Duration;

impl Options {
    /// With another [`Options::allow`].
    #[must_use]
    pub fn with_allow(mut self, allow: Allow) -> Self {
        self.allow = allow;
        self
    }

    /// With another [`Options::ca_file`].
    #[must_use]
    pub fn with_ca_file(mut self, ca_file: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(ca_file.into());
        self
    }

    /// With another [`Options::ca_certificates`].
    #[must_use]
    pub fn with_ca_certificates(mut self, ca_certificates: impl Into<Vec<u8>>) -> Self {
        self.ca_certificates = ca_certificates.into();
        self
    }

    /// With another [`Options::proxies`].
    #[must_use]
    pub fn with_proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// With another [`Options::before_budget`].
    #[must_use]
    pub fn with_before_budget(mut self, before_budget: Duration) -> Self {
        self.before_budget = before_budget;
        self
    }

    /// With another [`Options::max_waiting`].
    #[must_use]
    pub fn with_max_waiting(mut self, max_waiting: usize) -> Self {
        self.max_waiting = max_waiting;
        self
    }

    /// With another [`Options::max_waiting_bytes`].
    #[must_use]
    pub fn with_max_waiting_bytes(mut self, max_waiting_bytes: usize) -> Self {
        self.max_waiting_bytes = max_waiting_bytes;
        self
    }

    /// With another [`Options::max_event`].
    #[must_use]
    pub fn with_max_event(mut self, max_event: usize) -> Self {
        self.max_event = max_event;
        self
    }

    /// With another [`Options::connections`].
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// With another [`Options::breaker_after`].
    #[must_use]
    pub fn with_breaker_after(mut self, breaker_after: Duration) -> Self {
        self.breaker_after = breaker_after;
        self
    }

    /// With another [`Options::breaker_hold`].
    #[must_use]
    pub fn with_breaker_hold(mut self, breaker_hold: Duration) -> Self {
        self.breaker_hold = breaker_hold;
        self
    }

    /// With another [`Options::answer_cap`].
    #[must_use]
    pub fn with_answer_cap(mut self, answer_cap: usize) -> Self {
        self.answer_cap = answer_cap;
        self
    }

    /// With another [`Options::keep_events`].
    #[must_use]
    pub fn with_keep_events(mut self, keep_events: bool) -> Self {
        self.keep_events = keep_events;
        self
    }

    /// With another [`Options::traces`].
    #[cfg(feature = "traces")]
    #[must_use]
    pub fn with_traces(mut self, traces: Traces) -> Self {
        self.traces = Some(traces);
        self
    }

    /// With another [`Options::transport`].
    #[must_use]
    pub fn with_transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }
}
