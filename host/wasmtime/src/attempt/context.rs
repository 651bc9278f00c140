//! What attempts are made with.

use crate::clock::Clock;
use crate::delivery::outcome::EventOutcome;
use crate::delivery::reports::Reports;
use crate::observe::counters::Counters;
use crate::outbound::Client;
use crate::trace::Tracer;
use lifecycle::BreakerLimits;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Notify;

/// What attempts are made with.
pub(crate) struct AttemptContext {
    pub client: Client,
    /// Bytes of an answer's body that are read at the most.
    pub answer_cap: usize,
    /// When breakers open.
    pub breaker: BreakerLimits,
    /// Of the runtime that they are made in.
    pub clock: Clock,
    /// Rung when one closed.
    pub closed: Notify,
    pub observer: Arc<Reports>,
    /// Begins spans.
    pub tracer: Tracer,
    pub counters: Arc<Counters>,
}

impl AttemptContext {
    /// What webhooks did not take of an event is counted, and told.
    pub(crate) fn rejected(&self, outcome: &EventOutcome) {
        self.counters.rejected(outcome);
        self.observer.rejected(outcome);
    }
}

impl fmt::Debug for AttemptContext {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AttemptContext").finish_non_exhaustive()
    }
}
