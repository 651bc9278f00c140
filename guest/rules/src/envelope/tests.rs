#![allow(clippy::unwrap_used)]
use super::*;

fn parse(text: &str) -> Result<Envelope<'_>, String> {
    Envelope::parse(text).map_err(|malformed| malformed.to_string())
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let text = "\u{feff} {\"event\": \"after:measure\"}";
    let subject = parse(text).unwrap().subject;
    assert!(matches!(subject, Subject::Event { name, .. } if name == "measure"));
    // One, and before everything else.
    assert!(parse("\u{feff}\u{feff}{\"event\": \"after:measure\"}").is_err());
}

#[test]
fn terms_are_of_events_and_messages() {
    let text = r#"{"event": "after:a", "source": "web\u002d1", "webhook": "store"}"#;
    let addressee = parse(text).unwrap().addressee;
    assert_eq!(addressee.source.as_deref(), Some("web-1"));
    assert_eq!(addressee.webhook, Some(WebhookRef::Name("store".into())));
    let text = r#"{"channel": "a", "content_type": "a/b", "content": "", "webhook": 2}"#;
    let addressee = parse(text).unwrap().addressee;
    assert_eq!(
        (addressee.source, addressee.webhook),
        (None, Some(WebhookRef::Index(2)))
    );
    let text = r#"{"event": "before:a", "source": null, "webhook": null}"#;
    assert_eq!(parse(text).unwrap().addressee, Addressee::default());
}

#[test]
fn a_trace_is_of_events_and_messages() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for rest in [
        r#""event": "before:a""#,
        r#""channel": "a", "content_type": "a/b", "content": """#,
    ] {
        let text = format!(r#"{{{rest}, "traceparent": "{PARENT}", "tracestate": "a=1"}}"#);
        let read = parse(&text).unwrap().trace;
        let context = read.context.unwrap();
        assert_eq!(
            (context.traceparent(), context.tracestate()),
            (PARENT, "a=1")
        );
        assert_eq!(read.warning, None);
    }
    let none = parse(r#"{"event": "after:a", "traceparent": null, "tracestate": null}"#);
    assert_eq!(none.unwrap().trace, ReadTrace::default());
}

#[test]
fn a_malformed_trace_fails_no_event() {
    for member in ["\"00-1\"", "\"\\ud800\"", "1", "{\"a\": []}", "true"] {
        let text = format!(r#"{{"event": "after:a", "traceparent": {member}}}"#);
        let read = parse(&text).unwrap().trace;
        assert_eq!(read.context, None, "{member}");
        assert!(read.warning.unwrap().starts_with("traceparent ignored"));
    }
    // It is a member like others nevertheless.
    let twice = r#"{"event": "after:a", "traceparent": null, "traceparent": null}"#;
    assert!(parse(twice).unwrap_err().contains("duplicate field"));
}

#[test]
fn what_is_malformed_says_where_and_what_to_do() {
    for (text, says) in [
        ("", "EOF while parsing a value, at column 0"),
        ("{\n1}", "key must be a string, at line 2, column 1"),
        (" [{}]", "a JSON array"),
        ("null", "one JSON object is expected"),
        ("{}", "neither"),
        (r#"{"event": "a", "channel": "b"}"#, "both"),
        (
            r#"{"event": "measure"}"#,
            "event needs a before: or after: prefix",
        ),
        (r#"{"event": "before:a", "results": []}"#, "no results"),
        (r#"{"event": "after:a", "content": ""}"#, "no content"),
        (r#"{"event": "after:a", "webhook": 1.5}"#, "or its index"),
        (
            r#"{"event": "before:a", "webhook": 0}"#,
            "all its webhooks are asked",
        ),
        (r#"{"channel": "a"}"#, "needs a content_type"),
        (
            r#"{"channel": "a", "content_type": "a/b"}"#,
            "either content",
        ),
    ] {
        let why = parse(text).unwrap_err();
        assert!(why.contains(says), "{text}: {why}");
    }
}
