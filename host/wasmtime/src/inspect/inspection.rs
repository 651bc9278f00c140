//! What can be found out about a configuration without sending anything: targets that the rule
//! about addresses refuses, and expressions that fail.

use crate::config::configuration::Configuration;
use crate::config::webhook::Webhook;
use crate::config::{Problem, Problems, Severity};
use crate::connector::{CallError, Connector, Shape};
use crate::error::Error;
use crate::event::input::Input;
use crate::inspect::event_schema::sample;
use crate::outbound::{Allow, Refused};
use crate::render::notification::Notification;
use crate::render::rendered_request::RenderError;
use documents::schema::STANDARD_EVENTS;
use std::collections::HashMap;

/// Where the connector's warning goes on from why a condition failed.
const ASKED: &str = "; the webhook is asked anyway";

/// Samples that expressions are run on, at most: a configuration may have thousands.
const MOST_RUNS: usize = 1000;

/// What an expression came to on a sample.
#[derive(Clone)]
struct Fault {
    /// The field that it stands in.
    field: &'static str,
    /// Why it failed.
    why: String,
    /// Whether the webhook is asked before the event all the same.
    asked: bool,
}

impl Configuration {
    /// The warnings that it loaded with, and what else can be said before anything is sent:
    /// targets whose address is not allowed, conditions and payloads that fail for the sample of
    /// an event.
    ///
    /// Only of a configuration that was read for [`crate::LoadMode::Inspect`]: no other keeps
    /// where its fields stand.
    ///
    /// # Errors
    /// If the connector fails.
    pub fn inspect(&self, allow: &Allow) -> Result<Problems, Error> {
        let Some(document) = &self.document else {
            return Ok(self.problems().clone());
        };
        let mut found = Vec::new();
        let mut warn = |webhook: &Webhook, field: &str, message: String| {
            let pointer = format!("/{}/{field}", webhook.index);
            found.push(document.locate(Severity::Warning, &pointer, false, message));
        };
        for webhook in self.webhooks().iter().filter(|webhook| webhook.enabled) {
            if let Some(why) = webhook.refusal(allow) {
                warn(webhook, "url", format!("would be refused: {why}"));
            }
        }
        for (webhook, field, message) in self.faults()? {
            warn(webhook, field, message);
        }
        let problems: Vec<Problem> = self.problems().iter().cloned().chain(found).collect();
        Ok(document.report(problems))
    }

    /// What [`inspect`](Self::inspect) finds, and an error for each webhook that cannot be used
    /// with a store: what is kept there is kept by the name of its webhook.
    ///
    /// # Errors
    /// If the connector fails.
    pub fn inspect_with_store(&self, allow: &Allow) -> Result<Problems, Error> {
        let problems = self.inspect(allow)?;
        let Some(document) = &self.document else {
            return Ok(problems);
        };
        let webhooks = self.webhooks().iter();
        let unnamed = webhooks.filter(|one| one.name.is_none() && self.is_in_use(one));
        let unnamed = unnamed.map(|webhook| {
            let message = "has no name; with a store each webhook needs one";
            let pointer = format!("/{}", webhook.index);
            document.locate(Severity::Error, &pointer, false, message.to_owned())
        });
        let all = problems.iter().cloned().chain(unnamed).collect();
        Ok(document.report(all))
    }

    /// Expressions that fail for the sample of an event that their webhook listens to.
    fn faults(&self) -> Result<Vec<(&Webhook, &'static str, String)>, CallError> {
        let connector = &self.connector;
        if !self.webhooks().iter().any(|webhook| webhook.shape.warm) {
            return Ok(Vec::new());
        }
        // By webhook and field: why, and for which events.
        let mut faults: HashMap<(usize, &str), (Fault, Vec<String>)> = HashMap::new();
        let mut runs = 0;
        for name in self.sampled() {
            let recipients = self.select(&name)?;
            // One without expressions cannot fail, and equal shapes do the same.
            let mut known: HashMap<&Shape, Option<Fault>> = HashMap::new();
            let mut input = None;
            for webhook in recipients.iter().filter(|webhook| webhook.shape.warm) {
                if runs >= MOST_RUNS {
                    break;
                }
                let fault = known.entry(&webhook.shape).or_insert_with(|| {
                    runs += 1;
                    let input =
                        input.get_or_insert_with(|| sample(connector, &self.catalogue, &name).ok());
                    input
                        .as_ref()
                        .and_then(|input| try_on(connector, input, &webhook.shape))
                });
                if let Some(fault) = fault {
                    let (_, events) = faults
                        .entry((webhook.index, fault.field))
                        .or_insert_with(|| (fault.clone(), Vec::new()));
                    events.push(name.clone());
                }
            }
        }
        let mut told = Vec::new();
        for webhook in self.webhooks() {
            for field in ["when", "payload"] {
                if let Some((fault, events)) = faults.remove(&(webhook.index, field)) {
                    told.push((&**webhook, field, message(&fault, &events)));
                }
            }
        }
        Ok(told)
    }

    /// Events of which there is a sample that is more than a form.
    fn sampled(&self) -> Vec<String> {
        let own = self.catalogue.names();
        let own = own.iter().filter(|name| {
            let schema = self
                .catalogue
                .get(name)
                .and_then(|event| event.parameters.as_ref());
            schema.is_some_and(|schema| schema.get().contains("\"examples\""))
        });
        STANDARD_EVENTS
            .iter()
            .copied()
            .chain(own.map(String::as_str))
            .flat_map(|name| [format!("before:{name}"), format!("after:{name}")])
            .collect()
    }
}

fn try_on(connector: &Connector, input: &Input, shape: &Shape) -> Option<Fault> {
    let (why, asked) = match Notification::from(input).render(connector, shape) {
        // Before an event the failure of a condition is a warning.
        Ok(request) => (request.warning?.into_string(), true),
        Err(RenderError::Failed(why)) => (why, false),
        Err(_) => return None,
    };
    let fault = |field, why: &str| Fault {
        field,
        why: why.to_owned(),
        asked,
    };
    if let Some(why) = why.strip_prefix("when ") {
        let end = why.find(ASKED).unwrap_or(why.len());
        return Some(fault("when", &why[..end]));
    }
    Some(match why.strip_prefix("payload ") {
        Some(why) => fault("payload", why),
        // A call that was stopped does not say where.
        None => fault("when", &format!("failed: {why}")),
    })
}

fn message(fault: &Fault, events: &[String]) -> String {
    let first = events.first().map_or("", String::as_str);
    let others = match events.len() {
        0 | 1 => String::new(),
        2 => " and of 1 other event".to_owned(),
        count => format!(" and of {} other events", count - 1),
    };
    let what = match fault.why.strip_prefix("failed: ") {
        Some(why) => format!("fails for the sample of {first}{others}: {why}"),
        None => format!("{}, for the sample of {first}{others}", fault.why),
    };
    let then = match (fault.asked, first.starts_with("before:")) {
        (true, true) => "the webhook is then asked anyway",
        (_, true) => "on_error decides for such an event",
        (_, false) => "the delivery of such an event fails",
    };
    format!("{what}; {then}")
}

impl Webhook {
    /// Why the rule about addresses refuses its target, if that is known without a lookup: its
    /// host is an address, or a name that always means this machine (RFC 6761, section 6.3).
    #[must_use]
    pub fn refusal(&self, allow: &Allow) -> Option<Refused> {
        let target = self.target.as_ref()?;
        let host = target.host();
        let name = host.strip_suffix('.').unwrap_or(host);
        let is_local = name == "localhost" || name.ends_with(".localhost");
        let local = is_local.then_some(std::net::Ipv4Addr::LOCALHOST.into());
        let address = target.address().or(local)?;
        allow.verdict(host, address).err()
    }

    /// Whether its host is an address, so that no lookup decides where it goes.
    #[must_use]
    pub fn has_address(&self) -> bool {
        self.target
            .as_ref()
            .is_some_and(|target| target.address().is_some())
    }

    /// All of its URL, which is confidential; none if its reference was not resolved.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.target.as_ref().map(|target| target.uri().to_string())
    }

    /// The value of a header of its own, which is confidential.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }
}
