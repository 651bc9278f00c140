//! What a webhook is sent.

use rules::notification::{Content, Event, Message, Notification};
use rules::render::{CONTENT_TYPE, Error, Rendering, Request, render};
use rules::shape::{Format, Payload, Shape};

fn event(name: &str) -> Event {
    let results = name.starts_with("after:").then(|| "[]".to_owned());
    Event {
        name: name.to_owned(),
        id: "e-1".to_owned(),
        created: "2026-11-23T11:23:42.243402+00:00".to_owned(),
        parameters: "{}".to_owned(),
        results,
    }
}

fn sent(shape: &Shape, event: Event) -> Request {
    match render(&shape.token(), &Notification::Event(event)).unwrap() {
        Rendering::Send(request) => request,
        Rendering::Skip(why) => panic!("skipped: {why}"),
    }
}

#[test]
fn an_id_has_1_to_256_characters() {
    for (id, fits) in [
        (String::new(), false),
        ("é".repeat(256), true),
        ("é".repeat(257), false),
    ] {
        let event = Event {
            id,
            ..event("after:a")
        };
        let rendered = render("", &Notification::Event(event));
        assert_eq!(rendered.is_ok(), fits);
        assert!(
            fits || matches!(rendered, Err(Error::Notification(why)) if why.starts_with("id: "))
        );
    }
}

#[test]
fn what_an_operator_shapes_has_the_operators_type_and_schema() {
    let own = Shape {
        payload: Some(Payload {
            expression: "{text: .event}".to_owned(),
            content_type: "application/vnd.chat+json".to_owned(),
            schema: String::new(),
        }),
        ..Shape::default()
    };
    let request = sent(&own, event("after:a"));
    assert_eq!(request.content_type, "application/vnd.chat+json");
    assert_eq!((request.schema_version, request.headers), (None, vec![]));
    assert_eq!(request.body.as_deref(), Some(r#"{"text":"after:a"}"#));
    let plain = sent(&Shape::default(), event("after:a"));
    assert_eq!(
        (plain.content_type.as_str(), plain.schema_version),
        (CONTENT_TYPE, Some(1))
    );
}

/// A condition sees the name of the servo, where it has one.
#[test]
fn an_expression_reads_the_source_that_the_body_has() {
    for (source, when) in [("web", ".source == \"web\""), ("", "has(\"source\") | not")] {
        let shape = Shape {
            source: source.to_owned(),
            when: when.to_owned(),
            ..Shape::default()
        };
        let body = sent(&shape, event("after:a")).body.unwrap();
        assert_eq!(body.contains("\"source\":"), !source.is_empty(), "{body}");
    }
}

/// In doubt, ask: only before an event, and never in silence.
#[test]
fn a_condition_that_fails_counts_as_true_before_an_event() {
    let shape = Shape {
        when: "error(\"odd\")".to_owned(),
        ..Shape::default()
    };
    let warning = sent(&shape, event("before:a")).warning.unwrap();
    assert!(
        warning.contains("odd") && warning.contains("asked anyway"),
        "{warning}"
    );
    let after = render(&shape.token(), &Notification::Event(event("after:a")));
    assert!(matches!(after, Err(Error::Expression(why)) if why.contains("odd")));
}

#[test]
fn a_condition_that_does_not_hold_is_told_with_its_value() {
    for (when, value) in [
        ("false", "false"),
        ("null", "null"),
        ("false, null", "null"),
    ] {
        let shape = Shape {
            when: when.to_owned(),
            ..Shape::default()
        };
        let rendered = render(&shape.token(), &Notification::Event(event("before:a"))).unwrap();
        let expected = format!("when is {value}: {when}");
        assert_eq!(rendered, Rendering::Skip(expected));
    }
}

/// The bound on the bodies that wait counts their bytes: a body must not take many times
/// as much memory as it has bytes.
#[test]
fn a_body_takes_little_more_memory_than_it_has_bytes() {
    let event = Event {
        id: "i".repeat(256),
        parameters: format!("{{\"a\":\"{}\"}}", "x".repeat(3000)),
        results: Some(format!(
            "[{{\"connector\":\"p\",\"value\":\"{}\"}}]",
            "x".repeat(3000)
        )),
        ..event(&format!("after:{}", "e".repeat(128)))
    };
    let shape = Shape {
        source: format!("/servos/{}", "s".repeat(300)),
        ..Shape::default()
    };
    let body = sent(&shape, event).body.unwrap();
    let spare = body.capacity() - body.len();
    assert!(spare < 100, "{} bytes and {spare} spare", body.len());
}

/// Attributes of a CloudEvent: <https://github.com/cloudevents/spec>, HTTP binding 3.1.3.2.
#[test]
fn a_cloud_event_in_binary_mode_has_its_attributes_in_headers() {
    let shape = Shape {
        source: "/servos/a%20b".to_owned(),
        format: Format::CloudeventsBinary,
        ..Shape::default()
    };
    let event = Event {
        id: "\u{1} ~\u{7f}é".to_owned(),
        ..event("after:measure")
    };
    let request = sent(&shape, event);
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|header| (header.name.as_str(), header.value.as_str()))
        .collect();
    assert_eq!(
        headers,
        [
            ("ce-specversion", "1.0"),
            ("ce-id", "%01%20~%7F%C3%A9"),
            ("ce-source", "/servos/a%2520b"),
            ("ce-type", "com.opsani.servo.after.measure"),
            ("ce-time", "2026-11-23T11:23:42.243402+00:00"),
        ]
    );
    assert_eq!(request.content_type, CONTENT_TYPE);
}

#[test]
fn the_bytes_of_a_message_are_its_content() {
    assert_eq!(Content::Text("é".to_owned()).bytes(), "é".as_bytes());
    assert_eq!(Content::Binary(vec![0xff, 0]).bytes(), [0xff, 0]);
    let message = Message {
        channel: "news".to_owned(),
        id: "m".to_owned(),
        created: "2026-11-23T11:23:42+00:00".to_owned(),
        content_type: "text/plain".to_owned(),
        content: Content::Text("é".to_owned()),
    };
    let rendered = render("", &Notification::Message(message)).unwrap();
    assert!(matches!(rendered, Rendering::Send(request) if request.body.is_none()));
}
