//! The wasmtime engine, and the clock that stops guests which run over.

use super::error::ComponentError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

/// How often the clock ticks while a guest runs.
const TICK: Duration = Duration::from_millis(1);

/// After so many ticks without a call the clock stops until the next one: an idle
/// servo is not woken a thousand times a second.
const IDLE_TICKS: u32 = 200;

/// An engine with its clock, a thread of its own.
pub(crate) struct Engine {
    wasmtime: wasmtime::Engine,
    /// Which of the ways was granted.
    way: usize,
    clock: Arc<Clock>,
    thread: Thread,
}

struct Clock {
    calls: AtomicUsize,
    parked: AtomicBool,
}

/// While one of these lives the clock ticks.
pub(crate) struct Ticking<'a>(&'a Clock);

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Release);
    }
}

impl Engine {
    /// An engine, set up in the first way that this machine grants.
    pub(crate) fn new(
        clock: &str,
        ways: impl IntoIterator<Item = wasmtime::Config>,
    ) -> Result<Self, ComponentError> {
        let mut made = Err("there is no way".to_owned());
        for (number, way) in ways.into_iter().enumerate() {
            made = match wasmtime::Engine::new(&way) {
                Ok(engine) => Ok((number, engine)),
                Err(error) => Err(format!("{error:#}")),
            };
            if made.is_ok() {
                break;
            }
        }
        let (way, wasmtime) = made.map_err(ComponentError::Engine)?;
        let name = clock.to_owned();
        let clock = Arc::new(Clock {
            calls: AtomicUsize::new(0),
            parked: AtomicBool::new(false),
        });
        let (engine, weak) = (wasmtime.weak(), Arc::downgrade(&clock));
        let thread = thread::Builder::new()
            .name(name)
            .spawn(move || run(&engine, &weak))
            .map_err(|error| ComponentError::Engine(format!("no thread for its clock: {error}")))?
            .thread()
            .clone();
        Ok(Self {
            wasmtime,
            way,
            clock,
            thread,
        })
    }

    /// Whether it is set up as it is best.
    pub(crate) fn is_first_way(&self) -> bool {
        self.way == 0
    }

    /// The engine itself.
    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    /// How many ticks a time is, at least.
    pub(crate) fn ticks(&self, time: Duration) -> u64 {
        // One more, since the first tick may come at once.
        u64::try_from(time.as_micros().div_ceil(TICK.as_micros()))
            .unwrap_or(u64::MAX - 1)
            .saturating_add(1)
    }

    /// Keeps the clock ticking until the answer is dropped.
    pub(crate) fn tick_while_called(&self) -> Ticking<'_> {
        self.clock.calls.fetch_add(1, Ordering::SeqCst);
        if self.clock.parked.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Ticking(&self.clock)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The thread finds the engine gone and ends.
        self.thread.unpark();
    }
}

fn run(engine: &wasmtime::EngineWeak, clock: &Weak<Clock>) {
    let mut idle = 0;
    loop {
        thread::sleep(TICK);
        let (Some(engine), Some(clock)) = (engine.upgrade(), clock.upgrade()) else {
            return;
        };
        engine.increment_epoch();
        idle = if clock.calls.load(Ordering::SeqCst) == 0 {
            idle + 1
        } else {
            0
        };
        if idle < IDLE_TICKS {
            continue;
        }
        clock.parked.store(true, Ordering::SeqCst);
        // A call may have come in between: it saw no reason to wake this thread.
        if clock.calls.load(Ordering::SeqCst) == 0 {
            drop((engine, Arc::clone(&clock)));
            thread::park();
        }
        clock.parked.store(false, Ordering::SeqCst);
        idle = 0;
    }
}
