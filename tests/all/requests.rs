//! What goes over the wire, header for header and byte for byte.

use crate::support::hmac_sha1;
use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use serde_json::{Value, json};

const CONTENT_TYPE: &str = "application/vnd.opsani.servo-webhooks+json";

fn one(program: &Program, responder: &Responder, line: &str, arguments: &[&str]) -> Received {
    let before = responder.received().len();
    program.run(line, arguments).exits(0);
    let received = responder.received();
    assert_eq!(received.len(), before + 1);
    received.last().unwrap().clone()
}

#[test]
fn after_an_event() {
    let responder = Responder::start(|_| Reply::status(200));
    let url = responder.url("/path?key=value#fragment");
    let program = Program::new(&format!(
        "- {{name: store, events: 'after:measure', url: '{url}', secret: pässwörd☃, headers: {{X-Team: blue, Authorization: Bearer abc}}}}\n"
    ));
    let line = r#"{"event":"after:measure","id":"e1","created_at":"2026-11-23T11:23:42.243402","parameters":{"metrics":["throughput"],"n":1.10},"results":[{"connector":"p","value":{"x":1.0,"y":123456789012345678901234567890,"z":"\u00e9\ud83d\ude00"}}]}"#;
    let request = one(
        &program,
        &responder,
        &format!("{line}\n"),
        &["--source", "web/prod"],
    );
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/path?key=value")
    );
    assert_eq!(request.header("host"), responder.address.to_string());
    assert_eq!(request.header("content-type"), CONTENT_TYPE);
    assert_eq!(
        request.header("content-length"),
        request.body.len().to_string()
    );
    assert_eq!(request.header("x-servo-event"), "after:measure");
    assert_eq!(request.header("x-servo-attempt"), "1");
    assert_eq!(request.header("x-servo-schema"), "1");
    assert_eq!(
        request.header("x-servo-timeout"),
        "",
        "for before events alone"
    );
    assert_eq!(request.header("x-team"), "blue");
    assert_eq!(request.header("authorization"), "Bearer abc");
    assert_eq!(
        request.header("user-agent"),
        concat!("servo-webhooks/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(
        request.header("x-servo-signature"),
        hmac_sha1("pässwörd☃", &request.body)
    );
    let delivery: uuid::Uuid = request.header("x-servo-delivery").parse().unwrap();
    assert_eq!(delivery.get_version_num(), 7);
    assert_eq!(
        request.headers.len(),
        11,
        "nothing else: {:?}",
        request.headers
    );
    let text = std::str::from_utf8(&request.body).unwrap();
    for spelling in ["1.10", "1.0,", "123456789012345678901234567890"] {
        assert!(text.contains(spelling), "{text}");
    }
    assert_eq!(
        request.json(),
        json!({
            "event": "after:measure",
            "created_at": "2026-11-23T11:23:42.243402+00:00",
            "results": serde_json::from_str::<Value>(line).unwrap()["results"],
            "id": "e1",
            "source": "web/prod",
            "parameters": serde_json::from_str::<Value>(line).unwrap()["parameters"],
        })
    );
}

#[test]
fn before_an_event() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: ask, events: 'before:adjust', url: '{}', secret: s, timeout: 7s, headers: {{User-Agent: mine/1}}}}\n",
        responder.url("/ask")
    ));
    let line = "{\"event\":\"before:adjust\"}\n";
    let request = one(&program, &responder, line, &[]);
    assert_eq!(request.header("user-agent"), "mine/1");
    let timeout: u64 = request.header("x-servo-timeout").parse().unwrap();
    assert!((1..=7000).contains(&timeout), "{timeout}");
    let body = request.json();
    assert_eq!(body["results"], Value::Null);
    assert_eq!(body["parameters"], json!({}));
    assert_eq!(body.get("source"), None);
    let id: uuid::Uuid = body["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
    assert!(body["created_at"].as_str().unwrap().ends_with("+00:00"));
    // The budget of the event counts too, where it is shorter.
    let request = one(&program, &responder, line, &["--before-budget", "3s"]);
    let timeout: u64 = request.header("x-servo-timeout").parse().unwrap();
    assert!((1..=3000).contains(&timeout), "{timeout}");
}

#[test]
fn the_source_may_come_from_the_environment() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: store, events: 'after:measure', url: '{}', secret: s}}\n",
        responder.url("/")
    ))
    .variable("SERVO_WEBHOOKS_SOURCE", "from env");
    let request = one(&program, &responder, "{\"event\":\"after:measure\"}\n", &[]);
    assert_eq!(request.json()["source"], "from env");
}

#[test]
fn a_message_is_passed_on_as_it_is() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: news, channels: the_news, url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    let cases: [(&str, &str, &[u8]); 2] = [
        (
            r#""content_type":"text/plain; charset=utf-8","content":"h\u00e9llo\n""#,
            "text/plain; charset=utf-8",
            "héllo\n".as_bytes(),
        ),
        (
            r#""content_type":"image/x","content_base64":"AP8QIA==""#,
            "image/x",
            b"\x00\xff\x10\x20",
        ),
    ];
    for (content, kind, bytes) in cases {
        let line = format!("{{\"channel\":\"the_news\",{content}}}\n");
        let request = one(&program, &responder, &line, &[]);
        assert_eq!(request.header("content-type"), kind);
        assert_eq!(request.header("x-servo-event"), "channel:the_news");
        assert_eq!(request.body, bytes);
        assert_eq!(request.header("x-servo-signature"), hmac_sha1("s", bytes));
    }
}

#[test]
fn an_answer_is_published() {
    let responder = Responder::start(|request| match request.path.as_str() {
        "/text" => Reply::typed(200, "text/plain", "thanks"),
        "/bytes" => Reply::Answer(
            201,
            vec![("content-type".into(), "image/x".into())],
            (&b"\x00\xff"[..]).into(),
        ),
        "/untyped" => Reply::Answer(200, vec![], "nobody knows what this is".into()),
        "/empty" => Reply::typed(200, "text/plain", ""),
        "/large" => Reply::typed(200, "text/plain", &"x".repeat((64 << 10) + 1)),
        "/full" => Reply::typed(200, "text/plain", &"x".repeat(64 << 10)),
        "/cancel" => Reply::cancel("no"),
        _ => Reply::typed(500, "text/plain", "oh no"),
    });
    let hook = |name: &str| {
        format!(
            "- {{name: {name}, events: ['after:measure', 'before:adjust'], url: '{}', secret: s, response_channel: {name}, backoff: false}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let names = [
        "text", "bytes", "untyped", "empty", "large", "full", "cancel", "error",
    ];
    let program = Program::new(&names.map(hook).concat());
    let finished = program.run("{\"event\":\"after:measure\"}\n", &[]).exits(1);
    let published = finished.of_type("publish");
    let mut channels: Vec<_> = published
        .iter()
        .map(|line| line["channel"].as_str().unwrap())
        .collect();
    channels.sort_unstable();
    assert_eq!(channels, ["bytes", "full", "text"]);
    let of = |channel: &str| {
        published
            .iter()
            .find(|line| line["channel"] == channel)
            .unwrap()
    };
    assert_eq!(of("text")["content"], "thanks");
    assert_eq!(of("text")["content_type"], "text/plain");
    assert_eq!(of("text")["webhook"], "text");
    assert_eq!(
        of("text")["delivery"],
        responder.at("/text")[0].header("x-servo-delivery")
    );
    assert_eq!(of("bytes")["content_base64"], "AP8=");
    assert_eq!(of("full")["content"].as_str().unwrap().len(), 64 << 10);
    assert!(
        finished.stderr.contains("large"),
        "a warning names it: {}",
        finished.stderr
    );
    let delivered = finished.of_type("delivery");
    assert!(
        delivered
            .iter()
            .any(|line| line["webhook"] == "large" && line["outcome"] == "delivered")
    );

    let program = Program::new(&hook("text"));
    let finished = program.run("{\"event\":\"before:adjust\"}\n", &[]).exits(0);
    assert_eq!(finished.of_type("publish")[0]["content"], "thanks");
}

#[test]
fn redirects_are_not_followed() {
    let target = Responder::start(|_| Reply::status(200));
    let location = target.url("/elsewhere");
    let responder = Responder::start(move |_| {
        Reply::Answer(
            307,
            vec![("location".to_owned(), location.clone())],
            "".into(),
        )
    });
    let program = Program::new(&format!(
        "- {{name: moved, events: 'after:measure', url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    let finished = program.run("{\"event\":\"after:measure\"}\n", &[]).exits(1);
    assert_eq!(finished.of_type("delivery")[0]["status"], 307);
    assert_eq!(responder.received().len(), 1);
    assert!(target.received().is_empty());
}

#[test]
fn loopback_must_be_allowed() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: inside, events: 'after:measure', url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    program.write("events", "{\"event\":\"after:measure\"}\n");
    let finished = program.call(&["run", "--events", "events"]).exits(1);
    let delivery = &finished.of_type("delivery")[0];
    let error = delivery["error"].as_str().unwrap();
    assert!(error.contains("--allow loopback"), "{error}");
    assert_eq!(
        delivery["attempts"], 1,
        "it will not become allowed by waiting"
    );
    assert!(responder.received().is_empty());
    let program = program.variable("SERVO_WEBHOOKS_ALLOW", "loopback");
    program.call(&["run", "--events", "events"]).exits(0);
    assert_eq!(responder.received().len(), 1);
}

#[test]
fn an_event_that_does_not_fit_its_types_is_sent_with_a_warning() {
    let responder = Responder::start_sink(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: all, events: '*:*', url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    let right = "{\"event\":\"after:measure\",\"results\":[{\"connector\":\"p\",\"value\":{\"readings\":[]}}]}\n";
    let finished = program.run(right, &[]).exits(0);
    assert!(finished.stderr.is_empty(), "{}", finished.stderr);
    for (line, place) in [
        (
            "{\"event\":\"after:measure\",\"id\":\"odd\",\"results\":[{\"connector\":\"p\",\"value\":\"hunter2\"}]}\n",
            "results/0/value",
        ),
        (
            "{\"event\":\"before:adjust\",\"id\":\"odd\",\"parameters\":{\"adjustments\":\"hunter2\"}}\n",
            "parameters/adjustments",
        ),
    ] {
        let finished = program.run(line, &[]).exits(0);
        let said = &finished.stderr;
        assert!(said.contains("does not match its declared types"), "{said}");
        assert!(said.contains(place) && said.contains("odd"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    program.write(
        "events.json",
        r#"{"events": {"deploy": {"parameters": {"type": "object", "required": ["version"]}}}}"#,
    );
    let line = "{\"event\":\"before:deploy\"}\n";
    let finished = program.run(line, &["--catalogue", "events.json"]).exits(0);
    assert!(
        finished.stderr.contains("parameters"),
        "{}",
        finished.stderr
    );
}
