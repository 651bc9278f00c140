//! From arguments to what a command works with.

use super::args::{Config, Delivering, Instances, Network, Storing, Sync, UsedComponent};
use super::exit::Failure;
use super::source::{Source, source};
use super::variables;
use anyhow::{Context, anyhow};
use servo_webhooks::{
    Allow, Catalogue, Compiler, Component, Configuration, Connector, LoadMode, LoadOptions,
    Options, Proxies, StoreOptions, SyncMode, Traces, Webhook,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The connector that the arguments name.
pub fn component(arguments: &UsedComponent) -> Result<Component, Failure> {
    let component = match &arguments.component {
        None => Component::built_in(),
        Some(file) => Component::from_file(file).map_err(Failure::unusable)?,
    };
    match &arguments.component_digest {
        None => Ok(component),
        Some(digest) => component.pinned(digest).map_err(Failure::unusable),
    }
}

/// The connector, ready to be called.
pub fn connector(arguments: &UsedComponent) -> Result<Connector, Failure> {
    load(&component(arguments)?)
}

/// A component, ready to be called: one from elsewhere is compiled by this program in a
/// process of its own.
pub fn load(component: &Component) -> Result<Connector, Failure> {
    Connector::isolated(component, &Compiler::new(program(), ["compile"]))
        .map_err(Failure::unusable)
}

/// This program, to be called again. Where the system does not tell (without /proc), it is
/// what it was called as.
pub fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| {
        let called = PathBuf::from(std::env::args_os().next().unwrap_or_default());
        if called.components().count() != 1 {
            return called;
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut found = std::env::split_paths(&path).map(|folder| folder.join(&called));
        found.find(|file| file.is_file()).unwrap_or(called)
    })
}

/// The host's own events.
pub fn catalogue(arguments: &Config) -> Result<Catalogue, Failure> {
    match &arguments.catalogue {
        None => Ok(Catalogue::default()),
        Some(value) => match source(value, "SERVO_WEBHOOKS_CATALOGUE").context("--catalogue")? {
            Source::File(file) => Catalogue::from_file(file).map_err(Failure::unusable),
            Source::Text(name, text) => Catalogue::parse(name, text).map_err(Failure::unusable),
        },
    }
}

/// The most webhooks that a warning names.
const NAMED: usize = 5;

/// Warns of an event that nobody knows: it may be misspelt.
pub fn warn_of_unknown(catalogue: &Catalogue, name: &str) {
    let event = match name.split_once(':') {
        Some(("channel", _)) => return,
        Some((_, event)) => event,
        None => name,
    };
    if let Some(why) = documents::config::unknown_event(event, &catalogue.names()) {
        super::notice::warning(&rules::sanitize::sanitize(&why));
    }
}

/// How the configuration is read.
pub fn load_options(arguments: &Config, mode: LoadMode) -> Result<LoadOptions, Failure> {
    let mut options = LoadOptions::default();
    options.mode = mode;
    options.source.clone_from(&arguments.source);
    options.catalogue = catalogue(arguments)?;
    Ok(options)
}

/// The configuration; its warnings are shown.
pub fn configuration(
    connector: &Connector,
    arguments: &Config,
    mode: LoadMode,
) -> Result<Configuration, Failure> {
    let configuration = read(connector, arguments, &load_options(arguments, mode)?)
        .map_err(|error| failure(arguments, error))?;
    if !configuration.problems().is_empty() {
        super::notice::problems(configuration.problems());
    }
    Ok(configuration)
}

/// Reads the configuration that is named: a file, standard input, or the text itself.
///
/// # Errors
/// As [`Configuration::load`].
pub fn read(
    connector: &Connector,
    arguments: &Config,
    options: &LoadOptions,
) -> Result<Configuration, Failure> {
    let read = read_quietly(connector, arguments, options);
    let referred = read.as_ref().map(Configuration::variables);
    variables::unknown::warn_of_unknown(referred.unwrap_or_default().iter().map(String::as_str));
    read
}

/// The same without warnings on standard error.
///
/// # Errors
/// As [`Configuration::load`].
pub fn read_quietly(
    connector: &Connector,
    arguments: &Config,
    options: &LoadOptions,
) -> Result<Configuration, Failure> {
    match source(&arguments.config, "SERVO_WEBHOOKS_CONFIG") {
        Ok(Source::File(file)) => {
            Configuration::load(connector, file, options).map_err(Failure::from)
        }
        Ok(Source::Text(name, text)) => {
            let read = Configuration::read(connector, name, Path::new(""), text, options);
            read.map_err(Failure::from)
        }
        Err(error) => Err(Failure::unusable(
            anyhow!(error).context("standard input cannot be read"),
        )),
    }
}

/// What to say of a configuration that cannot be used.
pub fn failure(arguments: &Config, failure: Failure) -> Failure {
    if is_missing(arguments) {
        return failure.with_hint(
            "`servo-webhooks generate` prints a configuration to start from; --config names another file",
        );
    }
    failure
}

/// Whether the configuration is in a file that is not there.
pub fn is_missing(arguments: &Config) -> bool {
    matches!(source(&arguments.config, "SERVO_WEBHOOKS_CONFIG"), Ok(Source::File(file)) if !file.exists())
}

/// The connector of everything that delivers.
pub fn delivering_connector(arguments: &Delivering) -> Result<Connector, Failure> {
    let connector = connector(&arguments.config.component)?;
    Ok(match arguments.instances {
        Instances::Fresh => connector,
        Instances::Warm => connector.reuse_instances(),
    })
}

/// Warns of webhooks whose requests will all be refused.
pub fn warn_of_refusals<'a>(webhooks: impl Iterator<Item = &'a Arc<Webhook>>, allow: &Allow) {
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for webhook in webhooks.filter(|webhook| webhook.enabled) {
        if let Some(why) = webhook.refusal(allow) {
            refused
                .entry(why.to_string())
                .or_default()
                .push(webhook.label());
        }
    }
    for (why, labels) in refused {
        let more = match labels.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = labels[..labels.len().min(NAMED)].join(", ");
        let text = format!("requests of {named}{more} will be refused: {why}");
        super::notice::warning(&rules::sanitize::sanitize(&text));
    }
}

/// Options of everything that delivers.
pub fn delivering_options(arguments: &Delivering) -> Result<Options, Failure> {
    let mut options = options(&arguments.network)?;
    options.before_budget = arguments.before_budget;
    options.max_waiting = arguments.max_waiting;
    options.max_waiting_bytes = arguments.max_waiting_mib << 20;
    options.max_event = usize::from(arguments.max_event_mib) << 20;
    options.connections = arguments.connections;
    options.breaker_after = arguments.breaker_after;
    options.breaker_hold = arguments.breaker_hold;
    options.store = store_options(&arguments.storing);
    options.traces = traces();
    Ok(options)
}

/// Where spans are exported to. Variables that were meant for others, or are wrong, keep nothing
/// from being delivered.
fn traces() -> Option<Traces> {
    Traces::from_env().unwrap_or_else(|error| {
        tracing::warn!("no spans are exported: {error}");
        None
    })
}

/// Where deliveries and decisions are kept, if they are.
fn store_options(arguments: &Storing) -> Option<StoreOptions> {
    let options = StoreOptions::new(arguments.store.clone()?);
    Some(
        options
            .with_sync(match arguments.sync {
                Sync::Full => SyncMode::Full,
                Sync::Os => SyncMode::Os,
            })
            .with_keep(Some(arguments.keep))
            .with_keep_mib(Some(arguments.keep_mib as u64))
            .with_keep_bodies(arguments.keep_bodies)
            .with_keep_answers(arguments.keep_answers),
    )
}

/// Options of everything that sends.
pub fn options(network: &Network) -> Result<Options, Failure> {
    let allow = Allow::parse(network.allow.iter().map(String::as_str))
        .context("--allow")
        .map_err(Failure::unusable)?;
    let mut options = Options::default();
    options.allow = allow;
    options.proxies = Proxies::from_env();
    options.ca_file.clone_from(&network.ca_file);
    Ok(options)
}

/// A runtime for everything that sends.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    Ok(runtime.context("no threads can be started")?)
}

/// The webhook that a person means, by name, index or URL.
pub fn webhook(configuration: &Configuration, text: &str) -> Result<Arc<Webhook>, Failure> {
    let found = configuration
        .webhooks()
        .iter()
        .find(|webhook| webhook.matches(text));
    found.cloned().ok_or_else(|| {
        // A URL may hold secrets: it is not repeated.
        let meant = if text.contains("://") {
            "with that URL".to_owned()
        } else {
            format!("named \"{}\"", rules::sanitize::sanitize(text))
        };
        let known: Vec<String> = configuration
            .webhooks()
            .iter()
            .map(|webhook| webhook.label())
            .collect();
        Failure::unusable(anyhow!(
            "no webhook {meant} is configured; configured: {}",
            known.join(", ")
        ))
    })
}
