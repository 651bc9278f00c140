//! The functions of the contract, asked of the connector: each within its limits, in the
//! instance that fits.

use super::call_limits::CallLimits;
use super::error::CallError;
use super::functions::Function;
use super::sandbox::Sandbox;
use super::{Connector, Inner, Rendered, Shape, Signatures, wit};

/// What a connector can be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Contract<'a>(&'a Connector);

impl<'a> Contract<'a> {
    /// Of this connector.
    #[must_use]
    pub const fn of(connector: &'a Connector) -> Self {
        Self(connector)
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
        let limits = CallLimits::for_configuration(document.len());
        // A key in quotes: at worst a text that says the same.
        let expressive = ["\"when\"", "\"payload\""]
            .iter()
            .any(|key| document.contains(key));
        let functions = if expressive {
            self.0.complete(&limits)?
        } else {
            &self.0.inner.functions
        };
        self.0
            .call_fresh(functions, &limits, (document, &*events, source))
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
        self.0
            .call(&CallLimits::for_selection(size), (&*listeners, event))
    }

    /// See `render` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits; its own refusal is the inner one.
    pub fn render(
        &self,
        shape: &Shape,
        notification: wit::Notification<'_>,
        size: usize,
    ) -> Result<Rendered, CallError> {
        let pools = &self.0.inner.pools;
        if shape.warm {
            let limits = CallLimits::for_expressions(size);
            let functions = self.0.complete(&limits)?;
            let parameters = (shape.token.as_str(), notification);
            return self
                .0
                .call_warm(&pools.expressions, functions, &limits, parameters);
        }
        let limits = CallLimits::for_event(Function::Render, size);
        self.0
            .call_often(&pools.plain, &limits, (shape.token.as_str(), notification))
    }

    /// The same, with the fresh instance that it ran in, for [`Contract::sign_in`]: half of
    /// what an event costs is the making of instances. There is none if instances are kept,
    /// or if it ran expressions, which see no keys.
    ///
    /// # Errors
    /// As [`Contract::render`].
    pub fn render_to_sign(
        &self,
        shape: &Shape,
        notification: wit::Notification<'_>,
        size: usize,
    ) -> Result<(Rendered, Option<Sandbox>), CallError> {
        if shape.warm || self.0.reuses_instances() {
            return Ok((self.render(shape, notification, size)?, None));
        }
        let limits = CallLimits::for_event(Function::Render, size);
        let parameters = (shape.token.as_str(), notification);
        let (rendered, sandbox) =
            self.0
                .call_fresh(&self.0.inner.functions, &limits, parameters)?;
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
        context: wit::SigningContext<'_>,
        body: wit::Content<'_>,
    ) -> Result<Signatures, CallError> {
        self.sign_in(None, scheme, secrets, context, body)
    }

    /// The same in what [`Contract::render_to_sign`] left of this very event, in which no
    /// other keys were.
    ///
    /// # Errors
    /// As [`Contract::sign`].
    pub fn sign_in(
        &self,
        sandbox: Option<&mut Sandbox>,
        scheme: &str,
        secrets: &[&str],
        context: wit::SigningContext<'_>,
        body: wit::Content<'_>,
    ) -> Result<Signatures, CallError> {
        let size = match &body {
            wit::Content::Text(text) => text.len(),
            wit::Content::Binary(bytes) => bytes.len(),
        };
        let limits = CallLimits::for_event(Function::Sign, size);
        let parameters = (scheme, secrets, context, body);
        let Inner {
            engine,
            functions,
            pools,
            ..
        } = &*self.0.inner;
        let signed = match sandbox {
            Some(sandbox) => {
                let _ticking = engine.tick_while_called();
                let called = sandbox.call(engine, functions, &limits, parameters);
                called.inspect_err(|error| self.0.inner.failures.count(limits.function, error))
            }
            None => self.0.call_often(&pools.signing, &limits, parameters),
        };
        signed.map(|signed: Signatures| signed.map_err(|error| self.without_secrets(error)))
    }

    /// Whoever sees keys could say them: only our own is known not to.
    fn without_secrets(&self, mut error: wit::SecretError) -> wit::SecretError {
        if !self.0.inner.info.is_built_in() {
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
        let limits = CallLimits::for_event(Function::Judge, size);
        self.0
            .call_often(&self.0.inner.pools.plain, &limits, (policy, attempt))
    }

    /// See `schema` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits; its own refusal is the inner one.
    pub fn schema(
        &self,
        shape: &Shape,
        event_type: wit::EventType<'_>,
    ) -> Result<Result<wit::Description, String>, CallError> {
        let limits = CallLimits::for_people(Function::Schema);
        self.0.call(&limits, (shape.token.as_str(), event_type))
    }

    /// See `sample` in the WIT.
    ///
    /// # Errors
    /// If the guest traps or runs over its limits; its own refusal is the inner one.
    pub fn sample(
        &self,
        event_type: wit::EventType<'_>,
        id: &str,
        created: &str,
    ) -> Result<Result<wit::EventResult, String>, CallError> {
        let limits = CallLimits::for_people(Function::Sample);
        self.0.call(&limits, (event_type, id, created))
    }
}
