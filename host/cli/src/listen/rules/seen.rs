//! A request as a condition sees it.

use crate::listen::record::Request;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use servo_webhooks::{Event, Input, Results};

/// The event as which the connector sees a request.
pub const EVENT: &str = "request";

/// A request as an event: what a condition sees is its parameters.
pub fn input(request: &Request) -> anyhow::Result<Input> {
    let header = |name: &str| request.header(name);
    let text = std::str::from_utf8(&request.body).unwrap_or_default();
    // As it is, so that numbers keep their digits; what is no JSON is text.
    let body = match serde_json::from_str::<&RawValue>(text) {
        Ok(body) => Ok(body.to_owned()),
        Err(_) => to_raw_value(&String::from_utf8_lossy(&request.body)),
    };
    let seen = Seen {
        method: request.parts.method.as_str(),
        path: request.parts.uri.path(),
        event: header("x-servo-event"),
        delivery: header("x-servo-delivery"),
        attempt: header("x-servo-attempt").parse().ok(),
        verified: request.verified(),
        headers: request.headers(),
        body: body?,
    };
    let event = Event::new(EVENT)?.with_parameters(&seen)?;
    Ok(Input::After(event, Results::new()))
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
