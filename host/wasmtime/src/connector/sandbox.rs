//! An instance of the connector with its store, and calls into it, each within its limits.

use super::call_limits::CallLimits;
use super::engine::Engine;
use super::error::CallError;
use super::functions::Functions;
use super::store::Guest;
use super::time_limit::TimeLimit;
use std::time::{Duration, Instant};
use wasmtime::component::{ComponentNamedList, Instance, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, Store};

/// An instance, and all that it has.
pub struct Sandbox {
    store: Store<Guest>,
    instance: Instance,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

/// The first pause before an instance is asked for again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_micros(100), Duration::from_millis(5));

impl Sandbox {
    /// A fresh one. Where this machine has no room for it now, that is waited for as long
    /// as the call itself may take: others end within that time.
    pub(super) fn new(
        engine: &Engine,
        functions: &Functions,
        limits: &CallLimits,
    ) -> Result<Self, CallError> {
        let made = match Self::try_new(engine, functions, limits) {
            Err(error) if is_want_of_room(&error) => Self::wait(engine, functions, limits),
            made => made,
        };
        made.map_err(|error| limits.failure(&error).without_instance())
    }

    #[cold]
    fn wait(engine: &Engine, functions: &Functions, limits: &CallLimits) -> wasmtime::Result<Self> {
        let deadline = Instant::now() + limits.time;
        let mut pause = PAUSES.0;
        loop {
            std::thread::sleep(pause);
            pause = PAUSES.1.min(pause * 2);
            match Self::try_new(engine, functions, limits) {
                Err(error) if is_want_of_room(&error) && Instant::now() < deadline => {}
                made => return made,
            }
        }
    }

    fn try_new(
        engine: &Engine,
        functions: &Functions,
        limits: &CallLimits,
    ) -> wasmtime::Result<Self> {
        let mut store = Store::new(engine.wasmtime(), Guest::default());
        store.limiter(|guest| &mut guest.limits);
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().time.reached()));
        limit(&mut store, engine, limits);
        let instance = functions.instantiate(&mut store)?;
        Ok(Self { store, instance })
    }

    /// Calls a function in it.
    pub(super) fn call<P, R>(
        &mut self,
        engine: &Engine,
        functions: &Functions,
        limits: &CallLimits,
        parameters: P,
    ) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        limit(&mut self.store, engine, limits);
        functions
            .call(&self.instance, &mut self.store, limits.function, parameters)
            .map_err(|error| limits.failure(&error))
    }
}

/// Whether there may be room for an instance in a moment: the pool is used up, or the system
/// refuses memory (`EAGAIN`, `ENOMEM`).
fn is_want_of_room(error: &wasmtime::Error) -> bool {
    let refused = ["(os error 11)", "(os error 12)"];
    let cause = error.root_cause().to_string();
    error.is::<PoolConcurrencyLimitError>() || refused.iter().any(|code| cause.ends_with(code))
}

fn limit(store: &mut Store<Guest>, engine: &Engine, limits: &CallLimits) {
    let ticks = engine.ticks(limits.time);
    *store.data_mut() = Guest {
        limits: limits.store_limits(),
        time: TimeLimit::new(limits.time, ticks),
    };
    store.set_hostcall_fuel(limits.transfer);
    store.set_epoch_deadline(ticks);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::connector::{Connector, Contract, Shape, wit};
    use std::sync::mpsc::channel;

    fn event() -> wit::Notification<'static> {
        wit::Notification::Event(wit::EventParam {
            name: "before:adjust",
            id: "e",
            created: "2026-11-23T11:23:42+00:00",
            parameters: "{}",
            results: None,
        })
    }

    #[test]
    fn room_for_an_instance_is_waited_for() {
        let connector = Connector::built_in().unwrap();
        let shape = Shape::default();
        let mut held = Vec::new();
        let error = loop {
            match Contract::of(&connector).render_to_sign(&shape, event(), 0) {
                Ok((_, sandbox)) => held.push(sandbox.unwrap()),
                Err(error) => break error.to_string(),
            }
            // Where the pool was not granted there is no such bound.
            if held.len() > 1000 {
                return;
            }
        };
        assert!(error.contains("this machine has no room"), "{error}");
        let (asking, asked) = channel();
        let waiting = std::thread::spawn(move || {
            asking.send(()).unwrap();
            Contract::of(&connector).render(&Shape::default(), event(), 0)
        });
        asked.recv().unwrap();
        held.pop();
        assert!(waiting.join().unwrap().is_ok());
    }
}
