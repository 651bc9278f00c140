//! The connector in its sandbox: every decision is asked for here.
//!
//! Each call runs in a fresh instance with a limit on its time and memory, but for two:
//! what renders an event for a single webhook signs it too. A shape with expressions runs
//! in one that is kept warm, and so does every call if the host wants it. A guest that
//! traps or runs over fails that one call and touches nothing else.

pub mod bindings;
mod budget;
mod call;
mod compiler;
mod component;
pub(crate) mod engine;
mod error;
mod functions;
mod metadata;
mod precompiled;
mod sandbox;
pub(crate) mod time_limit;
mod tuning;
mod warm;

pub use bindings as wit;
pub use compiler::{Compiler, REFUSED};
pub use component::{Component, ComponentInfo};
pub use error::{CallError, ComponentError};
pub use metadata::Metadata;
pub use sandbox::Sandbox;

use budget::Budget;
use engine::Engine;
use functions::{Function, Functions};
use std::sync::{Arc, OnceLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warm::Warmed;

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
    kept: Kept,
    turns: Arc<Semaphore>,
}

/// Instances that are kept, apart by what they may have seen.
#[derive(Default)]
struct Kept {
    /// Have run expressions.
    expressions: Warmed,
    /// Have seen keys.
    signing: Warmed,
    /// Neither.
    plain: Warmed,
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
    pub fn built_in() -> Result<Self, ComponentError> {
        Self::new(&Component::built_in())
    }

    /// Loads a component: checks that it is one, that it imports nothing, and that
    /// it exports the world `webhook-connector`. One that is not built in is compiled in
    /// this process, without limits on what that takes: for those that you trust.
    ///
    /// # Errors
    /// Says which of these it is not.
    pub fn new(component: &Component) -> Result<Self, ComponentError> {
        Self::load(component, None)
    }

    /// The same for a component from elsewhere: it is compiled in a process of its own,
    /// with limits on time and memory.
    ///
    /// # Errors
    /// Says what is wrong with it, or what became of its compiler.
    pub fn isolated(component: &Component, compiler: &Compiler) -> Result<Self, ComponentError> {
        Self::load(component, Some(compiler))
    }

    fn load(component: &Component, compiler: Option<&Compiler>) -> Result<Self, ComponentError> {
        // Where the machine does not grant the address space for a pool, without one.
        let engine = Engine::new("connector-clock", [tuning::pooled(), tuning::code()])?;
        let compiled = component.compile(engine.wasmtime(), compiler)?;
        let functions = component::link(engine.wasmtime(), &compiled)?;
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                functions,
                info: component.info(),
                lean: component.is_lean(),
                complete: OnceLock::new(),
                kept: Kept::default(),
                turns: Arc::new(Semaphore::new(cores())),
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
    pub fn keeping_instances(mut self) -> Self {
        self.warm = true;
        self
    }

    /// Where the component came from, its size and digest.
    #[must_use]
    pub fn info(&self) -> &ComponentInfo {
        &self.inner.info
    }

    /// A turn for a call that may take long: as many at once as there are processors.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.inner.turns).acquire_owned().await.ok()
    }

    /// See `parse-config` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits.
    pub fn parse_config(
        &self,
        document: &str,
        events: &[String],
        source: &str,
    ) -> Result<wit::Configuration, CallError> {
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        let budget = Budget::for_configuration(document.len());
        // A key in quotes: at worst a text that says the same.
        let expressive = ["\"when\"", "\"payload\""]
            .iter()
            .any(|key| document.contains(key));
        let functions = if expressive {
            self.complete(&budget)?
        } else {
            &self.inner.functions
        };
        self.call_fresh(functions, &budget, (document, &*events, source))
            .map(|(configuration, _)| configuration)
    }

    /// See `select` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits.
    pub fn select(&self, listeners: &[Vec<String>], event: &str) -> Result<Vec<u32>, CallError> {
        let names: Vec<Vec<&str>> = listeners
            .iter()
            .map(|names| names.iter().map(String::as_str).collect())
            .collect();
        let listeners: Vec<&[&str]> = names.iter().map(Vec::as_slice).collect();
        let size = listeners.iter().map(|names| 16 + names.len() * 32).sum();
        self.call(&Budget::for_selection(size), (&*listeners, event))
    }

    /// See `render` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits; its own refusal is the inner one.
    pub fn render(
        &self,
        shape: &Shape,
        occasion: wit::Occasion<'_>,
        size: usize,
    ) -> Result<Rendered, CallError> {
        let kept = &self.inner.kept;
        if shape.warm {
            let budget = Budget::for_expressions(size);
            let functions = self.complete(&budget)?;
            let parameters = (shape.token.as_str(), occasion);
            return self.call_warm(&kept.expressions, functions, &budget, parameters);
        }
        let budget = Budget::for_event(Function::Render, size);
        self.call_often(&kept.plain, &budget, (shape.token.as_str(), occasion))
    }

    /// The same for a single webhook, with the fresh instance that it ran in, for
    /// [`Connector::sign_in`]: half of what an event costs is the making of instances. There
    /// is none if instances are kept, or if it ran expressions, which see no keys.
    ///
    /// # Errors
    /// As [`Connector::render`].
    pub fn render_to_sign(
        &self,
        shape: &Shape,
        occasion: wit::Occasion<'_>,
        size: usize,
    ) -> Result<(Rendered, Option<Sandbox>), CallError> {
        if shape.warm || self.keeps_instances() {
            return Ok((self.render(shape, occasion, size)?, None));
        }
        let budget = Budget::for_event(Function::Render, size);
        let parameters = (shape.token.as_str(), occasion);
        let (rendered, sandbox) = self.call_fresh(&self.inner.functions, &budget, parameters)?;
        Ok((rendered, Some(sandbox)))
    }

    /// See `sign` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits; its own refusal is the inner one.
    pub fn sign(
        &self,
        scheme: &str,
        secrets: &[&str],
        stamp: wit::Stamp<'_>,
        body: wit::Content<'_>,
    ) -> Result<Signatures, CallError> {
        self.sign_in(None, scheme, secrets, stamp, body)
    }

    /// The same in what [`Connector::render_to_sign`] left for this very webhook and event.
    ///
    /// # Errors
    /// As [`Connector::sign`].
    pub fn sign_in(
        &self,
        sandbox: Option<Sandbox>,
        scheme: &str,
        secrets: &[&str],
        stamp: wit::Stamp<'_>,
        body: wit::Content<'_>,
    ) -> Result<Signatures, CallError> {
        let size = match &body {
            wit::Content::Text(text) => text.len(),
            wit::Content::Binary(bytes) => bytes.len(),
        };
        let budget = Budget::for_event(Function::Sign, size);
        let parameters = (scheme, secrets, stamp, body);
        let Inner {
            engine,
            functions,
            kept,
            ..
        } = &*self.inner;
        let signed = match sandbox {
            Some(mut sandbox) => {
                let _ticking = engine.tick_while_called();
                sandbox.call(engine, functions, &budget, parameters)
            }
            None => self.call_often(&kept.signing, &budget, parameters),
        };
        signed.map(|signed: Signatures| signed.map_err(|error| self.without_secrets(error)))
    }

    /// Whoever sees keys could say them: only our own is known not to.
    fn without_secrets(&self, mut error: wit::SecretError) -> wit::SecretError {
        if !self.inner.info.is_built_in() {
            "this connector cannot sign with it".clone_into(&mut error.message);
        }
        error
    }

    /// See `judge` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits.
    pub fn judge(&self, policy: &str, attempt: wit::Attempt<'_>) -> Result<wit::Ruling, CallError> {
        let size = match &attempt.outcome {
            wit::Outcome::Answer(wit::Answer {
                body: Some(body), ..
            }) => body.text.len(),
            _ => 0,
        };
        let budget = Budget::for_event(Function::Judge, size);
        self.call_often(&self.inner.kept.plain, &budget, (policy, attempt))
    }

    /// See `schema` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits; its own refusal is the inner one.
    pub fn schema(
        &self,
        shape: &Shape,
        subject: wit::Subject<'_>,
    ) -> Result<Result<wit::Description, String>, CallError> {
        let budget = Budget::for_people(Function::Schema);
        self.call(&budget, (shape.token.as_str(), subject))
    }

    /// See `sample` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits; its own refusal is the inner one.
    pub fn sample(
        &self,
        subject: wit::Subject<'_>,
        id: &str,
        created: &str,
    ) -> Result<Result<wit::EventResult, String>, CallError> {
        let budget = Budget::for_people(Function::Sample);
        self.call(&budget, (subject, id, created))
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
