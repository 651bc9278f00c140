//! Makes webhooks of what the connector read and what the host keeps.

use crate::config::document::Document;
use crate::config::problem::{Problem, Severity};
use crate::config::secret::Values;
use crate::config::webhook::Webhook;
use crate::connector::{CallError, Connector, Contract, wit};
use crate::outbound::Target;
use std::sync::Arc;

/// Puts what the connector read and what the host keeps together.
pub(super) struct Builder<'a> {
    pub(super) connector: &'a Connector,
    pub(super) answer_headers: Arc<[String]>,
    pub(super) document: &'a Document,
    pub(super) values: &'a Values,
    pub(super) problems: Vec<Problem>,
}

impl Builder<'_> {
    pub(super) fn webhooks(&mut self, read: Vec<wit::Webhook>) -> Result<Vec<Webhook>, CallError> {
        read.into_iter()
            .enumerate()
            .map(|(index, webhook)| self.webhook(index, webhook))
            .collect()
    }

    fn webhook(&mut self, index: usize, read: wit::Webhook) -> Result<Webhook, CallError> {
        for setting in &read.settings {
            let message = format!(
                "unknown setting {}; a newer version of this program may know it",
                setting.name
            );
            self.problem(&setting.path, message);
        }
        let headers = read.headers.clone();
        let (url, secrets) = (read.url.clone(), read.secrets.clone());
        let mut webhook = Webhook::new(index, read, self.connector, &self.answer_headers)?;
        self.check_url(index, &url)?;
        if let Some(url) = self.value(index, &url)? {
            match Target::parse(&url) {
                Ok(target) => webhook.set_target(target),
                Err(error) => self.problem(&format!("/{index}/url"), error.to_string()),
            }
        }
        for header in headers {
            let Some(value) = self.value(index, &header.value)? else {
                continue;
            };
            if let Err(why) = webhook.add_header(&header.name, &value) {
                self.problem(
                    &format!("/{index}/headers"),
                    format!("{}: {why}", header.name),
                );
            }
        }
        for handle in secrets {
            self.check_handle(index, handle)?;
            webhook.secrets.extend(self.values.get(handle).cloned());
        }
        self.try_secrets(&webhook)?;
        Ok(webhook)
    }

    /// Signs nothing, to find an unusable secret before an event does.
    fn try_secrets(&mut self, webhook: &Webhook) -> Result<(), CallError> {
        if webhook.secrets.is_empty() {
            // Not resolved, which has been said.
            return Ok(());
        }
        let secrets: Vec<&str> = webhook
            .secrets
            .iter()
            .map(|secret| secret.expose())
            .collect();
        let context = wit::SigningContext {
            delivery: "0",
            attempt: 1,
            now: 0,
        };
        if let Err(error) = Contract::of(self.connector).sign(
            &webhook.scheme,
            &secrets,
            context,
            wit::Content::Text(""),
        )? {
            self.problem(&format!("/{}/secret", webhook.index), error.message);
        }
        Ok(())
    }

    fn value(&self, index: usize, value: &wit::Value) -> Result<Option<String>, CallError> {
        match value {
            wit::Value::Text(text) => Ok(Some(text.clone())),
            wit::Value::Handle(handle) => {
                self.check_handle(index, *handle)?;
                Ok(self
                    .values
                    .get(*handle)
                    .map(|secret| secret.expose().to_owned()))
            }
        }
    }

    /// A component that is not the built-in one might name a target of its own
    /// choice: what it names must stand in the document, but for a fragment.
    fn check_url(&self, index: usize, url: &wit::Value) -> Result<(), CallError> {
        let wit::Value::Text(url) = url else {
            return Ok(());
        };
        if self.connector.info().is_built_in() {
            return Ok(());
        }
        let given: Vec<serde_json::Value> =
            serde_json::from_str(self.document.json()).unwrap_or_default();
        let given = given
            .get(index)
            .and_then(|webhook| webhook.get("url")?.as_str())
            .unwrap_or_default();
        match given.strip_prefix(url.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with('#') => Ok(()),
            _ => Err(CallError::unusable(
                "parse-config",
                "a url that the configuration does not hold",
            )),
        }
    }

    fn check_handle(&self, index: usize, handle: u32) -> Result<(), CallError> {
        if self.document.webhook_handles(index).contains(&handle) {
            Ok(())
        } else {
            Err(CallError::unusable(
                "parse-config",
                "the handle of another webhook",
            ))
        }
    }

    fn problem(&mut self, pointer: &str, message: String) {
        self.problems.push(
            self.document
                .locate(Severity::Error, pointer, false, message),
        );
    }
}
