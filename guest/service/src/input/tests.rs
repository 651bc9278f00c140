#![allow(clippy::unwrap_used)]
use super::*;
use rules::addressee::WebhookRef;

#[test]
fn events() {
    let input = Input::parse(
        r#"{"event": "after:measure", "id": "i", "created_at": "2026-11-23T11:23:42Z",
            "parameters": {"n": 12345678901234567890123},
            "results": [{"connector": "p", "value": 1.0}]}"#,
    )
    .unwrap();
    let Notification::Event(event) = input.notification else {
        panic!("an event")
    };
    assert_eq!(
        (event.name.as_str(), event.id.as_str()),
        ("after:measure", "i")
    );
    assert_eq!(event.created, "2026-11-23T11:23:42+00:00");
    assert_eq!(event.parameters, r#"{"n": 12345678901234567890123}"#);
    assert_eq!(
        input.size,
        event.parameters.len() + event.results.unwrap().len()
    );
}

#[test]
fn messages() {
    let text = r#"{"channel": "news", "id": "1", "created_at": "2026-11-23T11:23:42Z",
        "content_type": "image/png", "content_base64": "/w=="}"#;
    let input = Input::parse(text).unwrap();
    let Notification::Message(message) = input.notification else {
        panic!("a message")
    };
    assert!(matches!(message.content, Content::Binary(bytes) if bytes == [0xff]));
    assert_eq!((input.name.as_str(), input.size), ("channel:news", 1));
}

#[test]
fn what_is_asked_of_the_service() {
    let text = "\u{feff}{\"event\": \"after:a\", \"source\": \"web\", \"webhook\": 1}";
    let addressee = Input::parse(&with_id(text)).unwrap().addressee;
    assert_eq!(addressee.source.as_deref(), Some("web"));
    assert_eq!(addressee.webhook, Some(WebhookRef::Index(1)));
    let text = r#"{"channel": "a", "content_type": "a/b", "content": "", "webhook": "b"}"#;
    let addressee = Input::parse(&with_id(text)).unwrap().addressee;
    assert_eq!(addressee.webhook, Some(WebhookRef::Name("b".into())));
    assert_eq!(addressee.source, None);
}

#[test]
fn a_trace_is_that_of_the_event_or_else_of_the_request() {
    const OWN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    let traced = |members: &str, header: &str| {
        let text = format!(r#"{{"event": "after:a"{members}}}"#);
        let mut input = Input::parse(&with_id(&text)).unwrap();
        input.in_trace(header, "a=1");
        let context = input.trace.context;
        context.map(|context| {
            (
                context.traceparent().to_owned(),
                context.tracestate().to_owned(),
            )
        })
    };
    let stated = format!(r#", "traceparent": "{OWN}""#);
    assert_eq!(traced("", ""), None);
    assert_eq!(
        traced("", OTHER),
        Some((OTHER.to_owned(), "a=1".to_owned()))
    );
    assert_eq!(
        traced(&stated, OTHER),
        Some((OWN.to_owned(), String::new()))
    );
    assert_eq!(traced(r#", "traceparent": 1"#, "1"), None);
}

#[test]
fn refused() {
    for (text, says) in [
        ("{", "EOF"),
        ("[]", "JSON array"),
        (r#"{"event": "a"}"#, "before: or after: prefix"),
        (
            r#"{"event": "before:a", "webhook": 0}"#,
            "all its webhooks are asked",
        ),
        (
            r#"{"event": "after:a", "created_at": "-000001-01-01T00:00:00Z"}"#,
            "years 0000 to 9999",
        ),
        (r#"{"event": "after:a", "event": "after:a"}"#, "duplicate"),
        (r#"{"event": "after:a", "result": []}"#, "unknown"),
        (r#"{"event": "before:a", "results": []}"#, "no results"),
        (r#"{"event": "after:a b"}"#, "event name starts"),
        (r#"{"event": "after:a", "parameters": []}"#, "object"),
        (
            r#"{"event": "after:a", "results": [{"connector": "p"}]}"#,
            "list of",
        ),
        (
            r#"{"event": "after:a", "results": [{"connector": "p", "value": 1, "value": 2}]}"#,
            "duplicate",
        ),
        (r#"{"event": "after:a", "id": ""}"#, "1 to 256"),
        (r#"{"event": "after:a", "created_at": "now"}"#, "RFC 3339"),
        (
            r#"{"channel": "-", "content_type": "a/b", "content": ""}"#,
            "channel name",
        ),
        (
            r#"{"channel": "a", "content_type": "a", "content": ""}"#,
            "media type",
        ),
        (
            r#"{"channel": "a", "content_type": "a/b", "content_base64": "?"}"#,
            "base64",
        ),
    ] {
        let why = Input::parse(&with_id(text)).err().unwrap();
        assert!(why.contains(says), "{text}: {why}");
    }
}

/// Clock and chance are an engine's, so that tests state id and time.
fn with_id(text: &str) -> String {
    let mut text = text.to_owned();
    for (key, value) in [("id", "1"), ("created_at", "2026-11-23T11:23:42Z")] {
        if !text.contains(&format!("\"{key}\"")) {
            text = text.replacen('{', &format!(r#"{{"{key}": "{value}", "#), 1);
        }
    }
    text
}
