//! An instance of the connector with its store, and calls into it, each within its budget.

use super::budget::Budget;
use super::engine::Engine;
use super::error::CallError;
use super::functions::Functions;
use super::time_limit::TimeLimit;
use wasmtime::component::{ComponentNamedList, Instance, Lift, Lower};
use wasmtime::{Store, StoreLimits};

/// What a store holds beside the guest itself: the limits of one call.
#[derive(Default)]
pub struct Guest {
    limits: StoreLimits,
    time: TimeLimit,
}

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

impl Sandbox {
    /// A fresh one.
    pub(super) fn new(
        engine: &Engine,
        functions: &Functions,
        budget: &Budget,
    ) -> Result<Self, CallError> {
        let mut store = Store::new(engine.wasmtime(), Guest::default());
        store.limiter(|guest| &mut guest.limits);
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().time.reached()));
        limit(&mut store, engine, budget);
        let instance = functions
            .instantiate(&mut store)
            .map_err(|error| CallError::new(budget, &error))?;
        Ok(Self { store, instance })
    }

    /// Calls a function in it.
    pub(super) fn call<P, R>(
        &mut self,
        engine: &Engine,
        functions: &Functions,
        budget: &Budget,
        parameters: P,
    ) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        limit(&mut self.store, engine, budget);
        functions
            .call(&self.instance, &mut self.store, budget.function, parameters)
            .map_err(|error| CallError::new(budget, &error))
    }
}

fn limit(store: &mut Store<Guest>, engine: &Engine, budget: &Budget) {
    let ticks = engine.ticks(budget.time);
    *store.data_mut() = Guest {
        limits: budget.store_limits(),
        time: TimeLimit::new(budget.time, ticks),
    };
    store.set_hostcall_fuel(budget.transfer);
    store.set_epoch_deadline(ticks);
}
