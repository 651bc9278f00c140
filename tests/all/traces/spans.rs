//! One trace, from the servo's span to the responder, and what its spans say.

use super::collector::{Collector, Span, all, decodes, only};
use super::{SERVO_SPAN, SERVO_TRACE, servo};
use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use serde_json::json;

/// A question that is asked twice before it is answered with a veto, one that is answered at once,
/// and a delivery that needs three attempts.
fn story() -> (Responder, Program) {
    let responder = Responder::start(|request| {
        let attempt = request.header("x-servo-attempt");
        match (request.path.split('?').next().unwrap(), attempt) {
            ("/approve", "1") => Reply::status(503),
            ("/approve", _) if request.header("x-servo-event") == "before:adjust" => {
                Reply::cancel("hunter2 says no")
            }
            ("/store", "1") => Reply::status(500),
            ("/store", "2") => Reply::Close,
            _ => Reply::status(200),
        }
    });
    let configuration = format!(
        "- name: approve
  events: [before:adjust]
  url: '{approve}'
  secret: s3cr3t
  backoff: {{max_tries: 3, max_time: 60s}}
- name: store
  events: [after:measure]
  url: '{store}'
  secret: s3cr3t
",
        approve = responder.url("/approve?token=hunter2"),
        store = responder.url("/store?token=hunter2"),
    );
    (responder, Program::new(&configuration))
}

/// What a request says of the span that it was made in.
fn parent(request: &Received) -> (&str, &str, &str) {
    let text = request.header("traceparent");
    assert_eq!((text.len(), &text[..3]), (55, "00-"), "{text}");
    (&text[3..35], &text[36..52], &text[53..])
}

/// The requests came from the attempts, in their order. A request may be sent again within one
/// attempt, where a connection ended that was used before: as what it was.
fn came_from(requests: &[Received], attempts: &[&Span]) {
    let mut requests = requests.to_vec();
    requests.dedup_by(|again, first| {
        let same = |name: &str| again.header(name) == first.header(name);
        same("x-servo-attempt") && same("traceparent")
    });
    assert_eq!(requests.len(), attempts.len());
    for (request, attempt) in requests.iter().zip(attempts) {
        let expected = (attempt.text("trace"), attempt.text("id"), "01");
        assert_eq!(parent(request), expected);
        assert_eq!(
            attempt.attribute("servo_webhooks.delivery"),
            request.header("x-servo-delivery")
        );
    }
}

#[test]
fn one_trace_leads_from_the_servo_through_veto_and_retries_to_the_responder() {
    if !decodes() {
        return;
    }
    let (responder, program) = story();
    let collector = Collector::start();
    let program = collector.of(program);
    let events = [
        json!({"event": "before:adjust", "id": "a-1", "traceparent": servo("01"), "tracestate": "vendor=hi"}),
        json!({"event": "after:measure", "id": "m-1", "traceparent": servo("01"), "tracestate": "vendor=hi"}),
    ];
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    let finished = program.run(&lines, &[]).exits(0);
    assert_eq!(finished.of_type("event")[0]["outcome"], "cancelled");
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "delivered");
    assert!(!finished.stderr.contains("OTEL"), "{}", finished.stderr);

    let spans = collector.spans();
    for span in &spans {
        assert_eq!(span.text("trace"), SERVO_TRACE);
        assert_eq!(
            span.text("tracestate"),
            if span.text("kind") == "CLIENT" {
                ""
            } else {
                "vendor=hi"
            }
        );
        assert_eq!(span.text("scope"), "servo-webhooks");
        assert_eq!(span.0["resource"]["service.name"], "servo-webhooks");
    }
    assert_eq!(spans.len(), 1 + 1 + 2 + 1 + 3, "{spans:#?}");

    // The servo asked; the event, the question, its attempts.
    let event = only(&spans, "INTERNAL", "before:adjust");
    assert_eq!(event.text("parent"), SERVO_SPAN);
    assert_eq!(event.attribute("servo_webhooks.decision"), "cancelled");
    assert_eq!(event.attribute("servo_webhooks.event_id"), "a-1");
    let question = only(&spans, "PRODUCER", "ask approve");
    question.is_below(event);
    assert_eq!(question.text("status"), "UNSET");
    assert_eq!(question.attribute("servo_webhooks.outcome"), "cancelled");
    let below = |above: &Span| -> Vec<&Span> {
        let attempts = all(&spans, "CLIENT", "POST").into_iter();
        attempts
            .filter(|one| one.text("parent") == above.text("id"))
            .collect()
    };
    let asked = below(question);
    let requests = responder.received();
    let at = |path: &str| -> Vec<Received> {
        let meant = |request: &&Received| request.path.starts_with(path);
        requests.iter().filter(meant).cloned().collect()
    };
    came_from(&at("/approve"), &asked);
    let statuses: Vec<_> = asked
        .iter()
        .map(|one| one.attribute("http.response.status_code").clone())
        .collect();
    assert_eq!(statuses, [json!(503), json!(200)]);
    assert_eq!(
        (asked[0].text("status"), asked[1].text("status")),
        ("ERROR", "UNSET")
    );
    assert_eq!(asked[0].attribute("error.type"), "503");
    assert_eq!(asked[1].attribute("error.type"), &json!(null));

    // The delivery, by the semantic conventions of messaging and HTTP.
    let delivery = only(&spans, "PRODUCER", "deliver store");
    assert_eq!(delivery.text("parent"), SERVO_SPAN);
    assert_eq!(delivery.text("status"), "UNSET");
    let told = finished.of_type("delivery").remove(0);
    for (name, value) in [
        ("messaging.system", json!("servo_webhooks")),
        ("messaging.operation.name", json!("deliver")),
        ("messaging.operation.type", json!("send")),
        ("messaging.destination.name", json!("store")),
        ("messaging.message.id", told["delivery"].clone()),
        ("servo_webhooks.webhook", json!("store")),
        ("servo_webhooks.event", json!("after:measure")),
        ("servo_webhooks.event_id", json!("m-1")),
        ("servo_webhooks.delivery", told["delivery"].clone()),
        ("servo_webhooks.outcome", json!("delivered")),
        ("servo_webhooks.attempts", json!(3)),
    ] {
        assert_eq!(delivery.attribute(name), &value, "{name}");
    }
    let sent = below(delivery);
    came_from(&at("/store"), &sent);
    for (number, attempt) in (1..).zip(&sent) {
        let resent = if number > 1 {
            json!(number - 1)
        } else {
            json!(null)
        };
        for (name, value) in [
            ("http.request.method", json!("POST")),
            ("http.request.resend_count", resent),
            ("server.address", json!("127.0.0.1")),
            ("server.port", json!(responder.address.port())),
            ("url.full", json!(responder.url(""))),
            ("servo_webhooks.attempt", json!(number)),
        ] {
            assert_eq!(attempt.attribute(name), &value, "{name} of {number}");
        }
    }
    let errors: Vec<_> = sent
        .iter()
        .map(|one| one.attribute("error.type").clone())
        .collect();
    assert_eq!(errors, [json!("500"), json!("connection"), json!(null)]);
    let versions: Vec<_> = sent
        .iter()
        .map(|one| one.attribute("network.protocol.version").clone())
        .collect();
    assert_eq!(versions, [json!("1.1"), json!(null), json!("1.1")]);
    assert!(!sent[1].text("message").is_empty());

    // The responder is told of the servo's vendor, and each time of another span.
    let state: Vec<_> = requests
        .iter()
        .map(|one| one.header("tracestate"))
        .collect();
    assert!(state.iter().all(|state| *state == "vendor=hi"), "{state:?}");
}

#[test]
fn without_a_trace_of_the_servo_each_begins_its_own() {
    if !decodes() {
        return;
    }
    let (responder, program) = story();
    let collector = Collector::start();
    let program = collector
        .of(program)
        .variable("OTEL_SERVICE_NAME", "tuner")
        .variable(
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test",
        );
    let events = "{\"event\": \"before:adjust\"}\n{\"event\": \"after:measure\"}\n";
    program.run(events, &[]).exits(0);
    let spans = collector.spans();
    let question = only(&spans, "INTERNAL", "before:adjust");
    let delivery = only(&spans, "PRODUCER", "deliver store");
    assert_ne!(question.text("trace"), delivery.text("trace"));
    for root in [question, delivery] {
        assert_eq!(root.text("parent"), "");
        assert_eq!(root.0["resource"]["service.name"], "tuner");
        assert_eq!(root.0["resource"]["deployment.environment.name"], "test");
    }
    for request in responder.received() {
        let trace = match request.path.starts_with("/approve") {
            true => question.text("trace"),
            false => delivery.text("trace"),
        };
        assert_eq!(parent(&request).0, trace);
        assert_eq!(request.header("tracestate"), "");
    }
}

#[test]
fn what_nobody_waits_for_any_more_is_told_as_well() {
    if !decodes() {
        return;
    }
    let responder = Responder::start(|request| match &*request.path {
        "/no" => Reply::cancel("no"),
        _ => Reply::Hang,
    });
    let configuration = format!(
        "- {{name: 'no', events: 'before:adjust', url: '{}', secret: s3cr3t}}
- {{name: slow, events: 'before:adjust', url: '{}', secret: s3cr3t, timeout: 1h}}
- {{name: nobody, events: 'before:measure', url: 'http://127.0.0.1:1/hunter2', secret: s3cr3t}}
",
        responder.url("/no"),
        responder.url("/slow"),
    );
    let collector = Collector::start();
    let program = collector.of(Program::new(&configuration));
    let events = "{\"event\": \"before:adjust\"}\n{\"event\": \"before:measure\"}\n";
    program.run(events, &[]).exits(0);
    let spans = collector.spans();
    let slow = only(&spans, "PRODUCER", "ask slow");
    assert_eq!(slow.attribute("servo_webhooks.outcome"), "not_awaited");
    assert_eq!(slow.text("status"), "UNSET");
    let attempts = all(&spans, "CLIENT", "POST");
    let of = |webhook: &str| {
        let mut attempts = attempts.iter();
        let found = attempts.find(|one| one.attribute("servo_webhooks.webhook") == webhook);
        *found.unwrap()
    };
    of("slow").is_below(slow);
    assert_eq!(of("slow").attribute("error.type"), "aborted");
    assert_eq!(of("slow").text("status"), "ERROR");
    // Where nobody listens, the question is without an answer.
    let nobody = only(&spans, "PRODUCER", "ask nobody");
    assert_eq!(
        (
            nobody.text("status"),
            nobody.attribute("servo_webhooks.outcome")
        ),
        ("ERROR", &json!("no_answer"))
    );
    of("nobody").is_below(nobody);
    assert_eq!(of("nobody").attribute("error.type"), "connect");
    assert_eq!(of("nobody").attribute("server.port"), 1);
    let decided = only(&spans, "INTERNAL", "before:measure");
    assert_eq!(decided.attribute("servo_webhooks.decision"), "proceed");
}

#[test]
fn a_question_that_is_not_sent_is_told_of_like_one_without_an_answer() {
    if !decodes() {
        return;
    }
    let responder = Responder::start(|_| Reply::status(410));
    let program = Program::new(&format!(
        "- {{name: approve, events: 'before:adjust', url: '{}', secret: s3cr3t}}\n",
        responder.url("/")
    ));
    let collector = Collector::start();
    let program = collector.of(program);
    let mut running = program.start_run(&[]);
    for id in ["a-1", "a-2"] {
        running.feed(&format!(
            "{{\"event\": \"before:adjust\", \"id\": \"{id}\"}}\n"
        ));
        running.until("it is decided", |out| out.contains(id));
    }
    running.close();
    let finished = running.finish().exits(0);
    let spans = collector.spans();
    assert_eq!(all(&spans, "CLIENT", "POST").len(), 1);
    for id in ["a-1", "a-2"] {
        let of = |kind: &str| {
            let mut found = spans.iter().filter(|span| {
                span.text("kind") == kind && span.attribute("servo_webhooks.event_id") == id
            });
            (found.next().unwrap(), found.next().is_none())
        };
        let (event, alone) = of("INTERNAL");
        assert!(alone);
        assert_eq!(event.attribute("servo_webhooks.failed_open"), true);
        let (question, alone) = of("PRODUCER");
        assert!(alone);
        question.is_below(event);
        assert_eq!(question.text("status"), "ERROR");
        let mut lines = finished.stderr.lines();
        let said = |line: &str| line.contains("no answer before the event") && line.contains(id);
        let line = lines.find(|line| said(line)).unwrap();
        assert!(line.contains(question.text("trace")), "{line}");
    }
}
