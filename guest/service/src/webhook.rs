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
    let mut preparation = Preparation {
        index,
        read: &read,
        values,
        problems: Vec::new(),
    };
    preparation.check();
    let given = document[index]["url"].as_str().unwrap_or_default();
    let url = preparation.url(given);
    let headers = preparation.headers();
    let secrets = preparation.secrets();
    let problems = preparation.problems;
    match url {
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

/// What a webhook needs, on its way.
struct Preparation<'a> {
    index: usize,
    read: &'a Webhook,
    /// What handles stand for, each with the place of its webhook.
    values: &'a [(usize, String)],
    problems: Vec<String>,
}

impl<'a> Preparation<'a> {
    fn say(&mut self, path: &str, why: &str) {
        let index = self.index;
        self.problems
            .push(format!("webhooks[{index}]{path}: {why}"));
    }

    fn value(&self, handle: u32) -> Option<&'a str> {
        let (owner, text) = self.values.get(usize::try_from(handle).ok()?)?;
        (*owner == self.index).then_some(text.as_str())
    }

    fn text(&self, text: &'a Text) -> &'a str {
        match text {
            Text::Text(text) => text,
            Text::Handle(handle) => self.value(*handle).unwrap_or_default(),
        }
    }

    fn check(&mut self) {
        for setting in &self.read.settings {
            let name = &setting.name;
            let why = format!("this service does not know the setting {name}; use a newer one");
            self.say("", &why);
        }
        if self.read.timeout == 0 || self.read.timeout > LONGEST {
            self.say(".timeout", "the connector made an unusable one of it");
        }
    }

    /// `given` is the URL as it stands in the document.
    fn url(&mut self, given: &str) -> Option<Uri> {
        let mut url = self.text(&self.read.url);
        if let Text::Text(_) = self.read.url
            && !given
                .strip_prefix(url)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
        {
            let why = "the connector named one that the configuration does not hold";
            self.say(".url", why);
            url = "";
        }
        let url = url.split('#').next().unwrap_or_default();
        if url.is_empty() {
            // What could not be resolved has been said.
            return None;
        }
        let uri = documents::config::check_url(url).and_then(|()| {
            let why = "holds characters that a request cannot carry; write them as %20 and so on";
            url.parse().map_err(|_| why.to_owned())
        });
        uri.map_err(|why| self.say(".url", &why)).ok()
    }

    fn headers(&mut self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for header in &self.read.headers {
            match headers::custom(&header.name, self.text(&header.value)) {
                Ok((name, value)) => {
                    headers.insert(name, value);
                }
                Err(why) => self.say(&format!(".headers.{}", header.name), &why),
            }
        }
        headers
    }

    fn secrets(&mut self) -> Vec<String> {
        let secrets = self.read.secrets.iter();
        let secrets: Option<Vec<_>> = secrets
            .map(|handle| self.value(*handle).map(str::to_owned))
            .collect();
        if secrets.is_none() {
            self.say(".secret", "the connector named one of another webhook");
        }
        let secrets = secrets.unwrap_or_default();
        if !secrets.iter().any(String::is_empty) {
            let context = SigningContext {
                delivery: "0".to_owned(),
                attempt: 1,
                now: 0,
            };
            let empty = Content::Text(String::new());
            if let Err(error) = connector::sign(&self.read.scheme, &secrets, &context, &empty) {
                self.say(".secret", &error.message);
            }
        }
        secrets
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
