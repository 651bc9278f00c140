//! The configuration, from the environment: read once for each instance.

use crate::connector::{self, Severity};
use crate::document;
use crate::handles::Handles;
use crate::output;
use crate::path::readable;
use crate::settings::{CONFIG, Settings};
use crate::webhook::{LONGEST, ResolvedWebhook, prepare};
use lifecycle::BreakerLimits;
use serde_json::Value;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

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
        let mut or_say = |error| wrong.push(error);
        let budget = settings.budget().unwrap_or_else(|error| {
            or_say(error);
            0
        });
        let breaker = settings.breaker().unwrap_or_else(|error| {
            or_say(error);
            BreakerLimits {
                after: Duration::ZERO,
                hold: Duration::ZERO,
            }
        });
        let max_event = settings.max_event().unwrap_or_else(|error| {
            or_say(error);
            0
        });
        let events = settings.catalogue().unwrap_or_else(|error| {
            or_say(error);
            Vec::new()
        });
        let mut webhooks = list(settings).map_err(|error| {
            wrong.push(format!("{CONFIG}: {error}"));
            std::mem::take(&mut wrong)
        })?;
        let mut handles = Handles::new(settings);
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
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut events = events;
        for webhook in &prepared {
            let names = webhook
                .read
                .events
                .iter()
                .filter_map(|event| event.split_once(':'));
            events.extend(
                names
                    .map(|(_, name)| name.to_owned())
                    .filter(|name| !name.contains('*')),
            );
        }
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
