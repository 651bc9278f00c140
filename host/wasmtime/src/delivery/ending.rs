//! The end of all deliveries, and of those that somebody forgot.

use crate::delivery::delivery::Delivery;
use crate::delivery::delivery_queue::{Closed, DeliveryQueue};
use lifecycle::QueueItem;
use std::time::Duration;
use tokio::task::AbortHandle;

/// How long the disk is waited for, until what it does not take is reported as undelivered.
#[cfg(feature = "store")]
const DECIDED: Duration = Duration::from_secs(5);

/// The same where nothing else goes on meanwhile.
const DECIDED_AT_ONCE: Duration = Duration::from_secs(1);

/// What was left at the end. When it is dropped, each that is not kept on disk is reported.
struct Left<'a> {
    queue: &'a DeliveryQueue,
    #[expect(
        clippy::vec_box,
        reason = "as the queue has them: none is moved at the end"
    )]
    deliveries: Vec<Box<Delivery>>,
    tasks: Vec<AbortHandle>,
}

impl Left<'_> {
    fn abort(&mut self) {
        self.tasks.drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        let mut left = std::mem::take(&mut self.deliveries);
        if let Some(ledger) = self.queue.context.observer.ledger()
            && !left.is_empty()
        {
            ledger.decide(DECIDED_AT_ONCE);
        }
        let lost = left.iter().filter(|delivery| !delivery.is_kept()).count();
        self.queue.lock().undelivered += lost;
        // To write them to the log takes longer, and a second signal leaves little time.
        for delivery in &mut left {
            delivery.report();
        }
        drop(left);
        self.abort();
    }
}

impl DeliveryQueue {
    /// Accepts nothing any more.
    pub(crate) fn close(&self) {
        self.lock().closed.get_or_insert(Closed::Shutdown);
        self.capacity.close();
    }

    /// Ends every delivery that is not settled. Each that is not kept on disk is reported as
    /// undelivered.
    pub(crate) fn end(&self, why: Closed) {
        drop(self.take_left(why));
    }

    /// The same, once the disk has taken what it takes. Says how many were reported as
    /// undelivered, each time that it is called.
    pub(crate) async fn shut_down(&self) -> usize {
        let _ending = self.ending.lock().await;
        #[cfg_attr(
            not(feature = "store"),
            expect(unused_mut, reason = "nothing is aborted early")
        )]
        let mut left = self.take_left(Closed::Shutdown);
        #[cfg(feature = "store")]
        if !left.deliveries.is_empty()
            && let Some(ledger) = self.context.observer.shared_ledger()
        {
            // Nothing is sent while the disk is waited for.
            left.abort();
            let decided = tokio::task::spawn_blocking(move || ledger.decide(DECIDED));
            // Where the runtime ends, what is dropped decides.
            drop(decided.await);
        }
        drop(left);
        self.lock().undelivered
    }

    fn take_left(&self, why: Closed) -> Left<'_> {
        let mut left = Left {
            queue: self,
            deliveries: Vec::new(),
            tasks: Vec::new(),
        };
        let mut state = self.lock();
        if state.ended {
            return left;
        }
        state.ended = true;
        state.closed.get_or_insert(why);
        if let Some(ledger) = self.context.observer.ledger() {
            let now = self.context.clock.now();
            let unwritten = state.deliveries.unwritten();
            unwritten.for_each(|delivery| ledger.stands(delivery.id, delivery.progress(now)));
        }
        left.deliveries = state.deliveries.end();
        let tasks = std::mem::take(&mut state.tasks).into_values().flatten();
        left.tasks.extend(tasks);
        left.tasks.append(&mut state.beside);
        drop(state);
        self.capacity.close();
        left
    }

    /// Takes out what somebody forgot, but for what is being sent: nothing becomes of it.
    pub(crate) fn forget(&self) {
        let Some(ledger) = self.context.observer.ledger() else {
            return;
        };
        let mut state = self.lock();
        let forgotten = state
            .deliveries
            .remove(|delivery| ledger.is_forgotten(delivery.id));
        drop(state);
        for mut delivery in forgotten {
            delivery.with(|delivery, webhook, _| delivery.abandon(webhook));
            delivery.forget();
        }
    }
}
