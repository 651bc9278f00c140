//! Deliveries on their way: what is ready waits in line at its endpoint, what is to
//! be retried waits for its time.
//!
//! Each endpoint has a bound on what is in flight, so that one which hangs holds up
//! nothing but itself. A delivery that waits is a record, not a task.

use crate::attempt::{Sender, Stamp, Verdict};
use crate::breaker::{self, Admission};
use crate::delivery::Delivery;
use crate::line::{Line, STILL};
use crate::room::Room;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

/// All deliveries that are not settled.
pub struct Outbox {
    sender: Arc<Sender>,
    pub room: Arc<Room>,
    /// Attempts at one endpoint at a time.
    abreast: usize,
    runtime: Handle,
    state: Mutex<State>,
    /// Rung when something is to be retried before all else.
    earlier: Arc<Notify>,
    /// Rung when a line that was long enough is short again.
    short: Notify,
}

#[derive(Default)]
struct State {
    lines: HashMap<Arc<str>, Line>,
    /// Boxed, for a tree has half of its places free.
    waiting: BTreeMap<(Instant, u64), Box<Delivery>>,
    serial: u64,
    tasks: JoinSet<()>,
    closed: bool,
}

/// The right to make attempts at an endpoint.
struct Turn {
    outbox: Arc<Outbox>,
    endpoint: Arc<str>,
    over: bool,
}

impl Outbox {
    /// Starts with the runtime that it is called in.
    pub fn new(sender: Arc<Sender>, room: Arc<Room>, abreast: usize) -> Arc<Self> {
        let outbox = Arc::new(Self {
            sender,
            room,
            abreast,
            runtime: Handle::current(),
            state: Mutex::default(),
            earlier: Arc::default(),
            short: Notify::new(),
        });
        let alarm = alarm(Arc::downgrade(&outbox), Arc::clone(&outbox.earlier));
        outbox.lock().tasks.spawn_on(alarm, &outbox.runtime);
        outbox
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if it did, the queues are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts deliveries in line, those of one event at once.
    pub fn push(self: &Arc<Self>, deliveries: impl IntoIterator<Item = Box<Delivery>>) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            drop(deliveries);
            return;
        }
        for delivery in deliveries {
            self.line_up(&mut state, delivery);
        }
    }

    /// Waits while more for any of these endpoints would gain nothing: enough is in line
    /// there, and it keeps up. One that does not keep up is not waited for.
    pub async fn until_short(&self, endpoints: &[Arc<str>]) {
        loop {
            let mut short = std::pin::pin!(self.short.notified());
            // Before the look, or what happens in between is missed.
            short.as_mut().enable();
            if !self.is_well_filled(endpoints) {
                return;
            }
            let _ = timeout(STILL, short).await;
        }
    }

    fn is_well_filled(&self, endpoints: &[Arc<str>]) -> bool {
        let (state, now) = (self.lock(), Instant::now());
        let mut lines = endpoints
            .iter()
            .filter_map(|endpoint| state.lines.get(endpoint));
        lines.any(|line| line.is_well_filled(now))
    }

    /// Runs something beside deliveries, until it ends or the outbox is closed.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.lock();
        if !state.closed {
            while state.tasks.try_join_next().is_some() {}
            state.tasks.spawn_on(task, &self.runtime);
        }
    }

    fn line_up(self: &Arc<Self>, state: &mut State, delivery: Box<Delivery>) {
        let endpoint = Arc::clone(&delivery.webhook.endpoint);
        let line = state.lines.entry(Arc::clone(&endpoint)).or_default();
        line.push(delivery);
        if line.in_flight < self.abreast {
            self.take_turn(state, endpoint);
        }
    }

    fn take_turn(self: &Arc<Self>, state: &mut State, endpoint: Arc<str>) {
        state
            .lines
            .entry(Arc::clone(&endpoint))
            .or_default()
            .in_flight += 1;
        while state.tasks.try_join_next().is_some() {}
        let turn = Turn {
            outbox: Arc::clone(self),
            endpoint,
            over: false,
        };
        state.tasks.spawn_on(turn.work(), &self.runtime);
    }

    fn retry_at(&self, time: Instant, delivery: Box<Delivery>) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            drop(delivery);
            return;
        }
        state.serial += 1;
        let key = (time, state.serial);
        let first = state
            .waiting
            .first_key_value()
            .is_none_or(|(first, _)| key < *first);
        state.waiting.insert(key, delivery);
        drop(state);
        if first {
            self.earlier.notify_one();
        }
    }

    /// Moves what is due into line; when to come again.
    fn ring(self: &Arc<Self>) -> Option<Instant> {
        let mut state = self.lock();
        loop {
            let (time, _) = *state.waiting.first_key_value()?.0;
            if time > Instant::now() {
                return Some(time);
            }
            let (_, delivery) = state.waiting.pop_first()?;
            self.line_up(&mut state, delivery);
        }
    }

    /// Moves what breakers held into line, where they have closed.
    fn release(self: &Arc<Self>) {
        let mut state = self.lock();
        let free = |delivery: &Delivery| delivery.held && delivery.webhook.breaker.is_closed();
        let released: Vec<_> = state
            .waiting
            .extract_if(.., |_, delivery| free(delivery))
            .collect();
        for (_, delivery) in released {
            self.line_up(&mut state, delivery);
        }
    }

    /// When the next delivery is to be retried, if any waits.
    pub fn next_retry(&self) -> Option<Instant> {
        self.lock().waiting.first_key_value().map(|(key, _)| key.0)
    }

    /// Ends every delivery that is not settled: each is reported as undelivered.
    pub async fn close(&self) {
        let (lines, waiting, mut tasks) = {
            let mut state = self.lock();
            state.closed = true;
            (
                std::mem::take(&mut state.lines),
                std::mem::take(&mut state.waiting),
                std::mem::take(&mut state.tasks),
            )
        };
        drop((lines, waiting));
        tasks.shutdown().await;
    }

    async fn attempt(&self, mut delivery: Box<Delivery>) -> Option<(Instant, Box<Delivery>)> {
        let webhook = Arc::clone(&delivery.webhook);
        if webhook.is_gone() {
            delivery.failed("switched off: its endpoint is gone".to_owned());
            return None;
        }
        let now = Instant::now();
        let probe = match self.sender.admit(&webhook, now) {
            Admission::Free => None,
            Admission::Probe(probe) => Some(probe),
            Admission::Held(until) => return hold(delivery, until),
        };
        delivery.held = false;
        let first = *delivery.first.get_or_insert(now);
        if delivery.attempts > 0 && now - first > webhook.after.max_time {
            let why = delivery.error.take().unwrap_or_default();
            delivery.failed(format!("{why}; its time to retry ran out in the queue"));
            return None;
        }
        delivery.attempts += 1;
        let signed = delivery.signed.take().map(|signed| *signed);
        let mut buffer = Uuid::encode_buffer();
        let id: &str = delivery.id.hyphenated().encode_lower(&mut buffer);
        let freight = Arc::clone(&delivery.freight);
        let stamp = Stamp {
            delivery: id,
            number: delivery.attempts,
            first,
            before: false,
            manual: false,
            began: now,
            deadline: now + webhook.timeout,
        };
        let attempted = self
            .sender
            .attempt(&webhook, &freight.parcel, stamp, signed)
            .await;
        let last = !matches!(attempted.verdict, Verdict::Retry(..));
        self.sender.note(&webhook, &attempted, probe, last);
        delivery.status = attempted.status;
        if let Some(unread) = attempted.publish
            && let Some(publication) = self.sender.publication(&webhook, id, false, unread).await
        {
            self.sender.observer.publication(publication);
        }
        match attempted.verdict {
            Verdict::Delivered => delivery.delivered(),
            Verdict::Retry(wait, why) => {
                tracing::info!(
                    webhook = webhook.label(),
                    event = &*freight.parcel.event,
                    delivery = id,
                    attempt = delivery.attempts,
                    error = why,
                    "to be tried again in {}",
                    crate::time::display(wait)
                );
                delivery.error = Some(why);
                return Some((Instant::now() + wait, delivery));
            }
            Verdict::Gone(why) => {
                webhook.switch_off(&why);
                delivery.failed(why);
            }
            Verdict::Failed(why) | Verdict::Cancel(why) => delivery.failed(why),
            Verdict::Lacking(why) => {
                delivery.attempts -= 1;
                delivery.error = Some(why);
                return Some((Instant::now() + Duration::from_secs(1), delivery));
            }
        }
        None
    }
}

impl Turn {
    /// Makes attempts until nothing is ready.
    async fn work(mut self) {
        while let Some(delivery) = self.next() {
            if let Some((time, delivery)) = self.outbox.attempt(delivery).await {
                self.outbox.retry_at(time, delivery);
            }
            // The connection is given back by a task of its own, which comes first.
            tokio::task::yield_now().await;
        }
    }

    /// The next delivery in line; without one, the turn is given back in the same
    /// moment, or one that comes just then would wait for ever.
    fn next(&mut self) -> Option<Box<Delivery>> {
        let mut state = self.outbox.lock();
        let line = state.lines.get_mut(&self.endpoint)?;
        if let Some(delivery) = line.pop() {
            let short = line.has_become_short();
            drop(state);
            if short {
                self.outbox.short.notify_waiters();
            }
            return Some(delivery);
        }
        line.in_flight -= 1;
        if line.in_flight == 0 {
            state.lines.remove(&self.endpoint);
        }
        self.over = true;
        None
    }
}

impl Drop for Turn {
    /// Should its task have died in the middle, another takes over.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut state = self.outbox.lock();
        let Some(line) = state.lines.get_mut(&self.endpoint) else {
            return;
        };
        line.in_flight -= 1;
        if !line.is_empty() {
            self.outbox
                .take_turn(&mut state, Arc::clone(&self.endpoint));
        }
    }
}

/// How long a delivery without retries waits for a breaker.
const PATIENCE: Duration = Duration::from_secs(180);

/// Keeps a delivery for when its breaker may have closed; when to look again. Its time
/// to be retried goes on.
fn hold(mut delivery: Box<Delivery>, until: Option<Instant>) -> Option<(Instant, Box<Delivery>)> {
    let now = Instant::now();
    let webhook = &delivery.webhook;
    let patience = match webhook.after.max_tries {
        1 => PATIENCE,
        _ => webhook.after.max_time,
    };
    let end = *delivery.first.get_or_insert(now) + patience;
    let time = until.unwrap_or(now + webhook.timeout).min(end);
    if now >= end {
        let held = breaker::explain(until);
        let why = match delivery.error.take() {
            Some(error) => format!("{error}; its time to retry ran out: {held}"),
            None => format!("its time ran out: {held}"),
        };
        delivery.failed(why);
        return None;
    }
    delivery.held = true;
    Some((time, delivery))
}

/// Puts deliveries back into line when their time has come, or their breaker closed.
async fn alarm(outbox: Weak<Outbox>, earlier: Arc<Notify>) {
    loop {
        // Not held while waiting: the outbox ends with its last user.
        let Some((next, sender)) = outbox
            .upgrade()
            .map(|outbox| (outbox.ring(), Arc::clone(&outbox.sender)))
        else {
            return;
        };
        let due = async {
            match next {
                Some(time) => sleep_until(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = earlier.notified() => {}
            () = sender.closed.notified() => {
                let Some(outbox) = outbox.upgrade() else { return };
                outbox.release();
            }
        }
    }
}
