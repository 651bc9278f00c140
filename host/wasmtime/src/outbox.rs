//! Deliveries that are not settled: what is ready waits in line at its endpoint, what is
//! to be retried, or held by a breaker, waits for its time.
//!
//! Each endpoint has a bound on what is in flight, so that one which hangs holds up
//! nothing but itself. A delivery that waits is a record, not a task.
//!
//! Nothing is spawned, logged or reported under the lock: on a runtime that is ending a
//! task is dropped where it is spawned, and what it drops comes back here.

use crate::attempt::Sender;
use crate::delivery::Delivery;
use crate::line::{Line, STILL};
use crate::room::Room;
use crate::turn::{Seat, Turn};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

/// Why nothing is accepted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// By whoever had it.
    #[error("closed: these webhooks were drained and accept nothing new")]
    Drained,
    /// By the end of its runtime.
    #[error("closed: the runtime that these webhooks were started in has ended")]
    Runtime,
}

/// All deliveries that are not settled.
pub struct Outbox {
    pub sender: Arc<Sender>,
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
pub struct State {
    pub lines: HashMap<Arc<str>, Line>,
    /// Boxed, for a tree has half of its places free.
    waiting: BTreeMap<Due, Box<Delivery>>,
    /// Of those who make attempts.
    pub seats: HashMap<u64, Seated>,
    serial: u64,
    closed: Option<Closed>,
    /// Nothing is sent any more either.
    ended: bool,
    /// What was left at the end.
    undelivered: usize,
    beside: Vec<AbortHandle>,
}

/// When it is due. Of those that are due together, held by one breaker, that comes first
/// which could have been sent first: as a probe it has the least to lose.
type Due = (Instant, Option<Instant>, u64);

/// Whoever makes attempts: the delivery that is on its way, and the task.
pub struct Seated {
    seat: Arc<Seat>,
    task: Option<AbortHandle>,
}

impl Outbox {
    /// Starts with a runtime.
    pub fn new(sender: Arc<Sender>, room: Arc<Room>, abreast: usize, runtime: Handle) -> Arc<Self> {
        let outbox = Arc::new(Self {
            sender,
            room,
            abreast,
            runtime,
            state: Mutex::default(),
            earlier: Arc::default(),
            short: Notify::new(),
        });
        outbox.spawn(alarm(Ending(Arc::downgrade(&outbox))));
        outbox
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if it did, the queues are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts deliveries, those of one event at once.
    ///
    /// # Errors
    /// If none are accepted any more.
    pub fn push(
        self: &Arc<Self>,
        deliveries: impl IntoIterator<Item = Box<Delivery>>,
    ) -> Result<(), Closed> {
        let mut turns = Vec::new();
        {
            let mut state = self.lock();
            if let Some(closed) = state.closed {
                drop(state);
                drop(deliveries);
                return Err(closed);
            }
            for mut delivery in deliveries {
                delivery.accept();
                turns.extend(self.line_up(&mut state, delivery));
            }
        }
        self.begin(turns);
        Ok(())
    }

    /// Why nothing is accepted any more, if so.
    pub fn closed(&self) -> Option<Closed> {
        self.lock().closed
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

    /// A line has become short.
    pub fn ring_short(&self) {
        self.short.notify_waiters();
    }

    fn is_well_filled(&self, endpoints: &[Arc<str>]) -> bool {
        let (state, now) = (self.lock(), Instant::now());
        let mut lines = endpoints
            .iter()
            .filter_map(|endpoint| state.lines.get(endpoint));
        lines.any(|line| line.is_well_filled(now))
    }

    /// Runs something beside deliveries, until it ends or all does; whether all has not.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> bool {
        let task = self.runtime.spawn(task).abort_handle();
        let mut state = self.lock();
        if state.ended {
            drop(state);
            task.abort();
            return false;
        }
        if state.beside.len() == state.beside.capacity() {
            state.beside.retain(|task| !task.is_finished());
            let left = state.beside.len();
            state.beside.reserve(left + 8);
        }
        state.beside.push(task);
        true
    }

    /// Puts a delivery in line; whose turn it is then, if somebody more may send.
    fn line_up(self: &Arc<Self>, state: &mut State, delivery: Box<Delivery>) -> Option<Turn> {
        let endpoint = Arc::clone(&delivery.webhook.endpoint);
        let line = state.lines.entry(Arc::clone(&endpoint)).or_default();
        line.push(delivery);
        if line.in_flight >= self.abreast {
            return None;
        }
        line.in_flight += 1;
        state.serial += 1;
        let seat = Arc::<Seat>::default();
        let seated = Seated {
            seat: Arc::clone(&seat),
            task: None,
        };
        state.seats.insert(state.serial, seated);
        let outbox = Arc::clone(self);
        Some(Turn::new(outbox, endpoint, state.serial, seat))
    }

    /// Has turns taken. Not to be called with the lock held.
    fn begin(&self, turns: Vec<Turn>) {
        for turn in turns {
            let number = turn.number;
            let task = self.runtime.spawn(turn.work()).abort_handle();
            if let Some(seated) = self.lock().seats.get_mut(&number) {
                seated.task = Some(task);
            } else {
                // It is over already, or all is.
                task.abort();
            }
        }
    }

    /// Keeps what is on its way at a seat for a time, unless all has ended.
    pub fn keep(&self, seat: &Seat, time: Instant, change: impl FnOnce(&mut Delivery)) {
        let mut state = self.lock();
        let Some(mut delivery) = seat.take() else {
            return;
        };
        change(&mut delivery);
        state.serial += 1;
        let key = (time, delivery.first, state.serial);
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
        let mut turns = Vec::new();
        let next = {
            let (mut state, now) = (self.lock(), Instant::now());
            loop {
                let Some((&(time, ..), _)) = state.waiting.first_key_value() else {
                    break None;
                };
                if time > now {
                    break Some(time);
                }
                if let Some((_, delivery)) = state.waiting.pop_first() {
                    turns.extend(self.line_up(&mut state, delivery));
                }
            }
        };
        self.begin(turns);
        next
    }

    /// Moves what breakers held into line, where they have closed.
    fn release(self: &Arc<Self>) {
        let mut turns = Vec::new();
        let mut state = self.lock();
        let free = |delivery: &Delivery| delivery.held && delivery.webhook.breaker.is_closed();
        let released: Vec<_> = state
            .waiting
            .extract_if(.., |_, delivery| free(delivery))
            .collect();
        for (_, delivery) in released {
            turns.extend(self.line_up(&mut state, delivery));
        }
        drop(state);
        self.begin(turns);
    }

    /// When the next delivery is to be retried, if any waits.
    pub fn next_retry(&self) -> Option<Instant> {
        self.lock().waiting.first_key_value().map(|(key, _)| key.0)
    }

    /// Accepts nothing any more.
    pub fn close(&self) {
        self.lock().closed.get_or_insert(Closed::Drained);
        self.room.close();
    }

    /// Ends every delivery that is not settled: each is reported as undelivered. Says how
    /// many these were, each time that it is called.
    pub fn end(&self, why: Closed) -> usize {
        let (mut left, mut tasks) = (Vec::new(), Vec::new());
        {
            let mut state = self.lock();
            if state.ended {
                return state.undelivered;
            }
            state.ended = true;
            state.closed.get_or_insert(why);
            for line in std::mem::take(&mut state.lines).into_values() {
                left.extend(line.into_ready());
            }
            left.extend(std::mem::take(&mut state.waiting).into_values());
            for seated in std::mem::take(&mut state.seats).into_values() {
                left.extend(seated.seat.take());
                tasks.extend(seated.task);
            }
            tasks.append(&mut state.beside);
            state.undelivered = left.len();
        }
        self.room.close();
        let undelivered = left.len();
        for delivery in left {
            delivery.undelivered();
        }
        for task in tasks {
            task.abort();
        }
        undelivered
    }
}

/// Held by a task for as long as the runtime lives: with it all ends.
struct Ending(Weak<Outbox>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(outbox) = self.0.upgrade() {
            outbox.end(Closed::Runtime);
        }
    }
}

/// Puts deliveries back into line when their time has come, or their breaker closed.
async fn alarm(outbox: Ending) {
    loop {
        // Not held while waiting: the outbox ends with its last user.
        let Some((next, sender, earlier)) = outbox.0.upgrade().map(|outbox| {
            let next = outbox.ring();
            (
                next,
                Arc::clone(&outbox.sender),
                Arc::clone(&outbox.earlier),
            )
        }) else {
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
                let Some(outbox) = outbox.0.upgrade() else { return };
                outbox.release();
            }
        }
    }
}
