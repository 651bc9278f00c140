//! When a failed delivery is tried again, and when it is not.

use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use std::time::Duration;

const MEASURED: &str = "{\"event\": \"after:measure\"}\n";
const ASKED: &str = "{\"event\": \"before:adjust\"}\n";

fn configuration(responder: &Responder, more: &str) -> String {
    format!(
        "- {{name: hook, events: ['after:measure', 'before:adjust'], url: '{}', secret: s{more}}}\n",
        responder.url("/hook")
    )
}

/// Answers 503 with these headers the first time, and 200 from then on.
fn busy_once(headers: &'static [(&'static str, &'static str)]) -> Responder {
    Responder::start(move |request| match request.header("x-servo-attempt") {
        "1" => {
            let headers = headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()));
            Reply::Answer(503, headers.collect(), "".into())
        }
        _ => Reply::status(200),
    })
}

fn gap(received: &[Received]) -> Duration {
    received[1].at - received[0].at
}

#[test]
fn retry_after_is_never_undercut() {
    // Whatever the clock of this machine says: a date counts from the answer's own.
    let forms: [&[(&str, &str)]; 2] = [
        &[("retry-after", "2")],
        &[
            ("date", "Mon, 05 Jan 2026 10:00:00 GMT"),
            ("retry-after", "Mon, 05 Jan 2026 10:00:02 GMT"),
        ],
    ];
    for headers in forms {
        for line in [MEASURED, ASKED] {
            let responder = busy_once(headers);
            let program = Program::new(&configuration(&responder, ", backoff: {max_tries: 2}"));
            program.run(line, &[]).exits(0);
            let received = responder.received();
            assert_eq!(received.len(), 2);
            assert!(
                gap(&received) >= Duration::from_secs(2),
                "{:?}",
                gap(&received)
            );
        }
    }
}

#[test]
fn a_retry_after_that_does_not_fit_fails_at_once() {
    let responder = busy_once(&[("retry-after", "3600")]);
    let program = Program::new(&configuration(&responder, ""));
    let finished = program.run(MEASURED, &[]).exits(1);
    let delivery = &finished.of_type("delivery")[0];
    assert_eq!(delivery["outcome"], "failed");
    assert_eq!(delivery["attempts"], 1);
    let error = delivery["error"].as_str().unwrap();
    assert!(
        error.contains("503") && error.contains("wait 1h, longer than the 2m59s left"),
        "{error}"
    );
}

#[test]
fn backoff_false_is_one_attempt() {
    let responder = Responder::start(|_| Reply::status(503));
    let program = Program::new(&configuration(&responder, ", backoff: false"));
    let finished = program.run(&[MEASURED, ASKED].concat(), &[]).exits(1);
    assert_eq!(finished.of_type("delivery")[0]["attempts"], 1);
    assert_eq!(finished.of_type("event")[1]["webhooks"][0]["attempts"], 1);
    assert_eq!(responder.received().len(), 2);
}

#[test]
fn without_backoff_only_what_comes_after_is_retried() {
    let responder = busy_once(&[]);
    let program = Program::new(&configuration(&responder, ""));
    let finished = program.run(&[ASKED, MEASURED].concat(), &[]).exits(0);
    let before = &finished.of_type("event")[0];
    assert_eq!(before["webhooks"][0]["attempts"], 1);
    assert_eq!(before["webhooks"][0]["outcome"], "no_answer");
    assert_eq!(before["outcome"], "proceed");
    let delivery = &finished.of_type("delivery")[0];
    assert_eq!(delivery["outcome"], "delivered");
    assert_eq!(delivery["attempts"], 2);
}

#[test]
fn no_attempt_starts_after_max_time() {
    let responder = Responder::start(|_| Reply::status(503));
    let more = ", backoff: {max_tries: 1000, max_time: 3s}";
    let program = Program::new(&configuration(&responder, more));
    let finished = program.run(MEASURED, &[]).exits(1);
    let received = responder.received();
    let span = received.last().unwrap().at - received[0].at;
    // A thousand tries would take hours; what is more than 3 s is the machine's.
    assert!(
        received.len() > 1 && span <= Duration::from_secs(60),
        "{span:?}"
    );
    let delivery = &finished.of_type("delivery")[0];
    assert_eq!(delivery["attempts"], received.len());
    assert!(
        delivery["error"].as_str().unwrap().contains("503"),
        "{delivery}"
    );
}

#[test]
fn one_endpoint_that_hangs_holds_up_no_other() {
    let hanging = Responder::start(|_| Reply::Hang);
    let quick = Responder::start(|_| Reply::status(200));
    let webhook = |name: &str, url: String, more: &str| {
        format!(
            "- {{name: {name}, events: 'after:measure', url: '{url}', secret: s, backoff: false{more}}}\n"
        )
    };
    let program = Program::new(
        &[
            webhook("hangs", hanging.url("/"), ", timeout: 1m"),
            webhook("quick", quick.url("/"), ""),
        ]
        .concat(),
    );
    let mut running = program.start_run(&["--drain-timeout", "0"]);
    running.feed(&MEASURED.repeat(200));
    quick.until_received(200);
    running.until("200 are delivered", |out| {
        out.matches("\"delivered\"").count() == 200
    });
    running.signal("TERM");
    let finished = running.finish().exits(1);
    let deliveries = finished.of_type("delivery");
    assert_eq!(deliveries.len(), 400);
    let lost = deliveries
        .iter()
        .filter(|line| line["outcome"] == "undelivered");
    assert!(lost.clone().all(|line| line["webhook"] == "hangs"));
    assert_eq!(lost.count(), 200);
}
