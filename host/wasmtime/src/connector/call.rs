//! Calls into instances of the connector, fresh or kept, each within its budget.

use super::budget::Budget;
use super::component::{self, Component};
use super::error::CallError;
use super::functions::Functions;
use super::time_limit::TimeLimit;
use super::warm::{Warm, Warmed};
use super::{Connector, Guest, Inner};
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Lift, Lower};

impl Connector {
    /// The build with expressions: this one, or the other one that is built in.
    pub(super) fn complete(&self, budget: &Budget) -> Result<&Functions, CallError> {
        let inner = &*self.inner;
        if !inner.lean {
            return Ok(&inner.functions);
        }
        let engine = inner.engine.wasmtime();
        let loaded = inner.complete.get_or_init(|| {
            let compiled = Component::complete().compile(engine, None);
            compiled
                .and_then(|compiled| component::link(engine, &compiled))
                .map_err(|error| error.to_string())
        });
        loaded
            .as_ref()
            .map_err(|why| CallError::unusable(budget.function.name(), why.clone()))
    }

    /// Calls a function that is needed now and then, in a fresh instance.
    pub(super) fn call<P, R>(&self, budget: &Budget, parameters: P) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        self.call_fresh(&self.inner.functions, budget, parameters)
    }

    /// Calls a function that every delivery needs, in an instance as the host wants it.
    pub(super) fn call_often<P, R>(
        &self,
        kept: &Warmed,
        budget: &Budget,
        parameters: P,
    ) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        let functions = &self.inner.functions;
        if self.warm && self.inner.info.is_built_in() {
            self.call_warm(kept, functions, budget, parameters)
        } else {
            self.call_fresh(functions, budget, parameters)
        }
    }

    /// Calls a function in a fresh instance.
    pub(super) fn call_fresh<P, R>(
        &self,
        functions: &Functions,
        budget: &Budget,
        parameters: P,
    ) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        let _ticking = self.inner.engine.tick_while_called();
        let mut store = self.store(budget);
        functions
            .instantiate(&mut store)
            .and_then(|instance| functions.call(&instance, &mut store, budget.function, parameters))
            .map_err(|error| CallError::new(budget, &error))
    }

    /// Calls a function in an instance that is kept.
    pub(super) fn call_warm<P, R>(
        &self,
        kept: &Warmed,
        functions: &Functions,
        budget: &Budget,
        parameters: P,
    ) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        let Inner { engine, info, .. } = &*self.inner;
        let fault = |error| CallError::new(budget, &error);
        let _ticking = engine.tick_while_called();
        let mut warm = match kept.take() {
            Some(mut warm) => {
                warm.store.data_mut().limits = budget.store_limits();
                self.limit(&mut warm.store, budget);
                warm
            }
            None => {
                let mut store = self.store(budget);
                let instance = functions.instantiate(&mut store).map_err(fault)?;
                Warm::new(store, instance)
            }
        };
        let Warm {
            store, instance, ..
        } = &mut warm;
        let answer = functions.call(instance, store, budget.function, parameters);
        let answer = answer.map_err(fault)?;
        // Whether what another one keeps depends on more than the text is not known.
        if info.is_built_in() {
            kept.put(warm);
        }
        Ok(answer)
    }

    fn store(&self, budget: &Budget) -> Store<Guest> {
        let guest = Guest {
            limits: budget.store_limits(),
            time: TimeLimit::default(),
        };
        let mut store = Store::new(self.inner.engine.wasmtime(), guest);
        store.limiter(|guest| &mut guest.limits);
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().time.reached()));
        self.limit(&mut store, budget);
        store
    }

    fn limit(&self, store: &mut Store<Guest>, budget: &Budget) {
        let ticks = self.inner.engine.ticks(budget.time);
        store.data_mut().time = TimeLimit::new(budget.time, ticks);
        store.set_hostcall_fuel(budget.transfer);
        store.set_epoch_deadline(ticks);
    }
}
