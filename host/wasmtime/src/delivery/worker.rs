//! A worker: attempts, one after the other, as long as something is ready.

use crate::attempt::info::AttemptInfo;
use crate::attempt::result::AttemptResult;
use crate::attempt::signing::Signed;
use crate::attempt::verdict::Verdict;
use crate::config::webhook::Webhook;
use crate::delivery::delivery::{Delivery, QueuedBody};
use crate::delivery::delivery_queue::{Closed, DeliveryQueue};
use crate::delivery::reports;
use crate::event::time;
use crate::ledger::entry::{AttemptEnd, Wait};
use crate::log_limit::{Kind, limited};
use crate::trace::attempt_trace::AttemptTrace;
use crate::trace::ids::SpanIds;
use futures_util::FutureExt;
use lifecycle::{Attempt, DeliveryProgress, Next, QueueItem, Settled};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use uuid::Uuid;

/// The right to make attempts, one at a time.
struct Worker {
    queue: Arc<DeliveryQueue>,
    worker: lifecycle::Worker,
    over: bool,
}

/// What an attempt is made of. Its delivery stays within reach of the queue, so that the
/// end of all is the end of it as well.
struct Flight {
    webhook: Arc<Webhook>,
    replays: u32,
    /// How far its delivery has come by its beginning.
    progress: DeliveryProgress,
    /// It was begun by another process, or may have been.
    restored: bool,
    /// The commit that has the count of the attempt before this one.
    noted: u64,
    queued_body: Arc<QueuedBody>,
    id: Uuid,
    signed: Option<Box<Signed>>,
    /// Of its span.
    ids: Option<SpanIds>,
}

/// Starts one in a runtime.
pub(crate) fn start(
    runtime: &Handle,
    queue: Arc<DeliveryQueue>,
    worker: lifecycle::Worker,
) -> AbortHandle {
    runtime
        .spawn(Worker::new(queue, worker).work())
        .abort_handle()
}

impl Worker {
    fn new(queue: Arc<DeliveryQueue>, worker: lifecycle::Worker) -> Self {
        Self {
            queue,
            worker,
            over: false,
        }
    }

    /// Makes attempts until nothing is ready.
    async fn work(mut self) {
        while let Some((flight, attempt)) = self.next() {
            let attempt = AssertUnwindSafe(self.attempt(flight, attempt)).catch_unwind();
            if let Err(panic) = attempt.await {
                let why = reports::message(&*panic);
                limited(Kind::Attempt, &[why], |repeated| {
                    tracing::error!(repeated, "bug in this program: an attempt panicked: {why}");
                });
                self.abandon();
            }
            // The connection is given back by a task of its own, which comes first.
            tokio::task::yield_now().await;
        }
    }

    /// The next attempt; without one, the worker is given back in the same moment, or one
    /// that comes just then would wait for ever.
    fn next(&mut self) -> Option<(Flight, Attempt)> {
        loop {
            let mut state = self.queue.lock();
            let now = self.queue.context.clock.now();
            let prepare = |delivery: &mut Box<Delivery>| Flight {
                webhook: Arc::clone(&delivery.webhook),
                replays: delivery.replays,
                progress: delivery.progress(now),
                restored: std::mem::take(&mut delivery.restored),
                noted: delivery.noted,
                queued_body: Arc::clone(&delivery.queued_body),
                id: delivery.id,
                signed: delivery.signed.take(),
                ids: delivery.ids(),
            };
            let (next, signals) =
                state
                    .deliveries
                    .next(self.worker, now, prepare, |delivery, until| {
                        delivery.held(now, until);
                    });
            if matches!(next, Next::Idle) {
                state.tasks.remove(&self.worker.number());
                self.over = true;
            }
            self.queue.heed(state, signals);
            match next {
                Next::Send(flight, attempt) => return Some((flight, attempt)),
                Next::Settle(delivery, settled) => delivery.settle(settled),
                Next::Idle => return None,
            }
        }
    }

    async fn attempt(&self, flight: Flight, attempt: Attempt) {
        let Flight {
            webhook,
            replays,
            progress,
            restored,
            mut noted,
            queued_body,
            id,
            signed,
            ids,
        } = flight;
        let (context, webhook) = (&self.queue.context, &*webhook);
        let asked = Instant::now();
        if let Some(ledger) = context.observer.ledger() {
            if ledger.is_forgotten(id) {
                return self.forget();
            }
            let began = ledger.began(id, progress, noted, restored);
            noted = began.await;
        }
        if attempt.probe.is_some_and(|probe| !probe.is_extra()) {
            context.probing(webhook);
        }
        let mut buffer = Uuid::encode_buffer();
        let info = AttemptInfo {
            event: &queued_body.request.event,
            id: &queued_body.event_id,
            delivery: id.hyphenated().encode_lower(&mut buffer),
            number: attempt.number,
            first: context.clock.instant(attempt.first),
            before: false,
            manual: false,
            replays,
            began: Instant::now(),
            // The disk takes nothing of its time.
            deadline: context.clock.instant(attempt.deadline) + asked.elapsed(),
            trace: AttemptTrace::new(queued_body.trace.as_deref(), ids),
        };
        let signed = signed.map(|signed| *signed);
        let result = context.attempt(webhook, &queued_body.request, info, signed);
        let mut result = result.await;
        let (unread, status) = (result.publish.take(), result.status);
        let Some((mut delivery, settled)) = self.finished(webhook, info, (id, noted), result)
        else {
            return;
        };
        if let (Some(unread), Settled::Delivered) = (unread, settled) {
            // What has been answered is delivered, also if all ends while the body comes.
            delivery.delivered();
            if let Some(publication) = context.publication(webhook, info, unread).await {
                if let Some(ledger) = context.observer.ledger()
                    && ledger.keeps_answers()
                {
                    let end = AttemptEnd {
                        number: info.number,
                        elapsed: info.began.elapsed(),
                        status,
                        error: None,
                        answer: Some(&publication.content),
                    };
                    ledger.attempted(id, end);
                }
                context.observer.publication(publication).await;
            }
        }
        delivery.settle(settled);
    }

    /// Says what came of an attempt; the delivery, if that is to be settled now.
    fn finished(
        &self,
        webhook: &Webhook,
        info: AttemptInfo<'_>,
        (id, noted): (Uuid, u64),
        result: AttemptResult,
    ) -> Option<(Box<Delivery>, Settled)> {
        let context = &self.queue.context;
        let (core_result, status) = (result.to_core(), result.status);
        let lacking = matches!(result.verdict, Verdict::Lacking(_));
        let kept = result.kept.map(|body| body.bytes);
        let kept = kept.filter(|bytes| !bytes.is_empty());
        let why = result.verdict.into_why();
        let elapsed = info.began.elapsed();
        let mut state = self.queue.lock();
        let now = context.clock.now();
        let finished = state
            .deliveries
            .finished(self.worker, core_result, now, |delivery| {
                if !lacking {
                    delivery.status = status;
                }
                delivery.error.clone_from(&why);
                delivery.elapsed = elapsed;
                delivery.noted = noted;
            });
        let (finished, signals) = finished?;
        self.queue.heed(state, signals);
        let error = why.as_deref();
        let end = AttemptEnd {
            number: info.number,
            elapsed,
            status,
            error,
            answer: kept.as_ref(),
        };
        let wait = finished.waits.map(|until| Wait {
            wait: until.since(now),
            progress: finished.progress,
            status,
            error,
        });
        self.write_down(id, end, wait);
        context.changed(webhook, finished.change, finished.switched_off, error);
        if let Some(until) = finished.waits {
            tracing::info!(
                webhook = webhook.label(),
                event = info.event,
                id = info.id,
                delivery = info.delivery,
                trace_id = info.trace.trace_id(),
                span_id = info.trace.span_id(),
                attempt = info.number,
                error = why,
                "retrying in {}",
                time::display(until.since(now))
            );
        }
        finished.settled
    }

    /// Has the ledger write down how an attempt ended, and how long its delivery waits now.
    fn write_down(&self, id: Uuid, end: AttemptEnd<'_>, wait: Option<Wait<'_>>) {
        let Some(ledger) = self.queue.context.observer.ledger() else {
            return;
        };
        // What is delivered at once has no more to it than its end.
        if end.error.is_some() || end.number > 1 || end.answer.is_some() {
            ledger.attempted(id, end);
        }
        if let Some(wait) = wait {
            ledger.waits(id, wait);
            // It could not be taken out while its attempt was being made.
            if ledger.is_forgotten(id) {
                self.queue.forget();
            }
        }
    }

    /// Someone forgot what was to be sent.
    fn forget(&self) {
        let delivery = self.queue.lock().deliveries.take(self.worker);
        if let Some(mut delivery) = delivery {
            delivery.with(|delivery, webhook, _| delivery.abandon(webhook));
            delivery.forget();
        }
    }

    /// Gives up what is on its way, unless all has ended.
    fn abandon(&self) {
        let delivery = self.queue.lock().deliveries.take(self.worker);
        if let Some(mut delivery) = delivery {
            delivery.with(|delivery, webhook, _| delivery.abandon(webhook));
            delivery.failed("bug in this program: its attempt panicked".to_owned());
        }
    }
}

impl Drop for Worker {
    /// A task that is dropped while it works is one of a runtime that ends.
    fn drop(&mut self) {
        if !self.over {
            self.queue.end(Closed::Runtime);
        }
    }
}
