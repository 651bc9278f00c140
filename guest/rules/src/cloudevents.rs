//! CloudEvents 1.0, <https://github.com/cloudevents/spec>: the JSON format in structured
//! mode, and the HTTP binding in binary mode.

use crate::header::Header;
use crate::json;
use crate::notification::Event;

/// The content type of an event in structured mode.
pub const STRUCTURED: &str = "application/cloudevents+json";

/// The attributes of an event, in order, each under its own name.
fn attributes<'a>(
    event: &'a Event,
    source: &'a str,
) -> [(&'static str, std::borrow::Cow<'a, str>); 5] {
    [
        ("specversion", "1.0".into()),
        ("id", event.id.as_str().into()),
        ("source", source.into()),
        ("type", kind(&event.name).into()),
        ("time", event.created.as_str().into()),
    ]
}

/// `com.opsani.servo.after.measure`.
#[must_use]
pub fn kind(name: &str) -> String {
    format!("com.opsani.servo.{}", name.replacen(':', ".", 1))
}

/// The event as one JSON object, with a body as its data.
#[must_use]
pub fn structured(event: &Event, source: &str, content_type: &str, body: &str) -> String {
    let mut out = String::with_capacity(body.len() + 512);
    for (name, value) in attributes(event, source) {
        out.push(if out.is_empty() { '{' } else { ',' });
        json::push_string(&mut out, name);
        out.push(':');
        json::push_string(&mut out, &value);
    }
    out.push_str(",\"datacontenttype\":");
    json::push_string(&mut out, content_type);
    out.push_str(",\"data\":");
    out.push_str(body);
    out.push('}');
    out
}

/// The attributes as headers, their values encoded as the HTTP binding says in 3.1.3.2.
#[must_use]
pub fn headers(event: &Event, source: &str) -> Vec<Header> {
    let header = |(name, value): (&str, std::borrow::Cow<'_, str>)| Header {
        name: format!("ce-{name}"),
        value: percent_encoded(&value),
    };
    attributes(event, source).into_iter().map(header).collect()
}

/// Spaces, quotation marks, percent signs and whatever is not printable ASCII.
fn percent_encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'"' | b'%' | 0..=0x20 | 0x7f.. => out.push_str(&format!("%{byte:02X}")),
            _ => out.push(char::from(byte)),
        }
    }
    out
}

/// Whether a text can be the `source` of a CloudEvent: a URI reference (RFC 3986) that is
/// not empty. Looks at its characters alone.
#[must_use]
pub fn is_source(source: &str) -> bool {
    let bytes = source.as_bytes();
    let percents = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    let encoded = |at: usize| {
        let digits = bytes.get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(byte);
    !bytes.is_empty()
        && bytes.iter().all(allowed)
        && percents.into_iter().all(|(at, _)| encoded(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::CONTENT_TYPE;

    fn event() -> Event {
        Event {
            name: "after:measure".to_owned(),
            id: "e \"1\" 50% é".to_owned(),
            created: "2026-11-23T11:23:42+00:00".to_owned(),
            parameters: "{}".to_owned(),
            results: Some("[]".to_owned()),
        }
    }

    #[test]
    fn in_structured_mode() {
        let body = structured(&event(), "/servo", CONTENT_TYPE, "{\"n\":1.0}");
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value["specversion"], "1.0");
        assert_eq!(value["id"], "e \"1\" 50% é");
        assert_eq!(value["type"], "com.opsani.servo.after.measure");
        assert!(body.ends_with("\"data\":{\"n\":1.0}}"));
    }

    /// The examples of the HTTP binding: `Euro € 😀` is `Euro%20%E2%82%AC%20%F0%9F%98%80`.
    #[test]
    fn in_binary_mode() {
        assert_eq!(
            percent_encoded("Euro € 😀"),
            "Euro%20%E2%82%AC%20%F0%9F%98%80"
        );
        let headers = headers(&event(), "/servo");
        let names: Vec<_> = headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(
            names,
            ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time"]
        );
        assert_eq!(headers[1].value, "e%20%221%22%2050%25%20%C3%A9");
    }

    #[test]
    fn sources() {
        for source in [
            "/servo",
            "urn:uuid:1",
            "https://example.com/a?b#c",
            "web-1",
            "a%20b",
            "%20",
            "/servos/a%2Fb",
        ] {
            assert!(is_source(source), "{source}");
        }
        for source in [
            "", "my servo", "é", "%", "a%2", "a%2g", "a%g2b", "%20%", "a<b>",
        ] {
            assert!(!is_source(source), "{source}");
        }
    }
}
