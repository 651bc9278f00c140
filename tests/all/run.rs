//! `run` in bulk: nothing is lost, nothing grows without bound, nothing is passed over.

use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// A configuration of one webhook after measurements.
fn one_webhook(url: &str) -> String {
    format!("- {{name: store, events: 'after:measure', url: '{url}', secret: s3cr3t}}\n")
}

/// So many events, with ids that count from 0 and parameters of so many bytes.
fn events(count: usize, padding: usize) -> String {
    let padding = "x".repeat(padding);
    (0..count)
        .map(|id| format!("{{\"event\":\"after:measure\",\"id\":\"{id}\",\"parameters\":{{\"padding\":\"{padding}\"}}}}\n"))
        .collect()
}

/// The most deliveries that were accepted and not settled at any one time, as the order
/// of the output shows.
fn most_waiting(finished: &Finished) -> i64 {
    let (mut waiting, mut most) = (0, 0);
    for line in finished.lines() {
        match line["type"].as_str().unwrap() {
            "event" => waiting += 1,
            "delivery" => waiting -= 1,
            other => panic!("{other}"),
        }
        most = most.max(waiting);
    }
    most
}

#[test]
fn of_a_hundred_thousand_events_none_is_lost() {
    const COUNT: usize = 100_000;
    let arrived: Arc<Mutex<HashSet<String>>> = Arc::default();
    let heard = Arc::clone(&arrived);
    let sink = Responder::start_sink(move |request| {
        let id = request.json()["id"].as_str().unwrap().to_owned();
        heard.lock().unwrap().insert(id);
        Reply::status(204)
    });
    let program = Program::new(&one_webhook(&sink.url("/store")));
    program.write("events", events(COUNT, 2000));
    let mut running = program.start(&["run", "--events", "events", "--allow", "loopback"]);
    running.close();
    let finished = running.finish().exits(0);

    assert_eq!(arrived.lock().unwrap().len(), COUNT);
    let (mut accepted, mut delivered) = (HashSet::new(), HashSet::new());
    for line in finished.lines() {
        let id = line["id"].as_str().unwrap().to_owned();
        match line["outcome"].as_str().unwrap() {
            "accepted" => assert!(accepted.insert(id), "{line}"),
            "delivered" => assert!(delivered.insert(id), "{line}"),
            _ => panic!("{line}"),
        }
    }
    assert_eq!((accepted.len(), delivered.len()), (COUNT, COUNT));
    assert!(most_waiting(&finished) <= 10_000);
    // The file alone has 200 MB; what may wait of it, 10,000 deliveries, has 20.
    assert!(
        finished.peak < 160 << 20,
        "held {} MiB",
        finished.peak >> 20
    );
}

#[test]
fn reading_stops_while_the_bound_is_reached() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start_sink(move |_| Reply::Gated(gate.clone(), 200));
    let program = Program::new(&one_webhook(&sink.url("/slow")));
    let mut running = program.start_run(&["--max-waiting", "100"]);
    running.feed_aside(events(1_500, 10));
    // One endpoint may have half of what may wait.
    running.until("fifty are accepted", |out| out.lines().count() >= 50);
    open.send(true).unwrap();
    let finished = running.finish().exits(0);
    assert_eq!(finished.of_type("delivery").len(), 1_500);
    let most = most_waiting(&finished);
    assert!((50..=100).contains(&most), "{most} waited at a time");
}

#[test]
fn reading_stops_while_too_many_bytes_wait() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start_sink(move |_| Reply::Gated(gate.clone(), 200));
    let program = Program::new(&one_webhook(&sink.url("/slow")));
    let events = events(60, 100_000);
    let mut running = program.start_run(&["--max-waiting-mib", "1"]);
    running.feed_aside(events);
    // Ten bodies of 100 kB fit into one MiB; an eleventh does not.
    running.until("ten are accepted", |out| out.lines().count() == 10);
    open.send(true).unwrap();
    let finished = running.finish().exits(0);
    assert_eq!(finished.of_type("delivery").len(), 60);
    assert!(most_waiting(&finished) <= 10);
}

#[test]
fn on_full_reject_counts_and_reports_every_rejection() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start_sink(move |_| Reply::Gated(gate.clone(), 200));
    let program = Program::new(&one_webhook(&sink.url("/slow")));
    let mut running = program.start_run(&[
        "--max-waiting",
        "50",
        "--on-full",
        "reject",
        "--log-level",
        "info",
    ]);
    running.feed(&events(500, 10));
    running.close();
    running.until("500 outcomes", |out| out.lines().count() == 500);
    open.send(true).unwrap();
    let finished = running.finish().exits(1);
    let with = |outcome: &str| {
        let of = finished.of_type("event").into_iter();
        of.filter(|event| event["outcome"] == outcome).count()
    };
    assert_eq!((with("accepted"), with("rejected")), (50, 450));
    for event in finished.of_type("event") {
        assert_eq!(event["webhooks"][0]["outcome"], event["outcome"]);
        assert_eq!(
            event["webhooks"][0]["error"].is_null(),
            event["outcome"] == "accepted"
        );
    }
    assert_eq!(finished.of_type("delivery").len(), 50);
    assert_eq!(
        finished
            .stderr
            .matches(" is full: 50 deliveries are waiting")
            .count(),
        450
    );
    assert!(
        finished.stderr.contains("rejected=450"),
        "{}",
        finished.stderr
    );
}

#[test]
fn bad_lines_are_reported_and_the_rest_goes_on() {
    let bad: [(&[u8], &str); 16] = [
        (b"nonsense", "expected"),
        (b"{\"event\":\"after:measure\"", "EOF"),
        (b"[]", "expected"),
        (b"{}", "neither \"event\" nor \"channel\""),
        (b"{\"event\":\"after:measure\",\"channel\":\"news\"}", "both an event and a channel"),
        (b"{\"event\":\"after:measure\",\"results\":[{\"connector\":\"p\",\"value\":NaN}]}", "expected value"),
        (b"{\"event\":\"after:measure\",\"results\":[{\"connector\":\"p\",\"value\":-Infinity}]}", "invalid number"),
        (b"{\"event\":\"before:measure\",\"results\":[]}", "results"),
        (b"{\"event\":\"after:measure\",\"event\":\"after:measure\"}", "duplicate field `event`"),
        (b"{\"event\":\"after:measure\",\"result\":[]}", "unknown field `result`"),
        (b"{\"event\":\"measure\"}", "before: or after:"),
        (b"{\"event\":\"after:mea sure\"}", "event name starts with a letter or _"),
        (b"{\"event\":\"after:measure\",\"id\":\"\"}", "id"),
        (b"{\"event\":\"after:measure\",\"created_at\":\"yesterday\"}", "created_at"),
        (b"{\"event\":\"after:measure\",\"id\":\"\\ud800\"}", "hex escape"),
        (b"{\"event\":\"after:me\xffsure\"}", "UTF-8"),
    ];
    let sink = Responder::start(|_| Reply::status(200));
    let program = Program::new(&one_webhook(&sink.url("/store")));
    let mut input = Vec::new();
    for (line, _) in bad {
        input.extend_from_slice(b"{\"event\":\"after:measure\"}\n\n");
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    program.write("events", input);
    let mut running = program.start(&["run", "--events", "events", "--allow", "loopback"]);
    running.close();
    let finished = running.finish().exits(1);
    assert_eq!(sink.received().len(), bad.len());
    assert_eq!(finished.of_type("delivery").len(), bad.len());
    for (index, (line, why)) in bad.iter().enumerate() {
        let start = format!("line {}: ", index * 3 + 3);
        let found = finished.stderr.lines().find(|said| said.contains(&start));
        let found = found.unwrap_or_else(|| panic!("{start}\n{}", finished.stderr));
        assert!(
            found.to_lowercase().contains(&why.to_lowercase()),
            "{}: {found}",
            String::from_utf8_lossy(line)
        );
    }
}

#[test]
fn an_event_has_a_limit_and_an_option_for_it() {
    let sink = Responder::start(|_| Reply::status(200));
    let program = Program::new(&one_webhook(&sink.url("/store")));
    let large = events(1, (1 << 20) + 1);
    let finished = program.run(&large, &[]).exits(1);
    assert!(finished.stderr.contains("line 1:"), "{}", finished.stderr);
    assert!(finished.stderr.contains("1048576"), "{}", finished.stderr);
    assert!(finished.stdout.is_empty());
    program.run(&large, &["--max-event-mib", "2"]).exits(0);
    assert_eq!(sink.received().len(), 1);
    program.run(&large, &["--max-event-mib", "17"]).exits(2);
}

#[test]
fn no_events_are_no_failure() {
    let program = Program::new(&one_webhook("https://example.com/"));
    let finished = program.run("", &[]).exits(0);
    assert!(finished.stdout.is_empty());
    let finished = program.call(&["run", "--events", "missing"]).exits(2);
    assert!(finished.stderr.contains("missing"), "{}", finished.stderr);
    program.call(&["run"]).exits(2);
}

#[test]
fn an_event_nobody_listens_to_is_accepted() {
    let program = Program::new(&one_webhook("https://example.com/"));
    let lines = "{\"event\":\"after:adjust\",\"id\":\"a\"}\n{\"event\":\"before:measure\",\"id\":\"b\"}\n{\"channel\":\"news\",\"content_type\":\"text/plain\",\"content\":\"\"}\n";
    let finished = program.run(lines, &[]).exits(0);
    let said: Vec<Value> = finished
        .lines()
        .into_iter()
        .map(|line| {
            json!([
                line["event"],
                line["outcome"],
                line["reason"],
                line["webhooks"]
            ])
        })
        .collect();
    assert_eq!(
        said,
        [
            json!(["after:adjust", "accepted", null, []]),
            json!(["before:measure", "proceed", null, []]),
            json!(["channel:news", "accepted", null, []])
        ]
    );
}

#[test]
fn whoever_reads_the_output_may_leave() {
    if !crate::support::has("bash") {
        return crate::support::missing("bash");
    }
    let sink = Responder::start_sink(|_| Reply::status(200));
    let program = Program::new(&one_webhook(&sink.url("/store")));
    let path = program.write("events", events(20_000, 10));
    let shell = format!(
        "'{}' run --events '{}' --allow loopback | head -n 3",
        crate::support::program::binary().display(),
        path.display()
    );
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {shell}")])
        .current_dir(program.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3);
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(
        output.status.code(),
        Some(1),
        "what is not written is not done: {said}"
    );
}
