//! The connector in its sandbox: every decision is asked for here.
//!
//! Each call runs in a fresh instance with a limit on its time and memory. A guest
//! that traps or runs over fails that one call and touches nothing else.

pub mod bindings;
mod budget;
mod component;
mod engine;
mod error;
mod precompiled;
mod tuning;

pub use bindings as wit;
pub use component::{Component, ComponentInfo};
pub use error::{CallError, ComponentError};

use bindings::{WebhookConnector, WebhookConnectorPre};
use budget::Budget;
use engine::Engine;
use std::sync::Arc;
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
    /// it exports the world `webhook-connector`.
    ///
    /// # Errors
    /// Says which of these it is not.
    pub fn new(component: &Component) -> Result<Self, ComponentError> {
        let engine = Engine::new()?;
        let compiled = component.compile(engine.wasmtime())?;
        let pre = component::link(engine.wasmtime(), &compiled)?;
        let info = component.info();
        Ok(Self {
            inner: Arc::new(Inner { engine, pre, info }),
        })
    }

    /// Where the component came from, its size and digest.
    #[must_use]
    pub fn info(&self) -> &ComponentInfo {
        &self.inner.info
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
        self.call(Budget::for_configuration(document.len()), |guest, store| {
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
        shape: &str,
        occasion: wit::Occasion<'_>,
        size: usize,
    ) -> Result<Result<wit::Rendering, wit::RenderError>, CallError> {
        self.call(Budget::for_event("render", size), |guest, store| {
            guest.call_render(store, shape, occasion)
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
        shape: &str,
        subject: wit::Subject<'_>,
    ) -> Result<Result<wit::Description, String>, CallError> {
        self.call(Budget::for_people("schema"), |guest, store| {
            guest.call_schema(store, shape, subject)
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

    fn call<T>(
        &self,
        budget: Budget,
        function: impl FnOnce(&wit::Guest, &mut Store<Guest>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let Inner { engine, pre, .. } = &*self.inner;
        let _ticking = engine.tick_while_called();
        let mut store = Store::new(
            engine.wasmtime(),
            Guest {
                limits: budget.store_limits(),
            },
        );
        store.limiter(|guest| &mut guest.limits);
        store.set_hostcall_fuel(budget.transfer);
        store.set_epoch_deadline(engine.ticks(budget.time));
        let result = pre
            .instantiate(&mut store)
            .and_then(|instance: WebhookConnector| {
                function(instance.servo_webhooks_connector(), &mut store)
            });
        result.map_err(|error| CallError::new(&budget, &error))
    }
}
