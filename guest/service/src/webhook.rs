//! A webhook with its references resolved.

use crate::connector::{self, Content, SigningContext, Value as Text, Webhook};
use crate::headers;
use crate::reactor::Bell;
use http::{HeaderMap, Uri};
use lifecycle::{BreakerLimits, Limits, WebhookState};
use rules::outcome::{WebhookOutcome, WebhookStatus};
use serde_json::Value;
use std::cell::RefCell;
use std::time::Duration;

/// Nanoseconds of an attempt, a wait or a budget, at most.
pub const LONGEST: u64 = 24 * 60 * 60 * 1_000_000_000;

/// A webhook with its references resolved.
pub struct ResolvedWebhook {
    /// Its place in the document.
    pub index: usize,
    /// What the connector made of it.
    pub read: Webhook,
    /// Confidential.
    pub url: Uri,
    /// Its own; confidential.
    pub headers: HeaderMap,
    secrets: Vec<String>,
    /// For as long as this instance lives.
    pub state: RefCell<WebhookState>,
    /// Rung when its breaker has closed.
    pub closed: Bell,
}

/// Does what the connector leaves to its host, and takes nothing from it that the
/// document does not hold.
///
/// # Errors
/// All that is wrong with it.
pub fn prepare(
    index: usize,
    read: Webhook,
    document: &Value,
    values: &[(usize, String)],
) -> Result<ResolvedWebhook, Vec<String>> {
    let mut problems = Vec::new();
    let mut say = |path: &str, why: &str| problems.push(format!("webhooks[{index}]{path}: {why}"));
    for setting in &read.settings {
        say(
            "",
            &format!(
                "this service does not know the setting {}; use a newer one",
                setting.name
            ),
        );
    }
    if read.timeout == 0 || read.timeout > LONGEST {
        say(".timeout", "the connector made an unusable one of it");
    }
    let handle = |handle: u32| {
        let (owner, text) = values.get(usize::try_from(handle).ok()?)?;
        (*owner == index).then_some(text.as_str())
    };
    let given = document[index]["url"].as_str().unwrap_or_default();
    let url = match &read.url {
        Text::Handle(known) => handle(*known).unwrap_or_default(),
        Text::Text(url) => match given.strip_prefix(url.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with('#') => url,
            _ => {
                say(
                    ".url",
                    "the connector named one that the configuration does not hold",
                );
                ""
            }
        },
    };
    let url = url.split('#').next().unwrap_or_default();
    let uri = documents::config::check_url(url).and_then(|()| {
        url.parse::<Uri>().map_err(|_| {
            "holds characters that a request cannot carry; write them as %20 and so on".to_owned()
        })
    });
    let mut headers = HeaderMap::new();
    for header in &read.headers {
        let value = match &header.value {
            Text::Text(text) => text,
            Text::Handle(known) => handle(*known).unwrap_or_default(),
        };
        match headers::custom(&header.name, value) {
            Ok((name, value)) => {
                headers.insert(name, value);
            }
            Err(why) => say(&format!(".headers.{}", header.name), &why),
        }
    }
    let secrets: Option<Vec<_>> = read
        .secrets
        .iter()
        .map(|known| handle(*known).map(str::to_owned))
        .collect();
    if secrets.is_none() {
        say(".secret", "the connector named one of another webhook");
    }
    // What could not be resolved has been said.
    let uri = match uri {
        Err(_) if url.is_empty() => None,
        Err(why) => {
            say(".url", &why);
            None
        }
        Ok(uri) => Some(uri),
    };
    let secrets = secrets.unwrap_or_default();
    if !secrets.iter().any(String::is_empty) {
        let context = SigningContext {
            delivery: "0".to_owned(),
            attempt: 1,
            now: 0,
        };
        let empty = Content::Text(String::new());
        if let Err(error) = connector::sign(&read.scheme, &secrets, &context, &empty) {
            say(".secret", &error.message);
        }
    }
    match uri {
        Some(url) if problems.is_empty() => Ok(ResolvedWebhook {
            index,
            read,
            url,
            headers,
            secrets,
            state: RefCell::default(),
            closed: Bell::default(),
        }),
        _ => Err(problems),
    }
}

impl ResolvedWebhook {
    /// What became of an event at it, which it has not been tried for yet.
    pub fn outcome(&self, outcome: WebhookStatus) -> WebhookOutcome {
        WebhookOutcome::new(self.index, self.read.name.as_deref(), outcome)
    }

    /// The bounds of its deliveries and questions.
    pub fn limits(&self, breaker: BreakerLimits) -> Limits {
        let (timeout, after) = (Duration::from_nanos(self.read.timeout), &self.read.after);
        let max_time = Duration::from_nanos(after.max_time);
        Limits::new(timeout, after.max_tries, max_time, breaker)
    }

    /// What an event does when it gave no answer.
    pub fn on_error(&self) -> lifecycle::OnError {
        match self.read.on_error {
            connector::OnError::Proceed => lifecycle::OnError::Proceed,
            connector::OnError::Cancel => lifecycle::OnError::Cancel,
        }
    }

    /// Why nothing is sent to it, if so.
    pub fn switched_off(&self) -> Option<&'static str> {
        let gone = self.state.borrow().is_gone();
        gone.then_some("switched off: its endpoint is gone")
    }

    /// How people tell it from others: its name, else index and target origin.
    pub fn label(&self) -> String {
        if let Some(name) = &self.read.name {
            return name.clone();
        }
        let (scheme, authority) = (self.url.scheme_str(), self.url.authority());
        let scheme = scheme.unwrap_or_default().to_ascii_lowercase();
        let authority = authority.map_or("", |authority| authority.as_str());
        format!("#{} {scheme}://{authority}", self.index)
    }

    /// The headers that sign an attempt.
    ///
    /// # Errors
    /// Which secret cannot be used, and why.
    pub fn sign(
        &self,
        context: &SigningContext,
        body: &Content,
    ) -> Result<Vec<connector::Header>, String> {
        connector::sign(&self.read.scheme, &self.secrets, context, body)
            .map_err(|error| format!("secret {}: {}", error.secret, error.message))
    }
}
