//! A request that came, and how it is shown: on one line, in full, or as JSON.

use crate::color;
use crate::small_server::text;
use bytes::Bytes;
use http::request::Parts;
use jiff::Timestamp;
use rules::sanitize::{sanitize, seen};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// A request, and what was found of its signatures.
pub struct Request {
    /// When all of it was there.
    pub time: Timestamp,
    pub parts: Parts,
    pub body: Bytes,
    /// The schemes that verified, or what is wrong; none where there is no secret.
    pub found: Option<Result<Vec<&'static str>, String>>,
}

/// What was done about a request.
#[derive(Default)]
pub struct Reply {
    /// The answer, for people.
    pub said: String,
    /// Where its rule is, if one decided.
    pub rule: Option<String>,
    /// Where it was saved, or why it could not be.
    pub saved: Option<Result<PathBuf, String>>,
    /// What else went wrong.
    pub warnings: Vec<String>,
}

impl Request {
    /// A header as text; empty where it is missing.
    pub fn header(&self, name: &str) -> String {
        text(&self.parts.headers, name)
    }

    /// The event that it says it is of; else its method and path.
    pub fn name(&self) -> String {
        let event = self.header("x-servo-event");
        if event.is_empty() {
            let path = self.parts.uri.path();
            return sanitize(&format!("{} {path}", self.parts.method));
        }
        sanitize(&event)
    }

    /// Of each header its first value.
    pub fn headers(&self) -> Map<String, Value> {
        let names = self.parts.headers.keys();
        names
            .map(|name| (name.to_string(), json!(self.header(name.as_str()))))
            .collect()
    }

    /// Whether it verified; none where there is no secret.
    pub fn verified(&self) -> Option<bool> {
        self.found.as_ref().map(Result::is_ok)
    }

    /// Whether its signature is wrong.
    pub fn is_refused(&self) -> bool {
        self.verified() == Some(false)
    }

    fn fault(&self) -> Option<&String> {
        self.found.as_ref()?.as_ref().err()
    }

    fn schemes(&self) -> Option<&Vec<&'static str>> {
        self.found.as_ref()?.as_ref().ok()
    }

    /// The id of the delivery, by whichever name it has.
    fn delivery(&self) -> String {
        let ids = ["x-servo-delivery", "webhook-id"].map(|name| self.header(name));
        let id = ids.into_iter().find(|id| !id.is_empty());
        id.map_or_else(|| "-".to_owned(), |id| sanitize(&id))
    }
}

/// For machines.
pub fn record(request: &Request, reply: &Reply) -> Value {
    let saved = reply.saved.as_ref().and_then(|saved| saved.as_ref().ok());
    json!({
        "type": "request",
        "time": request.time.to_string(),
        "method": request.parts.method.as_str(),
        "path": request.parts.uri.path(),
        "event": request.header("x-servo-event"),
        "delivery": request.header("x-servo-delivery"),
        "attempt": request.header("x-servo-attempt"),
        "verified": request.verified(),
        "schemes": request.schemes(),
        "fault": request.fault(),
        "headers": request.headers(),
        "body": String::from_utf8_lossy(&request.body),
        "answer": reply.said,
        "rule": reply.rule,
        "saved": saved.map(|path| path.display().to_string()),
        "warnings": warnings(reply),
    })
}

/// One line for people, and one more for whatever else went wrong. It fits 80 columns when
/// all is well.
pub fn line(request: &Request, reply: &Reply) -> String {
    let attempt = match request.header("x-servo-attempt").as_str() {
        "" | "1" => String::new(),
        number => format!(" attempt {}", sanitize(number)),
    };
    let time = request.time.strftime("%H:%M:%SZ");
    let verdict = match request.fault() {
        None if request.found.is_some() => color::good("verified"),
        None => color::warning("not verified"),
        Some(fault) => color::error(&format!("refused: {}", sanitize(fault))),
    };
    let mut shown = format!(
        "{time} {} {}{attempt} {verdict} -> {}\n",
        color::bold(&request.name()),
        request.delivery(),
        sanitize(&reply.said)
    );
    add_warnings(&mut shown, reply);
    shown
}

/// All of it for people.
pub fn full(request: &Request, reply: &Reply) -> String {
    let header = |name: &str| sanitize(&request.header(name));
    let verdict = match &request.found {
        None => color::warning("not verified: no --secret was given"),
        Some(Ok(schemes)) => color::good(&format!("verified: {}", schemes.join(", "))),
        Some(Err(fault)) => color::error(&format!("not verified: {}", sanitize(fault))),
    };
    let mut shown = String::new();
    let mut line = |text: String| {
        shown.push_str(&text);
        shown.push('\n');
    };
    line(color::bold(&format!(
        "{} {}  {}",
        request.parts.method,
        sanitize(request.parts.uri.path()),
        header("x-servo-event")
    )));
    line(format!("  {}", request.time));
    line(format!(
        "  delivery {}, attempt {}",
        request.delivery(),
        header("x-servo-attempt")
    ));
    line(format!("  {verdict}"));
    let readable = serde_json::from_slice::<Value>(&request.body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| format!("{} bytes of {}", request.body.len(), header("content-type")));
    for text in readable.lines() {
        let clean: String = text.chars().map(seen).collect();
        line(format!("  {clean}"));
    }
    if let Some(Ok(path)) = &reply.saved {
        line(format!("  saved as {}", path.display()));
    }
    let rule = reply.rule.as_ref();
    let rule = rule.map_or_else(String::new, |rule| format!(" ({})", sanitize(rule)));
    line(format!("  -> {}{rule}", sanitize(&reply.said)));
    add_warnings(&mut shown, reply);
    shown
}

fn warnings(reply: &Reply) -> Vec<String> {
    let unsaved = reply.saved.as_ref().and_then(|saved| saved.as_ref().err());
    let unsaved = unsaved.map(|why| format!("not saved: {why}"));
    let all = reply.warnings.iter().cloned().chain(unsaved);
    all.map(|warning| sanitize(&warning)).collect()
}

fn add_warnings(shown: &mut String, reply: &Reply) {
    for warning in warnings(reply) {
        shown.push_str(&format!("  {}: {warning}\n", color::warning("warning")));
    }
}
