//! The configuration, from the environment: read once for each instance.

use crate::connector::{self, Severity};
use crate::document;
use crate::output;
use crate::path::readable;
use crate::secret_handles::SecretHandles;
use crate::settings::{CONFIG, Settings};
use crate::webhook::{LONGEST, ResolvedWebhook, prepare};
use lifecycle::BreakerLimits;
use serde_json::Value;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Everything that an event needs.
pub struct Configuration {
    /// Names the servo; empty: it has no name.
    pub source: String,
    /// In the order of the document.
    pub webhooks: Vec<ResolvedWebhook>,
    /// Names of answer headers that the connector wants to see.
    pub answer_headers: Vec<String>,
    /// Nanoseconds that all webhooks before one event have together.
    pub budget: u64,
    /// When breakers open.
    pub breaker: BreakerLimits,
    /// Bytes of one event.
    pub max_event: usize,
    /// Events that are known beside the standard ones: those of the catalogue, and those that
    /// a webhook names.
    events: Vec<String>,
    /// Unknown ones that were warned of.
    unknown: RefCell<BTreeSet<String>>,
}

thread_local! {
    static KNOWN: OnceCell<Rc<Configuration>> = const { OnceCell::new() };
}

impl Configuration {
    /// That of this instance; an error has been written down.
    pub fn get(settings: &Settings) -> Result<Rc<Self>, ()> {
        if let Some(known) = KNOWN.with(|known| known.get().cloned()) {
            return Ok(known);
        }
        match Self::read(settings) {
            Ok(read) => Ok(KNOWN.with(|known| Rc::clone(known.get_or_init(|| Rc::new(read))))),
            Err(problems) => {
                for problem in problems {
                    output::warn(&format!("error: {problem}"));
                }
                Err(())
            }
        }
    }

    /// Reads it; all that is wrong at once, without any value.
    fn read(settings: &Settings) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let budget = kept(settings.budget(), &mut wrong);
        let breaker = kept(settings.breaker(), &mut wrong);
        let max_event = kept(settings.max_event(), &mut wrong);
        let mut events = kept(settings.catalogue(), &mut wrong).unwrap_or_default();
        let mut webhooks = list(settings).map_err(|error| {
            wrong.push(format!("{CONFIG}: {error}"));
            std::mem::take(&mut wrong)
        })?;
        let mut handles = SecretHandles::new(settings);
        handles.hide(&mut webhooks);
        let document = Value::Array(webhooks);
        let read = connector::parse_config(&document.to_string(), &events, settings.source());
        for warning in &handles.warnings {
            output::warn(&format!("warning: {CONFIG}: {warning}"));
        }
        let mut problems = handles.problems;
        for problem in read.problems {
            let text = format!("{}: {}", readable(&problem.path), problem.message);
            match problem.severity {
                Severity::Error => problems.push(text),
                Severity::Warning => output::warn(&format!("warning: {CONFIG}: {text}")),
            }
        }
        let mut prepared = Vec::new();
        for (index, webhook) in read.webhooks.into_iter().enumerate() {
            match prepare(index, webhook, &document, &handles.values) {
                Ok(webhook) => prepared.push(webhook),
                Err(why) => problems.extend(why),
            }
        }
        wrong.extend(
            problems
                .iter()
                .map(|problem| format!("{CONFIG}: {problem}")),
        );
        let (Some(budget), Some(breaker), Some(max_event), true) =
            (budget, breaker, max_event, wrong.is_empty())
        else {
            return Err(wrong);
        };
        events.extend(prepared.iter().flat_map(named));
        Ok(Self {
            source: settings.source().to_owned(),
            webhooks: prepared,
            answer_headers: read.answer_headers,
            budget: budget.min(LONGEST),
            breaker,
            max_event,
            events,
            unknown: RefCell::default(),
        })
    }
}

/// A setting, or why there is none among what is wrong.
fn kept<T>(read: Result<T, String>, wrong: &mut Vec<String>) -> Option<T> {
    read.map_err(|error| wrong.push(error)).ok()
}

/// Events that a webhook names.
fn named(webhook: &ResolvedWebhook) -> impl Iterator<Item = String> {
    let names = webhook.read.events.iter();
    let names = names.filter_map(|event| Some(event.split_once(':')?.1.to_owned()));
    names.filter(|name| !name.contains('*'))
}

/// The list of webhooks, as it was given.
fn list(settings: &Settings) -> Result<Vec<Value>, String> {
    let text = settings
        .set(CONFIG)
        .ok_or("is not set; it holds the list of webhooks, in JSON")?;
    // As the program tells a text from a path.
    if !text.trim().starts_with(['[', '{']) {
        return Err(
            "must be the list of webhooks itself, in JSON: there are no files here".to_owned(),
        );
    }
    let list = match document::parse(text)? {
        Value::Object(mut document) => document.remove("webhooks").unwrap_or_default(),
        list => list,
    };
    match list {
        Value::Array(webhooks) => Ok(webhooks),
        _ => Err("has no list of webhooks; write [{\"events\": ..}], or the same under the key \"webhooks\"".to_owned()),
    }
}

impl Configuration {
    /// What may be wrong with an event that is taken all the same: nobody knows it. Warns of
    /// each name once.
    pub fn doubt(&self, name: &str) -> Option<String> {
        let (side, event) = name.split_once(':')?;
        if side == "channel" {
            return None;
        }
        let why = documents::config::unknown_event(event, &self.events)?;
        if self.unknown.borrow_mut().insert(event.to_owned()) {
            output::warn(&format!("warning: {why}"));
        }
        Some(why)
    }
}
