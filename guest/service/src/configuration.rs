//! The configuration, from the environment.

use crate::connector::{self, Content, Severity, Stamp, Value as Text, Webhook};
use crate::handles::Handles;
use crate::wasi::cli::environment;
use http::Uri;
use serde_json::Value;

/// The list of webhooks in JSON, or an object with it under `webhooks`.
const CONFIG: &str = "SERVO_WEBHOOKS_CONFIG";
/// Names the servo.
const SOURCE: &str = "SERVO_WEBHOOKS_SOURCE";
/// What requests must bring.
const TOKEN: &str = "SERVO_WEBHOOKS_TOKEN";
/// `loopback`: nobody else reaches the engine, so no token is needed.
const BOUND: &str = "SERVO_WEBHOOKS_BOUND";

/// Everything that an event needs.
pub struct Configuration {
    pub webhooks: Vec<Webhook>,
    /// By webhook.
    pub urls: Vec<Uri>,
    pub answer_headers: Vec<String>,
    values: Vec<String>,
}

/// Who may hand in events.
pub enum Access {
    /// Whoever brings it.
    Token(String),
    /// Everybody: the operator says that only this machine can.
    Local,
    /// Nobody: neither is said.
    Closed,
}

/// The rule about who may hand in events.
pub fn access() -> Access {
    let variables = environment::get_environment();
    match (get(&variables, TOKEN), get(&variables, BOUND)) {
        (Some(token), _) if !token.is_empty() => Access::Token(token.to_owned()),
        (None, Some("loopback")) => Access::Local,
        _ => Access::Closed,
    }
}

fn get<'a>(variables: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = variables.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

impl Configuration {
    /// Reads it; all that is wrong at once, without any value.
    pub fn read() -> Result<Self, Vec<String>> {
        let variables = environment::get_environment();
        let text = get(&variables, CONFIG).ok_or_else(|| {
            vec![format!(
                "{CONFIG} is not set: the list of webhooks, in JSON"
            )]
        })?;
        let document: Value = serde_json::from_str(text).map_err(|error| {
            vec![format!(
                "{CONFIG}: not JSON, at line {}, column {}",
                error.line(),
                error.column()
            )]
        })?;
        let list = match document {
            Value::Object(mut document) => document.remove("webhooks"),
            list => Some(list),
        };
        let Some(Value::Array(mut webhooks)) = list else {
            return Err(vec![format!("{CONFIG}: has no list of webhooks")]);
        };
        let mut handles = Handles::new(&variables);
        handles.hide(&mut webhooks);
        let source = get(&variables, SOURCE).unwrap_or_default();
        let document = Value::Array(webhooks).to_string();
        let read = connector::parse_config(&document, &[], source);
        let mut problems = handles.problems;
        for problem in read.problems {
            let text = format!("{CONFIG}: {}: {}", problem.path, problem.message);
            match problem.severity {
                Severity::Error => problems.push(text),
                Severity::Warning => crate::output::warn(&format!("warning: {text}")),
            }
        }
        let mut configuration = Self {
            webhooks: read.webhooks,
            urls: Vec::new(),
            answer_headers: read.answer_headers,
            values: handles.values,
        };
        if problems.is_empty() {
            problems = configuration.check();
        }
        if problems.is_empty() {
            Ok(configuration)
        } else {
            Err(problems)
        }
    }

    /// What the connector leaves to its host.
    fn check(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        for (index, webhook) in self.webhooks.iter().enumerate() {
            for setting in &webhook.settings {
                problems.push(format!(
                    "webhooks[{index}]: this service does not know {}",
                    setting.name
                ));
            }
            match target(self.value(&webhook.url)) {
                Some(url) => self.urls.push(url),
                None => problems.push(format!(
                    "webhooks[{index}].url: not http or https with a host and without a user"
                )),
            }
            let stamp = Stamp {
                delivery: "0".to_owned(),
                attempt: 1,
                now: 0,
            };
            let empty = Content::Text(String::new());
            if let Err(error) = self.sign(webhook, &stamp, &empty) {
                problems.push(format!("webhooks[{index}].secret: {error}"));
            }
        }
        problems
    }

    /// What a value stands for.
    pub fn value<'a>(&'a self, value: &'a Text) -> &'a str {
        match value {
            Text::Text(text) => text,
            Text::Handle(handle) => self.by(*handle),
        }
    }

    fn by(&self, handle: u32) -> &str {
        let value = usize::try_from(handle)
            .ok()
            .and_then(|at| self.values.get(at));
        value.map_or("", String::as_str)
    }

    /// The headers that sign an attempt.
    pub fn sign(
        &self,
        webhook: &Webhook,
        stamp: &Stamp,
        body: &Content,
    ) -> Result<Vec<connector::Header>, String> {
        let secrets: Vec<_> = webhook
            .secrets
            .iter()
            .map(|handle| self.by(*handle).to_owned())
            .collect();
        connector::sign(&webhook.scheme, &secrets, stamp, body).map_err(|error| error.message)
    }
}

fn target(text: &str) -> Option<Uri> {
    let text = text.split('#').next()?;
    let url: Uri = text.parse().ok()?;
    let known = matches!(url.scheme_str(), Some("http" | "https"));
    let authority = url.authority()?;
    (known && !authority.host().is_empty() && !authority.as_str().contains('@')).then_some(url)
}
