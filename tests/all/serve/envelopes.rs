//! Our own service reads events as the program does, and writes the same records.

use super::hosted::{BEFORE, hold, program};
use crate::records::are_stamped;
use crate::support::responder::{Reply, Responder};
use jiff::Timestamp;

#[test]
fn it_reads_events_and_writes_records_as_the_program_does() {
    let sink = Responder::start(|_| Reply::typed(200, "text/plain", "hello"));
    let program = program(&sink.url("/"), ",\"response_channel\":\"news\"")
        .variable("SERVO_WEBHOOKS_SOURCE", "web");
    let served = hold(&program, &["--env", "SERVO_WEBHOOKS_SOURCE"]);
    let began = Timestamp::now();
    let event = "\u{feff}{\"event\":\"after:measure\",\"source\":\"web\",\"webhook\":\"hook\"}";
    let answers = [served.post(event), served.post(BEFORE)];
    sink.until_received(2);
    for (event, says) in [
        (
            r#"{"event":"after:measure","source":"api"}"#,
            "this servo is \"web\"; set SERVO_WEBHOOKS_SOURCE to \"api\", or leave",
        ),
        (
            r#"{"event":"after:measure","webhook":1}"#,
            "no webhook 1 is configured",
        ),
        (
            r#"{"event":"before:adjust","webhook":"hook"}"#,
            "leave out \"webhook\"",
        ),
        (
            r#"{"event":"after:measure","created_at":"-000001-01-01T00:00:00Z"}"#,
            "years 0000 to 9999",
        ),
        (r#"[{"event":"after:measure"}]"#, "JSON array"),
    ] {
        let answer = served.post(event);
        assert_eq!(answer.status, 400, "{answer:?}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{event}: {detail}");
    }
    let finished = served.end(0);
    assert_eq!(sink.received().len(), 2);
    for kind in ["event", "delivery", "publish"] {
        assert!(!finished.of_type(kind).is_empty(), "{kind}: {finished:?}");
        are_stamped(&finished.of_type(kind), began);
    }
    // An answer is the record itself.
    let events = finished.of_type("event");
    for answer in answers {
        assert!(events.contains(&answer.body), "{answer:?}");
    }
}
