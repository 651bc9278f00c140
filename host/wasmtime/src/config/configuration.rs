//! A configuration, read by the connector and made ready by the host.

use crate::config::webhook::Webhook;
use crate::config::{Document, Problem, Problems, Severity, Values, Written};
use crate::connector::{CallError, Connector, wit};
use crate::event::catalogue::Catalogue;
use crate::event::envelope::Stated;
use crate::event::event::EventError;
use crate::file;
use crate::outbound::Target;
use rules::terms::Terms;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

/// Event names that are remembered; a host that makes up more starts anew.
const REMEMBERED: usize = 1024;

/// Problems of the connector that are looked at.
const MOST_PROBLEMS: usize = 1000;

/// How a servo gets its name.
const NAMED: &str = "use --source";

/// What a configuration is read for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To send: a reference that cannot be resolved is an error.
    #[default]
    Send,
    /// To look at: it is a warning.
    Inspect,
}

/// How a configuration is read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    /// What for.
    pub purpose: Purpose,
    /// Names the servo in the bodies of its events; empty: left out.
    pub source: String,
    /// Events of the host's own.
    pub catalogue: Catalogue,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error("{file}: {error}")]
    Unreadable {
        /// As it was given.
        file: String,
        /// From the system.
        error: std::io::Error,
    },
    /// It says something wrong: all problems at once.
    #[error("{0}")]
    Problems(Problems),
    /// The connector failed.
    #[error("{file}: {error}")]
    Connector {
        /// As it was given.
        file: String,
        /// How it failed.
        error: CallError,
    },
}

/// The webhooks of a configuration, ready to be started.
#[derive(Debug)]
pub struct Configuration {
    webhooks: Vec<Arc<Webhook>>,
    problems: Problems,
    /// To look at: what sends for months need not keep it.
    pub(crate) document: Option<Document>,
    /// The same.
    pub(crate) written: Vec<Written>,
    pub(crate) answer_headers: Vec<String>,
    /// The host's own events.
    pub(crate) catalogue: Catalogue,
    /// Names the servo; empty: it has no name.
    pub(crate) source: String,
    /// Webhooks that are passed over, though they are enabled.
    left_out: HashSet<usize>,
    listeners: Vec<Vec<String>>,
    /// Names of environment variables that it refers to.
    variables: Vec<String>,
    selected: RwLock<HashMap<String, Arc<[Arc<Webhook>]>>>,
    doubts: RwLock<HashMap<String, Option<Arc<str>>>>,
}

impl Configuration {
    /// Reads a file: a servo's configuration with a `webhooks` key, or a bare list.
    ///
    /// # Errors
    /// If the file cannot be read, or for all that is wrong in it.
    pub fn load(
        connector: &Connector,
        path: &Path,
        reading: &Reading,
    ) -> Result<Self, ConfigurationError> {
        let name = path.display().to_string();
        let text =
            file::read(path, file::CONFIGURATION, file::Kind::FileOrPipe).map_err(|error| {
                ConfigurationError::Unreadable {
                    file: name.clone(),
                    error,
                }
            })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::read(connector, &name, folder, &text, reading)
    }

    /// Reads a text; `folder` is what file references are relative to.
    ///
    /// # Errors
    /// For all that is wrong in it.
    pub fn read(
        connector: &Connector,
        name: &str,
        folder: &Path,
        text: &[u8],
        reading: &Reading,
    ) -> Result<Self, ConfigurationError> {
        let document = Document::parse(name, folder, text).map_err(ConfigurationError::Problems)?;
        let failed = |error| ConfigurationError::Connector {
            file: name.to_owned(),
            error,
        };
        let read = connector
            .parse_config(document.json(), &reading.catalogue.names(), &reading.source)
            .map_err(failed)?;
        let mut problems: Vec<Problem> = document.problems().to_vec();
        problems.extend(read.problems.iter().take(MOST_PROBLEMS).map(|problem| {
            let severity = match problem.severity {
                wit::Severity::Warning => Severity::Warning,
                wit::Severity::Error => Severity::Error,
            };
            document.locate(
                severity,
                &problem.path,
                problem.at_key,
                problem.message.clone(),
            )
        }));
        let severity = match reading.purpose {
            Purpose::Send => Severity::Error,
            Purpose::Inspect => Severity::Warning,
        };
        let (values, unresolved) = document.resolve(severity);
        problems.extend(unresolved);
        let mut builder = Builder {
            connector,
            document: &document,
            values: &values,
            problems,
        };
        let webhooks = builder.webhooks(read.webhooks).map_err(failed)?;
        let failed = builder
            .problems
            .iter()
            .any(|problem| problem.severity == Severity::Error);
        let problems = document.report(builder.problems);
        if failed {
            return Err(ConfigurationError::Problems(problems));
        }
        let variables = document.variables();
        let document = (reading.purpose == Purpose::Inspect).then_some(document);
        let listeners = webhooks
            .iter()
            .map(|webhook| {
                if webhook.enabled {
                    webhook.events.clone()
                } else {
                    Vec::new()
                }
            })
            .collect();
        Ok(Self {
            webhooks: webhooks.into_iter().map(Arc::new).collect(),
            problems,
            written: document.as_ref().map(Document::written).unwrap_or_default(),
            document,
            answer_headers: read.answer_headers,
            catalogue: reading.catalogue.clone(),
            source: reading.source.clone(),
            left_out: HashSet::new(),
            listeners,
            variables,
            selected: RwLock::default(),
            doubts: RwLock::default(),
        })
    }

    /// All webhooks, in document order.
    #[must_use]
    pub fn webhooks(&self) -> &[Arc<Webhook>] {
        &self.webhooks
    }

    /// With these webhooks alone, by their places: all others are passed over, as if they
    /// were not enabled.
    #[must_use]
    pub fn only(mut self, indices: &[usize]) -> Self {
        let left_out = (0..self.webhooks.len()).filter(|index| !indices.contains(index));
        self.left_out = left_out.collect();
        for index in &self.left_out {
            self.listeners[*index] = Vec::new();
        }
        self.selected = RwLock::default();
        self
    }

    /// Whether anything is sent to a webhook.
    fn is_in_use(&self, webhook: &Webhook) -> bool {
        webhook.enabled && !self.left_out.contains(&webhook.index)
    }

    /// Those of the selected that a statement is for; none where it is for one that is
    /// passed over.
    ///
    /// # Errors
    /// Says why the one that it is for cannot be told.
    pub(crate) fn narrow(
        &self,
        selected: Arc<[Arc<Webhook>]>,
        terms: &Terms,
        name: &str,
    ) -> Result<Arc<[Arc<Webhook>]>, String> {
        terms.check_source(&self.source, NAMED)?;
        let Some(recipient) = &terms.recipient else {
            return Ok(selected);
        };
        let is_it = |webhook: &&Arc<Webhook>| recipient.is(webhook.index, webhook.name.as_deref());
        if let Some(webhook) = selected.iter().find(is_it) {
            return Ok([Arc::clone(webhook)].into());
        }
        match self.webhooks.iter().find(is_it) {
            Some(webhook) if webhook.enabled && self.left_out.contains(&webhook.index) => {
                Ok([].into())
            }
            found => Err(recipient.unreached(found.map(|webhook| webhook.enabled), name)),
        }
    }

    /// Origins that its webhooks go to.
    pub(crate) fn endpoints(&self) -> usize {
        let used = self
            .webhooks
            .iter()
            .filter(|webhook| self.is_in_use(webhook));
        let endpoints: HashSet<_> = used.map(|webhook| &webhook.endpoint).collect();
        endpoints.len()
    }

    /// The warnings that it loaded with.
    #[must_use]
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// The environment variables that it refers to, by name.
    #[must_use]
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// What may be wrong with an event's name: none that a servo or the host's catalogue
    /// knows, and none that a webhook listens to by this very name.
    ///
    /// It is logged when it is found, and remembered.
    pub(crate) fn doubt(&self, event: &str) -> Option<Arc<str>> {
        let known = self.doubts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(event) {
            return known.clone();
        }
        drop(known);
        let found: Option<Arc<str>> = self.unknown(event).map(Into::into);
        let mut doubts = self.doubts.write().unwrap_or_else(PoisonError::into_inner);
        if doubts.len() >= REMEMBERED {
            doubts.clear();
        }
        let is_new = doubts.insert(event.to_owned(), found.clone()).is_none();
        drop(doubts);
        if let Some(why) = found.as_ref().filter(|_| is_new) {
            tracing::warn!(event, "{why}");
        }
        found
    }

    fn unknown(&self, event: &str) -> Option<String> {
        let listened = self.webhooks.iter().flat_map(|webhook| &webhook.events);
        let listened = listened.filter_map(|listened| listened.split_once(':'));
        let mut names = self.catalogue.names();
        names.extend(
            listened
                .filter(|(_, name)| !name.contains('*'))
                .map(|(_, name)| name.to_owned()),
        );
        documents::config::unknown_event(event, &names)
    }

    /// The enabled webhooks that an event or a message concerns, in document order.
    ///
    /// # Errors
    /// If the connector fails.
    pub fn select(
        &self,
        connector: &Connector,
        name: &str,
    ) -> Result<Arc<[Arc<Webhook>]>, CallError> {
        let known = self
            .selected
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found: Arc<[Arc<Webhook>]> = match name.strip_prefix("channel:") {
            Some(channel) => {
                let listens = |webhook: &&Arc<Webhook>| {
                    self.is_in_use(webhook) && webhook.channels.iter().any(|known| known == channel)
                };
                self.webhooks.iter().filter(listens).cloned().collect()
            }
            None => {
                let indices = connector.select(&self.listeners, name)?;
                if !indices.is_sorted_by(|a, b| a < b) {
                    return Err(CallError::unusable(
                        "select",
                        "indices that are not ascending",
                    ));
                }
                let webhook =
                    |index: &u32| self.webhooks.get(usize::try_from(*index).ok()?).cloned();
                let found: Option<Vec<_>> = indices.iter().map(webhook).collect();
                found
                    .ok_or_else(|| CallError::unusable("select", "an index that is not there"))?
                    .into()
            }
        };
        let mut selected = self
            .selected
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if selected.len() >= REMEMBERED {
            selected.clear();
        }
        selected.insert(name.to_owned(), Arc::clone(&found));
        Ok(found)
    }

    /// Whether a statement is of this servo.
    ///
    /// # Errors
    /// If it is of one with another name.
    pub fn check(&self, stated: &Stated) -> Result<(), EventError> {
        let checked = stated.terms().check_source(&self.source, NAMED);
        checked.map_err(EventError::Refused)
    }

    /// The enabled webhooks that a statement concerns, in document order; one of them where
    /// it is for that alone.
    ///
    /// # Errors
    /// If the connector fails, or the statement is not for these webhooks.
    pub fn concerned(
        &self,
        connector: &Connector,
        stated: &Stated,
    ) -> Result<Arc<[Arc<Webhook>]>, EventError> {
        let name = stated.name();
        let selected = self.select(connector, &name);
        let selected = selected.map_err(|error| EventError::Refused(error.to_string()))?;
        let narrowed = self.narrow(selected, stated.terms(), &name);
        narrowed.map_err(EventError::Refused)
    }

    /// The webhooks that may be concerned where the connector could not say: those
    /// that listen to anything on that side.
    pub(crate) fn suspects(&self, name: &str) -> Vec<Arc<Webhook>> {
        let side = name.split_inclusive(':').next().unwrap_or_default();
        let listens = |webhook: &&Arc<Webhook>| {
            self.is_in_use(webhook)
                && webhook
                    .events
                    .iter()
                    .any(|event| event.starts_with(side) || event.starts_with('*'))
        };
        self.webhooks.iter().filter(listens).cloned().collect()
    }
}

/// Puts what the connector read and what the host keeps together.
struct Builder<'a> {
    connector: &'a Connector,
    document: &'a Document,
    values: &'a Values,
    problems: Vec<Problem>,
}

impl Builder<'_> {
    fn webhooks(&mut self, read: Vec<wit::Webhook>) -> Result<Vec<Webhook>, CallError> {
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
        let mut webhook = Webhook::new(index, read)?;
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
        let stamp = wit::Stamp {
            delivery: "0",
            attempt: 1,
            now: 0,
        };
        if let Err(error) =
            self.connector
                .sign(&webhook.scheme, &secrets, stamp, wit::Content::Text(""))?
        {
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
