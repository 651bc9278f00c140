//! Which headers may come from where.
//!
//! Of the connector's only those are sent that it has a right to; others are its fault, and
//! nothing is sent then.

use crate::connector::Header;
use http::{HeaderMap, HeaderName, HeaderValue};
use rules::trace_context::TraceContext;

/// More headers than this from one call are a fault of the connector.
const MOST: usize = 64;

/// A header that a webhook sets for itself.
///
/// # Errors
/// Says what is wrong with it, without its value.
pub fn custom(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    if let Some(why) = documents::config::refused_header(name) {
        return Err(why);
    }
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
    let value = text(value)
        .ok_or("the value has characters that a header cannot carry (RFC 9110, section 5.5)")?;
    Ok((name, value))
}

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Names the trace that an event came with, as it came.
pub fn set_trace(trace: &TraceContext, map: &mut HeaderMap) {
    map.extend(text(trace.traceparent()).map(|value| (TRACEPARENT, value)));
    let state = Some(trace.tracestate()).filter(|state| !state.is_empty());
    map.extend(state.and_then(text).map(|value| (TRACESTATE, value)));
}

/// Whether what a webhook sets of a trace stays: it is not mixed with what an event came with.
pub fn stays(own: &HeaderMap, name: &HeaderName) -> bool {
    (name == TRACEPARENT || name == TRACESTATE)
        && (own.contains_key(TRACEPARENT) || own.contains_key(name))
}

/// A header value without control characters.
pub fn text(value: &str) -> Option<HeaderValue> {
    if value.chars().any(char::is_control) {
        return None;
    }
    HeaderValue::from_str(value).ok()
}

/// Puts what `render` returned into a map: names that begin with `ce-`, and no others.
///
/// # Errors
/// If there is another.
pub fn rendered(headers: &[Header], map: &mut HeaderMap) -> Result<(), String> {
    checked("render", headers, map, |name| name.starts_with("ce-"))
}

/// Puts what `sign` returned into a map: `X-Servo-Signature` and names that begin with
/// `webhook-`, and no others.
///
/// # Errors
/// If there is another.
pub fn signatures(headers: &[Header], map: &mut HeaderMap) -> Result<(), String> {
    checked("sign", headers, map, |name| {
        name == "x-servo-signature" || name.starts_with("webhook-")
    })
}

fn checked(
    function: &str,
    headers: &[Header],
    map: &mut HeaderMap,
    allowed: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let fault = |what: &str| format!("the connector's {function} returned {what}");
    if headers.len() > MOST {
        return Err(fault("too many headers"));
    }
    for header in headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok();
        let name = name
            .filter(|name| allowed(name.as_str()))
            .ok_or_else(|| fault("a header that it has no right to"))?;
        let value =
            text(&header.value).ok_or_else(|| fault("a value that a header cannot have"))?;
        map.insert(name, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn signed(pairs: &[(&str, &str)]) -> Result<usize, String> {
        let header = |(name, value): &(&str, &str)| Header {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        let headers: Vec<_> = pairs.iter().map(header).collect();
        let mut map = HeaderMap::new();
        signatures(&headers, &mut map).map(|()| map.len())
    }

    #[test]
    fn what_a_webhook_may_set() {
        for name in ["Authorization", "X-Token", "User-Agent", "Accept"] {
            assert!(custom(name, "v").is_ok(), "{name}");
        }
        for name in [
            "Host",
            "content-length",
            "TE",
            "X-Servo-Signature",
            "ce-id",
            "",
            "a b",
        ] {
            assert!(custom(name, "v").is_err(), "{name}");
        }
        for value in ["a\r\nX: y", "a\nb", "\0", "\u{7f}"] {
            assert!(custom("X-Token", value).is_err());
        }
    }

    #[test]
    fn what_a_webhook_may_set_is_what_the_vectors_say() {
        let text = include_str!("../../../tests/vectors/own-headers.json");
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = read["vectors"].as_array().unwrap();
        assert!(vectors.len() > 150);
        for vector in vectors {
            let field = |key: &str| vector["input"][key].as_str().unwrap();
            let found = custom(field("name"), field("value")).is_ok();
            assert_eq!(found, vector["expected"] == "own", "{}", vector["why"]);
        }
    }

    #[test]
    fn a_trace_is_named_unless_a_webhook_names_one() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace = TraceContext::read(parent, "a=1").context;
        let mut map = HeaderMap::new();
        trace.iter().for_each(|trace| set_trace(trace, &mut map));
        let header = |name| map.get(name).and_then(|value| value.to_str().ok());
        assert_eq!(
            (header(TRACEPARENT), header(TRACESTATE)),
            (Some(parent), Some("a=1"))
        );
        let own = |names: &[HeaderName]| {
            let value = HeaderValue::from_static("v");
            let own: HeaderMap = names
                .iter()
                .map(|name| (name.clone(), value.clone()))
                .collect();
            [TRACEPARENT, TRACESTATE, http::header::HOST].map(|name| stays(&own, &name))
        };
        assert_eq!(own(&[]), [false, false, false]);
        assert_eq!(own(&[TRACEPARENT]), [true, true, false]);
        assert_eq!(own(&[TRACESTATE]), [false, true, false]);
    }

    #[test]
    fn what_the_connector_may_set() {
        assert_eq!(
            signed(&[("X-Servo-Signature", "ab"), ("webhook-id", "1")]),
            Ok(2)
        );
        for name in ["host", "x-servo-event", "content-length", "ce-id", "x\r\n"] {
            assert!(signed(&[(name, "v")]).is_err(), "{name}");
        }
        assert!(signed(&[("webhook-id", "a\nb")]).is_err());
        assert!(signed(&[("webhook-id", "v"); MOST + 1]).is_err());
    }
}
