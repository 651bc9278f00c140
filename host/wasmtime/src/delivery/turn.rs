//! A turn: attempts, one after the other, as long as something is ready.

use crate::attempt::info::Stamp;
use crate::attempt::result::Attempted;
use crate::attempt::signing::Signed;
use crate::attempt::verdict::Verdict;
use crate::config::webhook::Webhook;
use crate::delivery::delivery::{Delivery, Freight};
use crate::delivery::outbox::{Closed, Outbox};
use crate::delivery::reports;
use crate::event::time;
use futures_util::FutureExt;
use lifecycle::{Attempt, Item, Next, Settled, Worker};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use uuid::Uuid;

/// The right to make attempts, one at a time.
struct Turn {
    outbox: Arc<Outbox>,
    worker: Worker,
    over: bool,
}

/// What an attempt is made of. Its delivery stays within reach of the outbox, so that the
/// end of all is the end of it as well.
struct Flight {
    webhook: Arc<Webhook>,
    freight: Arc<Freight>,
    id: Uuid,
    signed: Option<Box<Signed>>,
}

/// Starts one in a runtime.
pub fn start(runtime: &Handle, outbox: Arc<Outbox>, worker: Worker) -> AbortHandle {
    runtime
        .spawn(Turn::new(outbox, worker).work())
        .abort_handle()
}

impl Turn {
    fn new(outbox: Arc<Outbox>, worker: Worker) -> Self {
        Self {
            outbox,
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
                tracing::error!("bug in this program: an attempt panicked: {why}");
                self.abandon();
            }
            // The connection is given back by a task of its own, which comes first.
            tokio::task::yield_now().await;
        }
    }

    /// The next attempt; without one, the turn is given back in the same moment, or one
    /// that comes just then would wait for ever.
    fn next(&mut self) -> Option<(Flight, Attempt)> {
        loop {
            let mut state = self.outbox.lock();
            let now = self.outbox.sender.clock.now();
            let (next, signals) = state.deliveries.next(self.worker, now, |delivery| Flight {
                webhook: Arc::clone(&delivery.webhook),
                freight: Arc::clone(&delivery.freight),
                id: delivery.id,
                signed: delivery.signed.take(),
            });
            if matches!(next, Next::Idle) {
                state.tasks.remove(&self.worker.number());
                self.over = true;
            }
            self.outbox.heed(state, signals);
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
            freight,
            id,
            signed,
        } = flight;
        let (sender, webhook) = (&self.outbox.sender, &*webhook);
        if attempt.probe.is_some_and(|probe| !probe.is_extra()) {
            sender.probing(webhook);
        }
        let mut buffer = Uuid::encode_buffer();
        let stamp = Stamp {
            event: &freight.parcel.event,
            id: &freight.event_id,
            delivery: id.hyphenated().encode_lower(&mut buffer),
            number: attempt.number,
            first: sender.clock.instant(attempt.first),
            before: false,
            manual: false,
            began: Instant::now(),
            deadline: sender.clock.instant(attempt.deadline),
        };
        let signed = signed.map(|signed| *signed);
        let attempted = sender.attempt(webhook, &freight.parcel, stamp, signed);
        let mut attempted = attempted.await;
        let unread = attempted.publish.take();
        let Some((mut delivery, settled)) = self.finished(webhook, stamp, attempted) else {
            return;
        };
        if let (Some(unread), Settled::Delivered) = (unread, settled) {
            // What has been answered is delivered, also if all ends while the body comes.
            delivery.delivered();
            if let Some(publication) = sender.publication(webhook, stamp, unread).await {
                sender.observer.publication(publication).await;
            }
        }
        delivery.settle(settled);
    }

    /// Says what came of an attempt; the delivery, if that is to be settled now.
    fn finished(
        &self,
        webhook: &Webhook,
        stamp: Stamp<'_>,
        attempted: Attempted,
    ) -> Option<(Box<Delivery>, Settled)> {
        let sender = &self.outbox.sender;
        let (result, status) = (attempted.result(), attempted.status);
        let lacking = matches!(attempted.verdict, Verdict::Lacking(_));
        let why = attempted.verdict.into_why();
        let mut state = self.outbox.lock();
        let now = sender.clock.now();
        let finished = state
            .deliveries
            .finished(self.worker, result, now, |delivery| {
                if !lacking {
                    delivery.status = status;
                }
                delivery.error.clone_from(&why);
            });
        let (finished, signals) = finished?;
        self.outbox.heed(state, signals);
        sender.changed(
            webhook,
            finished.change,
            finished.switched_off,
            why.as_deref(),
        );
        if let Some(until) = finished.waits {
            tracing::info!(
                webhook = webhook.label(),
                event = stamp.event,
                id = stamp.id,
                delivery = stamp.delivery,
                attempt = stamp.number,
                error = why,
                "retrying in {}",
                time::display(until.since(now))
            );
        }
        finished.settled
    }

    /// Gives up what is on its way, unless all has ended.
    fn abandon(&self) {
        let delivery = self.outbox.lock().deliveries.take(self.worker);
        if let Some(mut delivery) = delivery {
            delivery.with(|delivery, webhook, _| delivery.abandon(webhook));
            delivery.failed("bug in this program: its attempt panicked".to_owned());
        }
    }
}

impl Drop for Turn {
    /// A task that is dropped within its turn is one of a runtime that ends.
    fn drop(&mut self) {
        if !self.over {
            self.outbox.end(Closed::Runtime);
        }
    }
}
