//! Events that do not come as one object a line, as people write them: what is meant is
//! taken, or said once.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};

const EVENT: &str = "{\"event\":\"after:measure\"}";

fn program(responder: &Responder) -> Program {
    Program::new(&format!(
        "- {{name: store, events: 'after:measure', url: '{}', secret: s}}\n",
        responder.url("/")
    ))
    .variable("SERVO_WEBHOOKS_ALLOW", "loopback")
}

#[test]
fn a_byte_order_mark_loses_no_event() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = program(&responder);
    let marked = format!("\u{feff}{EVENT}\n{EVENT}\n");
    program.run(&marked, &[]).exits(0);
    assert_eq!(responder.received().len(), 2);
    // Of several files that were put together, each may have one.
    program
        .run(&format!("{marked}\u{feff}\n{marked}"), &[])
        .exits(0);
    assert_eq!(responder.received().len(), 6);
    let twice = format!("\u{feff}\u{feff}{EVENT}\n");
    let finished = program.run(&twice, &[]).exits(1);
    let said = &finished.stderr;
    assert!(said.contains("one JSON object is expected"), "{said}");
    assert_eq!(responder.received().len(), 6);
    program.write("events", marked);
    let explained = program
        .call(&["explain", "--events", "events", "--json"])
        .exits(0);
    assert_eq!(explained.lines().len(), 2);
    program.write("catalogue.json", "\u{feff}{\"events\": {\"deploy\": {}}}");
    program
        .call(&["check", "--catalogue", "catalogue.json"])
        .exits(0);
    let marked =
        "\u{feff}".to_owned() + &std::fs::read_to_string(program.path("servo.yaml")).unwrap();
    program.write("servo.yaml", marked);
    program.call(&["check"]).exits(0);
}

#[test]
fn an_array_or_spread_objects_are_said_once() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = program(&responder);
    let spread = "{\n  \"event\": \"after:measure\",\n  \"parameters\": {}\n}\n";
    for (text, says, bad) in [
        (
            format!("[\n  {EVENT},\n  {EVENT},\n  {EVENT},\n]\n"),
            "jq -c '.[]'",
            5,
        ),
        (format!("[{EVENT},{EVENT}]\n"), "jq -c '.[]'", 1),
        (format!("\u{feff}[{EVENT}]"), "jq -c '.[]'", 1),
        (spread.repeat(10), "jq -c .", 40),
        (format!("[\n{spread},\n{spread}]\n"), "jq -c '.[]'", 11),
    ] {
        for more in [&["--log-level", "info"][..], &["--dry-run"]] {
            let finished = program.run(&text, more).exits(1);
            let said = &finished.stderr;
            assert_eq!(said.matches(says).count(), 1, "{text}: {said}");
            assert!(
                said.contains("one JSON object per line is expected"),
                "{said}"
            );
            let errors = said.matches("ERROR").count();
            assert!(errors <= 2, "{errors} lines: {said}");
            if bad > 1 {
                assert!(
                    said.contains(&format!("lines 2 to {bad} skipped")),
                    "{said}"
                );
            }
            if more.len() == 2 {
                assert!(said.contains(&format!("bad_lines={bad}")), "{said}");
            }
        }
    }
    assert_eq!(responder.connections(), 0);
    // What comes after is read, and what is wrong with it is said.
    let finished = program
        .run(&format!("[\n{EVENT},\n]\n{EVENT}\nnonsense\n"), &[])
        .exits(1);
    assert_eq!(responder.received().len(), 1);
    assert!(
        finished.stderr.contains("lines 2 to 3 skipped"),
        "{}",
        finished.stderr
    );
    assert!(finished.stderr.contains("line 5: "), "{}", finished.stderr);
    // An object of its own is no part of it, and a log's line no array.
    let finished = program.run("[\n{\"evnt\":\"x\"}\n", &[]).exits(1);
    assert!(finished.stderr.contains("line 2: "), "{}", finished.stderr);
    let finished = program.run("[INFO] start\nnonsense\n", &[]).exits(1);
    assert!(finished.stderr.contains("line 2: "), "{}", finished.stderr);
    program.write("events", format!("[{EVENT}]"));
    let finished = program.call(&["explain", "--events", "events"]).exits(1);
    assert!(
        finished.stderr.contains("jq -c '.[]'"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_year_before_the_first_is_refused() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = program(&responder);
    let line = |time: &str| format!("{{\"event\":\"after:measure\",\"created_at\":\"{time}\"}}\n");
    for time in [
        "-000001-12-31T23:59:59Z",
        "-009999-01-01T00:00:00Z",
        "-1-01-01T00:00:00Z",
    ] {
        let finished = program.run(&line(time), &[]).exits(1);
        assert!(
            finished.stderr.contains("line 1: created_at"),
            "{}",
            finished.stderr
        );
        assert!(
            finished.stderr.contains("years 0000 to 9999"),
            "{}",
            finished.stderr
        );
    }
    program
        .run(&line("0000-01-01T00:00:00Z"), &["--dry-run"])
        .exits(0);
    assert_eq!(responder.connections(), 0);
}
