//! A request as a condition sees it.

use crate::listen::record::Request;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use servo_webhooks::{Error, Event, Input, Results};

/// The event as which the connector sees a request, for one rule alone.
pub fn event(rule: usize) -> String {
    format!("request_{rule}")
}

/// A request as it is given to a rule: what its condition sees is the event's parameters.
pub fn input(seen: &RawValue, rule: usize) -> Result<Input, Error> {
    let event = Event::new(&event(rule))?.with_parameters(seen)?;
    Ok(Input::After(event, Results::new()))
}

/// What a condition sees of a request.
pub fn seen(request: &Request) -> Result<Box<RawValue>, serde_json::Error> {
    let header = |name: &str| request.header(name);
    let text = std::str::from_utf8(&request.body).unwrap_or_default();
    // As it is, so that numbers keep their digits; what is no JSON is text.
    let body = match serde_json::from_str::<&RawValue>(text) {
        Ok(body) => body.to_owned(),
        Err(_) => to_raw_value(&String::from_utf8_lossy(&request.body))?,
    };
    to_raw_value(&Seen {
        method: request.parts.method.as_str(),
        path: request.parts.uri.path(),
        event: header("x-servo-event"),
        delivery: header("x-servo-delivery"),
        attempt: header("x-servo-attempt").parse().ok(),
        verified: request.verified(),
        headers: request.headers(),
        body,
    })
}

/// What a condition sees.
#[derive(serde::Serialize)]
struct Seen<'a> {
    method: &'a str,
    path: &'a str,
    event: String,
    delivery: String,
    attempt: Option<u32>,
    verified: Option<bool>,
    headers: Map<String, Value>,
    body: Box<RawValue>,
}
