//! The hooks of a servo: before an event, after it, or around it whole.

mod backpressure;
pub(crate) mod dispatch;
pub(crate) mod events;
#[cfg(feature = "store")]
mod health;
mod inspection;
mod reload;
mod shutdown;
pub(crate) mod start_error;
#[cfg(feature = "store")]
mod store;
pub(crate) mod submission;

use crate::attempt::context::AttemptContext;
use crate::clock::Clock;
use crate::config::configuration::Configuration;
use crate::delivery::capacity::Capacity;
use crate::delivery::delivery_queue::{Closed, DeliveryQueue};
use crate::delivery::observer::Observer;
use crate::delivery::reports::Reports;
use crate::delivery::worker;
use crate::error::Error;
use crate::event::time;
use crate::observe::counters::Counters;
use crate::observe::paused::Paused;
use crate::options::Options;
use crate::outbound::Client;
use crate::render::fan_out::FanOut;
use crate::webhooks::start_error::StartError;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Handle;
use tokio::sync::Notify;

/// In which a thread has settled what it is about to, when all ends.
const SETTLING: Duration = Duration::from_millis(100);

/// The webhooks of a servo, at work.
///
/// Cloning shares them. Call [`Webhooks::shutdown`] to end, or drop the last one: attempts
/// in flight are ended too, and what is not delivered is reported to the observer as
/// undelivered. They end as well when the runtime does that they were started in.
///
/// Each delivery that was accepted is reported exactly once, however all ends; with a store,
/// by the process that settles it: what waits at the end goes on at the next start. Reports go to
/// the observer on a thread of its own: [`Webhooks::shutdown`] waits for it, and the drop of the last
/// one does for a second at the most. So reports are lost in two ways only: the process
/// exits (or `main` returns) while others still hold a clone, or within a second after an
/// observer has hung.
#[derive(Clone)]
pub struct Webhooks {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    /// Replaced as a whole when a new configuration comes.
    fan_out: RwLock<Arc<FanOut>>,
    options: Options,
    pub(crate) context: Arc<AttemptContext>,
    pub(crate) queue: Arc<DeliveryQueue>,
    pub(crate) paused: Paused,
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Webhooks")
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

impl Webhooks {
    /// Starts the webhooks of a configuration, in the tokio runtime that this is
    /// called in, which has its timers and its I/O enabled.
    ///
    /// # Errors
    /// If the HTTP client cannot be set up (a CA file or a proxy of the environment), if
    /// this is called outside a runtime, if the options allow no connections, if the clock
    /// stands before 1970, or if there is no thread to be had for the observer.
    pub fn start(
        configuration: Configuration,
        options: Options,
        observer: impl Observer,
    ) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|_| StartError::Runtime)?;
        if options.connections == 0 {
            return Err(StartError::Connections.into());
        }
        if !time::is_readable(SystemTime::now()) {
            return Err(StartError::Clock.into());
        }
        let client = Client::new(options.client())?;
        #[cfg(feature = "store")]
        let ledger = store::open(&configuration, &options)?;
        #[cfg(not(feature = "store"))]
        let ledger = None;
        let counters = Arc::new(Counters::default());
        counters.adopt(&configuration);
        let clock = Clock::start();
        #[cfg(feature = "store")]
        let paused = match &ledger {
            Some(ledger) => Paused::restored(ledger.paused_before(), clock.now()),
            None => Paused::default(),
        };
        #[cfg(not(feature = "store"))]
        let paused = Paused::default();
        paused.adopt(&configuration);
        let reports = Reports::start(observer, ledger.clone(), runtime.clone())
            .map_err(StartError::Thread)?;
        let context = Arc::new(AttemptContext {
            client,
            answer_cap: options.answer_cap,
            breaker: options.breaker(),
            clock,
            closed: Notify::new(),
            observer: reports,
            tracer: options.tracer(),
            counters,
        });
        let capacity = Arc::new(Capacity::new(
            options.max_waiting,
            options.max_waiting_bytes,
            configuration.endpoints(),
        ));
        let queue = DeliveryQueue::new(
            Arc::clone(&context),
            capacity,
            options.connections,
            runtime,
            worker::start,
        );
        let fan_out = FanOut::new(configuration, options.max_event);
        let inner = Arc::new(Inner {
            fan_out: RwLock::new(Arc::new(fan_out)),
            options,
            context,
            queue,
            paused,
        });
        #[cfg(feature = "store")]
        if let Some(ledger) = ledger {
            let known = Arc::downgrade(&inner);
            let current = move || Some(Arc::clone(&known.upgrade()?.fan_out().configuration));
            store::load(&inner.queue, ledger, current);
        }
        Ok(Self { inner })
    }
}

impl Drop for Inner {
    /// The last one is gone: so are all attempts.
    fn drop(&mut self) {
        self.queue.end(Closed::Shutdown);
        self.context.observer.until_told();
        // Another thread may be settling one that it had taken out before. What is told of waits
        // no more.
        let deadline = Instant::now() + SETTLING;
        while self.queue.capacity.waiting() > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Inner {
    /// The one that the next event meets.
    fn fan_out(&self) -> Arc<FanOut> {
        let fan_out = self.fan_out.read();
        Arc::clone(&fan_out.unwrap_or_else(PoisonError::into_inner))
    }
}
