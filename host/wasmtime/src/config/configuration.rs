//! A configuration, read by the connector and made ready by the host.

use crate::config::builder::Builder;
use crate::config::document::Document;
use crate::config::error::ConfigurationError;
use crate::config::load_options::{LoadMode, LoadOptions};
use crate::config::problem::{Problem, Severity};
use crate::config::problems::Problems;
use crate::config::webhook::Webhook;
use crate::config::written::Written;
use crate::connector::{Connector, Contract, wit};
use crate::error::Error;
use crate::event::catalogue::Catalogue;
use crate::file;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, RwLock};

/// Problems of the connector that are looked at.
const MOST_PROBLEMS: usize = 1000;

/// The webhooks of a configuration, ready to be started.
#[derive(Debug)]
pub struct Configuration {
    /// What read it, and decides about its webhooks.
    pub(crate) connector: Connector,
    pub(super) webhooks: Vec<Arc<Webhook>>,
    problems: Problems,
    /// To look at: what sends for months need not keep it.
    pub(crate) document: Option<Document>,
    /// The same.
    pub(crate) written: Vec<Written>,
    /// The host's own events.
    pub(crate) catalogue: Catalogue,
    /// Names the servo; empty: it has no name.
    pub(crate) source: String,
    /// Webhooks that are passed over, though they are enabled.
    pub(super) left_out: HashSet<usize>,
    pub(super) listeners: Vec<Vec<String>>,
    /// Names of environment variables that it refers to.
    variables: Vec<String>,
    pub(super) selected: RwLock<HashMap<String, Arc<[Arc<Webhook>]>>>,
    pub(super) doubts: RwLock<HashMap<String, Option<Arc<str>>>>,
}

impl Configuration {
    /// Reads a file: a servo's configuration with a `webhooks` key, or a bare list.
    ///
    /// Blocks while it reads the file and those that it refers to.
    ///
    /// # Errors
    /// If the file cannot be read, or for all that is wrong in it.
    pub fn load(connector: &Connector, path: &Path, options: &LoadOptions) -> Result<Self, Error> {
        let name = path.display().to_string();
        let text =
            file::read(path, file::CONFIGURATION, file::Kind::FileOrPipe).map_err(|error| {
                ConfigurationError::Unreadable {
                    file: name.clone(),
                    error,
                }
            })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::read(connector, &name, folder, &text, options)
    }

    /// Reads a text; `folder` is what file references are relative to.
    ///
    /// Blocks while it reads the files that it refers to.
    ///
    /// # Errors
    /// For all that is wrong in it.
    pub fn read(
        connector: &Connector,
        name: &str,
        folder: &Path,
        text: &[u8],
        options: &LoadOptions,
    ) -> Result<Self, Error> {
        let document = Document::parse(name, folder, text).map_err(ConfigurationError::Problems)?;
        let failed = |error| ConfigurationError::Connector {
            file: name.to_owned(),
            error,
        };
        let read = Contract::of(connector)
            .parse_config(document.json(), &options.catalogue.names(), &options.source)
            .map_err(failed)?;
        let mut problems = document.problems().to_vec();
        problems.extend(located(&document, &read.problems));
        let severity = match options.mode {
            LoadMode::Send => Severity::Error,
            LoadMode::Inspect => Severity::Warning,
        };
        let (values, unresolved) = document.resolve(severity, options.resolver.as_ref());
        problems.extend(unresolved);
        let mut builder = Builder {
            connector,
            answer_headers: read.answer_headers.into(),
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
            return Err(ConfigurationError::Problems(problems).into());
        }
        let variables = document.variables();
        let document = (options.mode == LoadMode::Inspect).then_some(document);
        Ok(Self {
            connector: connector.clone(),
            listeners: webhooks.iter().map(listened).collect(),
            webhooks: webhooks.into_iter().map(Arc::new).collect(),
            problems,
            written: document.as_ref().map(Document::written).unwrap_or_default(),
            document,
            catalogue: options.catalogue.clone(),
            source: options.source.clone(),
            left_out: HashSet::new(),
            variables,
            selected: RwLock::default(),
            doubts: RwLock::default(),
        })
    }

    /// The connector that read it, and decides about its webhooks.
    #[must_use]
    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// The same with another connector to decide about it, before anybody shares it.
    #[cfg(feature = "__internal")]
    pub(crate) fn decided_by(mut self, connector: &Connector) -> Self {
        for webhook in self.webhooks.iter_mut().filter_map(Arc::get_mut) {
            webhook.connector = connector.clone();
        }
        self.connector = connector.clone();
        self
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

    /// Origins that its webhooks go to.
    pub(crate) fn endpoints(&self) -> usize {
        let used = self
            .webhooks
            .iter()
            .filter(|webhook| self.is_in_use(webhook));
        let endpoints: HashSet<_> = used.map(|webhook| &webhook.endpoint).collect();
        endpoints.len()
    }

    /// A webhook without a name that something may be sent to.
    #[cfg(feature = "store")]
    pub(crate) fn unnamed(&self) -> Option<&Webhook> {
        let mut webhooks = self.webhooks.iter();
        let unnamed = webhooks.find(|webhook| webhook.name.is_none() && self.is_in_use(webhook));
        unnamed.map(AsRef::as_ref)
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
}

/// What the connector found, each at its place in the file.
fn located<'a>(
    document: &'a Document,
    found: &'a [wit::Problem],
) -> impl Iterator<Item = Problem> + 'a {
    found.iter().take(MOST_PROBLEMS).map(|problem| {
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
    })
}

/// What a webhook listens to, if it is enabled.
fn listened(webhook: &Webhook) -> Vec<String> {
    if webhook.enabled {
        webhook.events.clone()
    } else {
        Vec::new()
    }
}
