//! Which headers may come from where.
//!
//! The connector returns content type and signatures as named values; the host
//! sets the rest and takes nothing else from it, whichever component it is. A
//! header set here can neither be split nor replaced: names and values are typed.

use crate::connector::CallError;
use crate::connector::wit::HeaderResult;
use http::{HeaderName, HeaderValue};
#[cfg(feature = "service")]
use rules::protected_header::{Owner, owner};

/// `X-Servo-Event`: `after:measure`, or `channel:the_news`.
pub(crate) const EVENT: HeaderName = HeaderName::from_static("x-servo-event");
/// `X-Servo-Delivery`: the delivery's id.
pub(crate) const DELIVERY: HeaderName = HeaderName::from_static("x-servo-delivery");
/// `X-Servo-Attempt`: counts from 1.
pub(crate) const ATTEMPT: HeaderName = HeaderName::from_static("x-servo-attempt");
/// `X-Servo-Timeout`: milliseconds within which an answer still counts.
pub(crate) const TIMEOUT: HeaderName = HeaderName::from_static("x-servo-timeout");
/// `X-Servo-Schema`: the version of the body's schema.
pub(crate) const SCHEMA: HeaderName = HeaderName::from_static("x-servo-schema");
/// `X-Servo-Trigger`: `manual`, if a person sent it to try.
pub(crate) const TRIGGER: HeaderName = HeaderName::from_static("x-servo-trigger");
/// `X-Servo-Replay`: how often the delivery was replayed, if it was.
pub(crate) const REPLAY: HeaderName = HeaderName::from_static("x-servo-replay");
/// `X-Servo-Signature`: the connector's.
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("x-servo-signature");

/// More headers than this from one call are a fault of the connector.
const MOST: usize = 64;

/// A header that a webhook sets for itself.
///
/// # Errors
/// Says what is wrong with it, without its value.
pub(crate) fn custom(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    if let Some(why) = documents::config::refused_header(name) {
        return Err(why);
    }
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
    let mut value = text(value)
        .ok_or("the value has characters that a header cannot carry (RFC 9110, section 5.5)")?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// Whether a header belongs to the transport, so that nobody but the host sets it.
#[cfg(feature = "service")]
pub(crate) fn is_of_transport(name: &HeaderName) -> bool {
    let owner = owner(name.as_str());
    matches!(owner, Some(Owner::Url | Owner::Transport))
}

/// A header value without control characters.
pub(crate) fn text(value: &str) -> Option<HeaderValue> {
    if value.chars().any(char::is_control) {
        return None;
    }
    HeaderValue::from_str(value).ok()
}

/// Checks what `render` returned: names that begin with `ce-`, and no others.
pub(crate) fn rendered(
    headers: &[HeaderResult],
) -> Result<Vec<(HeaderName, HeaderValue)>, CallError> {
    checked("render", headers, |name| name.starts_with("ce-"))
}

/// Checks what `sign` returned: `X-Servo-Signature` and names that begin with
/// `webhook-`, and no others.
pub(crate) fn signatures(
    headers: &[HeaderResult],
) -> Result<Vec<(HeaderName, HeaderValue)>, CallError> {
    checked("sign", headers, |name| {
        name == SIGNATURE.as_str() || name.starts_with("webhook-")
    })
}

fn checked(
    function: &'static str,
    headers: &[HeaderResult],
    allowed: impl Fn(&str) -> bool,
) -> Result<Vec<(HeaderName, HeaderValue)>, CallError> {
    if headers.len() > MOST {
        return Err(CallError::unusable(
            function,
            format!("{} headers", headers.len()),
        ));
    }
    let check = |header: &HeaderResult| {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .ok()
            .filter(|name| allowed(name.as_str()))
            .ok_or_else(|| CallError::unusable(function, "a header that it has no right to"))?;
        let value = text(&header.value).ok_or_else(|| {
            CallError::unusable(function, format!("a value that {name} cannot have"))
        })?;
        Ok((name, value))
    };
    headers.iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_a_webhook_may_set() {
        for name in [
            "Authorization",
            "X-Token",
            "User-Agent",
            "x-servox",
            "Accept",
        ] {
            assert!(custom(name, "v").is_ok(), "{name}");
        }
        for name in [
            "Host",
            "content-length",
            "Content-Type",
            "Transfer-Encoding",
            "TE",
            "Proxy-Authorization",
            "Cookie",
            "X-Servo-Signature",
            "x-servo-anything",
            "Webhook-Id",
            "ce-id",
            "X-Forwarded-For",
            "HTTP2-Settings",
            "Date",
            "Via",
            "Forwarded",
            "Expect",
            "Upgrade",
            "Trailer",
            "Keep-Alive",
            "Connection",
            "Accept-Encoding",
            "",
            "a b",
            "a:b",
            "é",
        ] {
            assert!(custom(name, "v").is_err(), "{name}");
        }
        for value in ["a\r\nX: y", "a\nb", "\0", "\u{7f}"] {
            assert!(custom("X-Token", value).is_err());
        }
    }

    #[test]
    fn what_a_webhook_may_set_is_what_the_vectors_say() {
        let text = include_str!("../../../../tests/vectors/own-headers.json");
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
    fn what_the_connector_may_set() {
        let headers = |pairs: &[(&str, &str)]| -> Vec<HeaderResult> {
            let header = |(name, value): &(&str, &str)| HeaderResult {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            };
            pairs.iter().map(header).collect()
        };
        let signed = |pairs: &[(&str, &str)]| signatures(&headers(pairs));
        let found = signed(&[("X-Servo-Signature", "ab"), ("webhook-id", "1")]);
        assert_eq!(found.map(|headers| headers.len()).ok(), Some(2));
        for name in ["host", "x-servo-event", "content-length", "ce-id", "x\r\n"] {
            assert!(signed(&[(name, "v")]).is_err(), "{name}");
        }
        assert!(signed(&[("webhook-id", "v"); MOST + 1]).is_err());
        let made = |pairs: &[(&str, &str)]| rendered(&headers(pairs));
        assert!(made(&[("ce-id", "v")]).is_ok());
        assert!(made(&[("x-servo-signature", "v")]).is_err());
        assert!(made(&[("ce-id", "a\nb")]).is_err());
    }
}
