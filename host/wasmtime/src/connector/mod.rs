//! The connector in its sandbox: every decision is asked for here.
//!
//! Each call runs in a fresh instance with a limit on its time and memory, but for two:
//! what renders an event for a single webhook signs it too. A shape with expressions runs
//! in one that is kept warm, and so does every call if the host wants it. A guest that
//! traps or runs over fails that one call and touches nothing else.

mod address_space;
pub mod bindings;
mod builtin;
mod call;
mod call_limits;
mod calls;
mod compiler;
mod component;
pub(crate) mod engine;
mod error;
mod failures;
mod functions;
mod instance_pool;
mod metadata;
mod precompiled;
mod sandbox;
mod store;
pub(crate) mod time_limit;
mod tuning;

pub(crate) use bindings as wit;
pub use calls::Contract;
pub use compiler::{Compiler, REFUSED};
pub use component::{Component, ComponentInfo};
pub(crate) use error::{CallError, ComponentError};
pub use metadata::Metadata;
pub use sandbox::Sandbox;

use crate::error::Error;
use engine::Engine;
use failures::Failures;
use functions::Functions;
use instance_pool::InstancePool;
use std::sync::{Arc, OnceLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A connector, checked and compiled, ready to be called from any thread.
///
/// Cloning shares it.
#[derive(Clone)]
pub struct Connector {
    inner: Arc<Inner>,
    /// Instances are kept for all calls, and not for expressions alone.
    warm: bool,
}

struct Inner {
    engine: Engine,
    functions: Functions,
    info: ComponentInfo,
    /// The lean one of the two that are built in: the complete one stands beside it.
    lean: bool,
    complete: OnceLock<Result<Functions, String>>,
    pools: InstancePools,
    failures: Failures,
    permits: Arc<Semaphore>,
    /// For questions alone, so that they do not stand behind events that are over.
    question_permit: Arc<Semaphore>,
}

/// Instances that are kept, apart by what they may have seen.
#[derive(Default)]
struct InstancePools {
    /// Have run expressions.
    expressions: InstancePool,
    /// Have seen keys.
    signing: InstancePool,
    /// Neither.
    plain: InstancePool,
}

/// What `render` answers.
pub type Rendered = Result<wit::Rendering, wit::RenderError>;

/// What `sign` answers.
pub type Signatures = Result<Vec<wit::HeaderResult>, wit::SecretError>;

/// How a body is made: a token of the connector's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// As `parse-config` gave it.
    pub token: String,
    /// It has expressions, which are compiled in an instance that is kept.
    pub warm: bool,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Connector")
            .field("info", &self.inner.info)
            .finish_non_exhaustive()
    }
}

impl Connector {
    /// The connector that this crate was built with, compiled ahead of time.
    ///
    /// # Errors
    /// If the machine refuses the memory for it.
    #[cfg(feature = "builtin")]
    pub fn built_in() -> Result<Self, Error> {
        Self::new(&Component::built_in())
    }

    /// Loads a component: checks that it is one, that it imports nothing, and that
    /// it exports the world `webhook-connector`. One that is not built in is compiled in
    /// this process, without limits on what that takes: for those that you trust.
    ///
    /// # Errors
    /// Says which of these it is not.
    pub fn new(component: &Component) -> Result<Self, Error> {
        Ok(Self::load(component, None)?)
    }

    /// The same for a component from elsewhere: it is compiled in a process of its own,
    /// with limits on time and memory.
    ///
    /// # Errors
    /// Says what is wrong with it, or what became of its compiler.
    pub fn isolated(component: &Component, compiler: &Compiler) -> Result<Self, Error> {
        Ok(Self::load(component, Some(compiler))?)
    }

    fn load(component: &Component, compiler: Option<&Compiler>) -> Result<Self, ComponentError> {
        // Where the machine does not grant the address space for a pool, without one.
        let engine = Engine::new("connector-clock", [tuning::pooled(), tuning::code()])?;
        let compiled = component.compile(engine.wasmtime(), compiler)?;
        let functions = component::link(engine.wasmtime(), &compiled)?;
        address_space::check(&engine, &functions)?;
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                functions,
                info: component.info(),
                lean: component.is_lean(),
                complete: OnceLock::new(),
                pools: InstancePools::default(),
                failures: Failures::default(),
                permits: Arc::new(Semaphore::new(cores())),
                question_permit: Arc::new(Semaphore::new(1)),
            }),
            warm: false,
        })
    }

    /// The same connector, which keeps the instances of all its calls for later ones:
    /// a call then costs half as much, and what one leaves behind, keys among it, is
    /// there at the next. Those that sign do nothing else, and those that run expressions
    /// do not sign. A component that is not built in is called in fresh instances all
    /// the same.
    #[must_use]
    pub fn reuse_instances(mut self) -> Self {
        self.warm = true;
        self
    }

    /// Where the component came from, its size and digest.
    #[must_use]
    pub fn info(&self) -> &ComponentInfo {
        &self.inner.info
    }

    /// Calls that came to nothing since it was loaded: function, cause, and how many.
    #[cfg(feature = "metrics")]
    pub(crate) fn failures(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.inner.failures.read()
    }

    /// A permit for a call that may take long: as many at once as there are processors, and one
    /// more for questions before events.
    pub(crate) async fn permit(&self, question: bool) -> Option<OwnedSemaphorePermit> {
        let shared = Arc::clone(&self.inner.permits).acquire_owned();
        if !question {
            return shared.await.ok();
        }
        let apart = Arc::clone(&self.inner.question_permit).acquire_owned();
        tokio::select! {
            biased;
            permit = shared => permit.ok(),
            permit = apart => permit.ok(),
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
