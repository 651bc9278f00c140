//! The connector in its sandbox: every decision is asked for here.
//!
//! Each call runs in a fresh instance with a limit on its time and memory; a shape with
//! expressions in one that is kept warm. A guest that traps or runs over fails that one
//! call and touches nothing else.

pub mod bindings;
mod budget;
mod compiler;
mod component;
mod engine;
mod error;
mod precompiled;
mod tuning;
mod warm;

pub use bindings as wit;
pub use compiler::{Compiler, REFUSED};
pub use component::{Component, ComponentInfo};
pub use error::{CallError, ComponentError};

use bindings::WebhookConnectorPre;
use budget::Budget;
use engine::Engine;
use std::sync::{Arc, OnceLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warm::{Warm, Warmed};
use wasmtime::{Store, StoreLimits};

/// A connector, checked and compiled, ready to be called from any thread.
///
/// Cloning shares it.
#[derive(Clone)]
pub struct Connector {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    pre: WebhookConnectorPre<Guest>,
    info: ComponentInfo,
    /// The lean one of the two that are built in: the complete one stands beside it.
    lean: bool,
    complete: OnceLock<Result<WebhookConnectorPre<Guest>, String>>,
    warmed: Warmed,
    turns: Arc<Semaphore>,
}

/// How a body is made: a token of the connector's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// As `parse-config` gave it.
    pub token: String,
    /// It has expressions, which are compiled in an instance that is kept.
    pub warm: bool,
}

/// What a store holds beside the guest itself.
struct Guest {
    limits: StoreLimits,
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
        let engine = Engine::new()?;
        let compiled = component.compile(engine.wasmtime(), compiler)?;
        let pre = component::link(engine.wasmtime(), &compiled)?;
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                pre,
                info: component.info(),
                lean: component.is_lean(),
                complete: OnceLock::new(),
                warmed: Warmed::default(),
                turns: Arc::new(Semaphore::new(cores())),
            }),
        })
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
        let pre = if expressive {
            self.complete(&budget)?
        } else {
            &self.inner.pre
        };
        self.call_in(pre, &budget, |guest, store| {
            guest.call_parse_config(store, document, &events, source)
        })
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
        self.call(Budget::for_selection(size), |guest, store| {
            guest.call_select(store, &listeners, event)
        })
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
    ) -> Result<Result<wit::Rendering, wit::RenderError>, CallError> {
        if shape.warm {
            return self.call_warm(&Budget::for_expressions(size), |guest, store| {
                guest.call_render(store, &shape.token, occasion)
            });
        }
        self.call(Budget::for_event("render", size), |guest, store| {
            guest.call_render(store, &shape.token, occasion)
        })
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
    ) -> Result<Result<Vec<wit::HeaderResult>, wit::SecretError>, CallError> {
        let size = match &body {
            wit::Content::Text(text) => text.len(),
            wit::Content::Binary(bytes) => bytes.len(),
        };
        self.call(Budget::for_event("sign", size), |guest, store| {
            guest.call_sign(store, scheme, secrets, stamp, body)
        })
        .map(|signed| signed.map_err(|error| self.without_secrets(error)))
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
        self.call(Budget::for_event("judge", size), |guest, store| {
            guest.call_judge(store, policy, attempt)
        })
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
        self.call(Budget::for_people("schema"), |guest, store| {
            guest.call_schema(store, &shape.token, subject)
        })
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
        self.call(Budget::for_people("sample"), |guest, store| {
            guest.call_sample(store, subject, id, created)
        })
    }

    /// The build with expressions: this one, or the other one that is built in.
    fn complete(&self, budget: &Budget) -> Result<&WebhookConnectorPre<Guest>, CallError> {
        let inner = &*self.inner;
        if !inner.lean {
            return Ok(&inner.pre);
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
            .map_err(|why| CallError::unusable(budget.function, why.clone()))
    }

    fn call<T>(
        &self,
        budget: Budget,
        function: impl FnOnce(&wit::Guest, &mut Store<Guest>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        self.call_in(&self.inner.pre, &budget, function)
    }

    /// Calls a function in a fresh instance.
    fn call_in<T>(
        &self,
        pre: &WebhookConnectorPre<Guest>,
        budget: &Budget,
        function: impl FnOnce(&wit::Guest, &mut Store<Guest>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let _ticking = self.inner.engine.tick_while_called();
        let mut store = self.store(budget);
        let result = pre
            .instantiate(&mut store)
            .and_then(|instance| function(instance.servo_webhooks_connector(), &mut store));
        result.map_err(|error| CallError::new(budget, &error))
    }

    /// Calls a function in an instance that is kept.
    fn call_warm<T>(
        &self,
        budget: &Budget,
        function: impl FnOnce(&wit::Guest, &mut Store<Guest>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let Inner {
            engine,
            warmed,
            info,
            ..
        } = &*self.inner;
        let pre = self.complete(budget)?;
        let _ticking = engine.tick_while_called();
        let mut warm = match warmed.take() {
            Some(mut warm) => {
                warm.store.data_mut().limits = budget.store_limits();
                self.limit(&mut warm.store, budget);
                warm
            }
            None => {
                let mut store = self.store(budget);
                let instance = pre
                    .instantiate(&mut store)
                    .map_err(|error| CallError::new(budget, &error))?;
                Warm::new(store, instance)
            }
        };
        let guest = warm.instance.servo_webhooks_connector();
        let value =
            function(guest, &mut warm.store).map_err(|error| CallError::new(budget, &error))?;
        // Whether what another one keeps depends on more than the text is not known.
        if info.is_built_in() {
            warmed.put(warm);
        }
        Ok(value)
    }

    fn store(&self, budget: &Budget) -> Store<Guest> {
        let guest = Guest {
            limits: budget.store_limits(),
        };
        let mut store = Store::new(self.inner.engine.wasmtime(), guest);
        store.limiter(|guest| &mut guest.limits);
        self.limit(&mut store, budget);
        store
    }

    fn limit(&self, store: &mut Store<Guest>, budget: &Budget) {
        store.set_hostcall_fuel(budget.transfer);
        store.set_epoch_deadline(self.inner.engine.ticks(budget.time));
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
