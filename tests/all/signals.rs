//! SIGINT and SIGTERM: one drains, a second one leaves; nothing goes unreported.

use crate::support::program::{Program, Running};
use crate::support::responder::{Reply, Responder};
use tokio::sync::watch;

fn configuration(url: &str, event: &str) -> String {
    format!("- {{name: store, events: '{event}', url: '{url}', secret: s3cr3t, timeout: 1m}}\n")
}

fn start(program: &Program, drain: &str) -> Running {
    program.start_run(&["--drain-timeout", drain])
}

#[test]
fn one_signal_drains_what_can_be_delivered() {
    for signal in ["INT", "TERM"] {
        let (open, gate) = watch::channel(false);
        let sink = Responder::start(move |_| Reply::Gated(gate.clone(), 200));
        let program = Program::new(&configuration(&sink.url("/gated"), "after:measure"));
        let mut running = start(&program, "1m");
        running.feed("{\"event\":\"after:measure\"}\n{\"event\":\"after:measure\"}\n");
        sink.until_received(2);
        running.signal(signal);
        running.until_logged(&format!("SIG{signal}: reading no more events"));
        open.send(true).unwrap();
        // Standard input is still open: whoever waits for it would hang.
        let finished = running.finish().exits(1);
        let outcomes: Vec<_> = finished.of_type("delivery");
        assert_eq!(outcomes.len(), 2);
        assert!(outcomes.iter().all(|line| line["outcome"] == "delivered"));
    }
}

#[test]
fn what_is_not_delivered_within_the_drain_timeout_is_reported() {
    let sink = Responder::start(|_| Reply::Hang);
    let program = Program::new(&configuration(&sink.url("/hangs"), "after:measure"));
    let mut running = start(&program, "200ms");
    running.feed(&"{\"event\":\"after:measure\"}\n".repeat(40));
    running.until("40 are accepted", |out| out.lines().count() == 40);
    sink.until_received(16);
    running.signal("TERM");
    let finished = running.finish().exits(1);
    let outcomes = finished.of_type("delivery");
    assert_eq!(outcomes.len(), 40);
    assert!(outcomes.iter().all(|line| line["outcome"] == "undelivered"));
    for line in &outcomes {
        let why = match line["attempts"].as_u64() {
            Some(0) => "not attempted before the end",
            _ => "no answer before the end",
        };
        assert_eq!(line["error"], why, "{line}");
    }
    let attempted = outcomes.iter().filter(|line| line["attempts"] == 1).count();
    assert_eq!(attempted, 16, "as many as may go out at a time");
}

#[test]
fn a_second_signal_leaves_at_once_with_what_was_not_delivered() {
    let sink = Responder::start(|request| match request.path.as_str() {
        "/busy" => Reply::status(503),
        _ => Reply::Hang,
    });
    let configuration = configuration(&sink.url("/busy"), "after:measure")
        + &configuration(&sink.url("/hangs"), "after:measure").replace("store", "other");
    let program = Program::new(&configuration);
    let mut running = start(&program, "1h");
    running.feed("{\"event\":\"after:measure\",\"id\":\"one\"}\n");
    sink.until_received(2);
    running.signal("INT");
    running.until_logged("SIGINT: reading no more events");
    running.signal("INT");
    let finished = running.finish().exits(1);
    assert!(
        finished.stderr.contains("quitting now"),
        "{}",
        finished.stderr
    );
    let outcomes = finished.of_type("delivery");
    let mut names: Vec<_> = outcomes
        .iter()
        .map(|line| line["webhook"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["other", "store"]);
    assert!(
        outcomes
            .iter()
            .all(|line| line["outcome"] == "undelivered" && line["id"] == "one")
    );
}

#[test]
fn an_event_that_is_being_asked_about_is_still_settled() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start(move |_| Reply::Gated(gate.clone(), 200));
    let program = Program::new(&configuration(&sink.url("/gated"), "before:adjust"));
    let mut running = start(&program, "1m");
    running.feed("{\"event\":\"before:adjust\"}\n{\"event\":\"before:adjust\"}\n");
    sink.until_received(1);
    running.signal("INT");
    running.until_logged("SIGINT");
    open.send(true).unwrap();
    let finished = running.finish().exits(1);
    let events = finished.of_type("event");
    assert_eq!(events.len(), 1, "the second is not begun");
    assert_eq!(events[0]["outcome"], "proceed");
}

#[test]
fn an_event_that_cannot_be_settled_in_time_is_named_by_its_line() {
    let sink = Responder::start(|_| Reply::Hang);
    let program = Program::new(&configuration(&sink.url("/hangs"), "before:adjust"));
    let mut running = start(&program, "100ms");
    running.feed("\n\n{\"event\":\"before:adjust\"}\n");
    sink.until_received(1);
    running.signal("INT");
    let finished = running.finish().exits(1);
    assert!(
        finished
            .stderr
            .contains("line 3: its event was not settled"),
        "{}",
        finished.stderr
    );
}
