//! One delivery of an after event or a message to one webhook, from its
//! acceptance until it is settled.

mod report;

use crate::attempt::signing::{self, Signed};
use crate::config::webhook::Webhook;
use crate::delivery::capacity;
use crate::delivery::outcome::DeliveryStatus;
use crate::delivery::reports::Reports;
use crate::render::rendered_request::RenderedRequest;
use crate::trace::Span;
use crate::trace::ids::SpanIds;
use lifecycle::{
    self, BreakerLimits, Cause, DeliveryProgress, Limits, QueueItem, Settled, Time, WebhookState,
};
use rules::trace_context::TraceContext;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// What all deliveries of one event and shape share.
#[derive(Debug)]
pub(crate) struct QueuedBody {
    pub request: Arc<RenderedRequest>,
    pub event_id: Box<str>,
    /// As it was handed in, if that is kept.
    pub event: Option<Arc<str>>,
    /// The trace that it came with.
    pub trace: Option<Arc<TraceContext>>,
    /// When breakers open.
    pub breaker: BreakerLimits,
    /// Held for as long as the body is.
    #[expect(dead_code, reason = "it is given back when it is dropped")]
    pub capacity: capacity::BytesPermit,
}

/// Settled exactly once from its acceptance on: whoever drops it unsettled has it
/// reported as undelivered. One that was not accepted is nobody's business.
pub(crate) struct Delivery {
    pub webhook: Arc<Webhook>,
    pub queued_body: Arc<QueuedBody>,
    /// `X-Servo-Delivery`.
    pub id: Uuid,
    /// The first attempt, ahead of it. Boxed, for what waits has made it.
    pub signed: Option<Box<Signed>>,
    /// Where it stands.
    pub(super) life: lifecycle::Delivery,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Of the last attempt.
    pub error: Option<String>,
    pub accepted: Instant,
    /// How long the last attempt took.
    pub elapsed: Duration,
    /// From its acceptance on, if spans are exported.
    pub span: Option<Box<Span>>,
    /// How often it was replayed.
    pub replays: u32,
    /// An earlier process may have attempted it, and this one has not.
    pub restored: bool,
    /// The commit that has the count of its last attempt.
    pub noted: u64,
    pub(super) reports: Arc<Reports>,
    /// Until it is settled.
    permit: Option<capacity::Permit>,
    /// What it is when it is dropped, once it is accepted.
    outcome: Option<DeliveryStatus>,
    is_reported: bool,
}

impl Delivery {
    pub(crate) fn new(
        webhook: Arc<Webhook>,
        queued_body: Arc<QueuedBody>,
        signed: Option<Signed>,
        reports: Arc<Reports>,
        permit: capacity::Permit,
    ) -> Self {
        Self {
            webhook,
            queued_body,
            id: signing::delivery(signed.as_ref()),
            signed: signed.map(Box::new),
            life: lifecycle::Delivery::default(),
            status: None,
            error: None,
            accepted: Instant::now(),
            elapsed: Duration::ZERO,
            span: None,
            replays: 0,
            restored: false,
            noted: 0,
            reports,
            permit: Some(permit),
            outcome: None,
            is_reported: false,
        }
    }

    /// What its span is called by.
    pub(crate) fn ids(&self) -> Option<SpanIds> {
        self.span.as_ref().map(|span| span.ids())
    }

    /// How far it has come by now.
    pub(crate) fn progress(&self, now: Time) -> DeliveryProgress {
        self.life.progress(now)
    }

    /// Someone forgot it: nothing becomes of it any more.
    pub(crate) fn forget(mut self) {
        self.outcome = None;
        if let Some(ledger) = self.reports.ledger() {
            ledger.unload(self.id);
        }
    }

    /// From now on what becomes of it is reported: that it was not delivered, if it is
    /// dropped as it is.
    pub(crate) fn accept(&mut self) {
        self.outcome = Some(DeliveryStatus::Undelivered);
    }

    /// It got through, and is reported when it is dropped.
    pub(crate) fn delivered(&mut self) {
        self.error = None;
        self.outcome = Some(DeliveryStatus::Delivered);
    }

    /// It is given up.
    pub(crate) fn failed(mut self, why: String) {
        self.error = Some(why);
        self.outcome = Some(DeliveryStatus::Failed);
    }

    /// It ends in its time.
    pub(crate) fn settle(mut self, settled: Settled) {
        let late = |cause: &str, error: Option<String>| match error {
            Some(error) => format!("{error}; its time ran out {cause}"),
            None => format!("its time ran out {cause}"),
        };
        let error = self.error.take();
        let why = match settled {
            Settled::Delivered => return self.delivered(),
            Settled::Failed(Cause::Attempt) => {
                error.unwrap_or_else(|| "the process ended during its last attempt".to_owned())
            }
            Settled::Failed(Cause::SwitchedOff) => self.webhook.switched_off().unwrap_or_default(),
            Settled::Failed(Cause::Late) => late("in the queue", error),
            Settled::Failed(Cause::Held) => late("while the breaker was open", error),
            Settled::Failed(Cause::Lacking) => {
                format!("{}; no time left to retry", error.unwrap_or_default())
            }
        };
        self.failed(why);
    }

    /// Whether it goes on at the next start, if this process does not settle it.
    pub(crate) fn is_kept(&self) -> bool {
        let ledger = self.reports.ledger();
        ledger.is_some_and(|ledger| ledger.keeps(self.id))
    }
}

impl QueueItem for Box<Delivery> {
    type Endpoint = Arc<str>;

    fn endpoint(&self) -> &Arc<str> {
        &self.webhook.endpoint
    }

    fn delivery(&self) -> &lifecycle::Delivery {
        &self.life
    }

    fn with<R>(
        &mut self,
        step: impl FnOnce(&mut lifecycle::Delivery, &mut WebhookState, &Limits) -> R,
    ) -> R {
        let limits = self.webhook.limits(self.queued_body.breaker);
        let mut state = self.webhook.state();
        step(&mut self.life, &mut state, &limits)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.report();
        if self.is_reported {
            self.log();
        }
    }
}
