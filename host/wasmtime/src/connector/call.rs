//! Calls into instances of the connector, fresh or kept.

use super::Connector;
use super::call_limits::CallLimits;
use super::component;
use super::error::CallError;
use super::functions::Functions;
use super::instance_pool::{InstancePool, PooledInstance};
use super::sandbox::Sandbox;
use wasmtime::component::{ComponentNamedList, Lift, Lower};

impl Connector {
    /// The build with expressions: this one, or the other one that is built in.
    pub(super) fn complete(&self, limits: &CallLimits) -> Result<&Functions, CallError> {
        let inner = &*self.inner;
        if !inner.lean {
            return Ok(&inner.functions);
        }
        let engine = inner.engine.wasmtime();
        let loaded = inner.complete.get_or_init(|| component::complete(engine));
        loaded
            .as_ref()
            .map_err(|why| CallError::unusable(limits.function.name(), why.clone()))
    }

    /// Whether instances are kept for all calls.
    pub(super) fn reuses_instances(&self) -> bool {
        self.warm && self.may_keep()
    }

    /// Whether what another component keeps depends on more than the text is not known.
    fn may_keep(&self) -> bool {
        self.inner.info.is_built_in()
    }

    /// Calls a function that is needed now and then, in a fresh instance.
    pub(super) fn call<P, R>(&self, limits: &CallLimits, parameters: P) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        self.call_fresh(&self.inner.functions, limits, parameters)
            .map(|(answer, _)| answer)
    }

    /// Calls a function that every delivery needs, in an instance as the host wants it.
    pub(super) fn call_often<P, R>(
        &self,
        pool: &InstancePool,
        limits: &CallLimits,
        parameters: P,
    ) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        if self.reuses_instances() {
            self.call_warm(pool, &self.inner.functions, limits, parameters)
        } else {
            self.call(limits, parameters)
        }
    }

    /// Calls a function in a fresh instance, which is left.
    pub(super) fn call_fresh<P, R>(
        &self,
        functions: &Functions,
        limits: &CallLimits,
        parameters: P,
    ) -> Result<(R, Sandbox), CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        let engine = &self.inner.engine;
        let _ticking = engine.tick_while_called();
        let called = Sandbox::new(engine, functions, limits).and_then(|mut sandbox| {
            let answer = sandbox.call(engine, functions, limits, parameters)?;
            Ok((answer, sandbox))
        });
        called.inspect_err(|error| self.inner.failures.count(limits.function, error))
    }

    /// Calls a function in an instance that is kept.
    pub(super) fn call_warm<P, R>(
        &self,
        pool: &InstancePool,
        functions: &Functions,
        limits: &CallLimits,
        parameters: P,
    ) -> Result<R, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift,
    {
        let engine = &self.inner.engine;
        let _ticking = engine.tick_while_called();
        let warm = pool.take().map_or_else(
            || Sandbox::new(engine, functions, limits).map(PooledInstance::new),
            Ok,
        );
        let called = warm.and_then(|mut warm| {
            let answer = warm.sandbox.call(engine, functions, limits, parameters)?;
            if self.may_keep() {
                pool.put(warm);
            }
            Ok(answer)
        });
        called.inspect_err(|error| self.inner.failures.count(limits.function, error))
    }
}
