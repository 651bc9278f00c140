//! `/metrics`: what is counted, and how it is written.

use super::{Watched, ask, get, metrics_of};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::collections::{HashMap, HashSet};

/// One webhook for each thing that can come of it.
pub(super) fn configuration(responder: &Responder, nobody: &str) -> String {
    let url = |path: &str| responder.url(path);
    format!(
        "- {{name: told, events: 'after:measure', url: '{}', secret: s3cr3t}}\n\
         - {{name: asked, events: 'before:adjust', url: '{}', secret: s3cr3t}}\n\
         - {{name: open, events: 'before:describe', url: '{nobody}', secret: s3cr3t}}\n\
         - {{name: closed, events: 'before:check', url: '{nobody}', secret: s3cr3t, on_error: cancel}}\n\
         - {{name: lost, events: 'after:check', url: '{nobody}', secret: s3cr3t, backoff: false}}\n\
         - {{name: gone, events: 'after:adjust', url: '{}', secret: s3cr3t}}\n\
         - {{name: news, channels: news, url: '{}', secret: s3cr3t}}\n",
        url("/told"),
        url("/asked"),
        url("/gone"),
        url("/news"),
    )
}

pub(super) fn respond(request: &crate::support::responder::Received) -> Reply {
    match (
        request.path.as_str(),
        request.body.windows(4).any(|part| part == b"veto"),
    ) {
        ("/asked", true) => Reply::cancel("not now"),
        ("/gone", _) => Reply::status(410),
        _ => Reply::status(200),
    }
}

#[test]
fn everything_is_counted_where_it_belongs() {
    let responder = Responder::start(respond);
    let [nobody] = crate::support::daemon::free();
    let program = Program::new(&configuration(&responder, &format!("http://{nobody}/")));
    let served = Watched::serve(&program, &["--store", "store"]);
    for event in [
        "{\"event\":\"after:measure\"}",
        "{\"event\":\"after:measure\"}",
        "{\"event\":\"before:adjust\"}",
        "{\"event\":\"before:adjust\",\"id\":\"veto\"}",
        "{\"event\":\"before:describe\"}",
        "{\"event\":\"before:check\"}",
        "{\"event\":\"after:check\"}",
        "{\"event\":\"after:adjust\"}",
        "{\"channel\":\"news\",\"content_type\":\"text/plain\",\"content\":\"hello\"}",
        // Nobody is asked: that is no decision.
        "{\"event\":\"before:promote\"}",
    ] {
        served.post(event);
    }
    for (sample, value) in [
        ("events_total{side=\"before\"}", 5),
        ("events_total{side=\"after\"}", 4),
        ("events_total{side=\"message\"}", 1),
        ("decisions_total{result=\"proceed\"}", 1),
        ("decisions_total{result=\"cancelled\"}", 1),
        ("decisions_total{result=\"failed_open\"}", 1),
        ("decisions_total{result=\"failed_closed\"}", 1),
        ("answers_total{webhook=\"asked\",result=\"proceed\"}", 1),
        ("answers_total{webhook=\"asked\",result=\"cancelled\"}", 1),
        ("answers_total{webhook=\"open\",result=\"failed_open\"}", 1),
        (
            "answers_total{webhook=\"closed\",result=\"failed_closed\"}",
            1,
        ),
        (
            "deliveries_total{webhook=\"told\",outcome=\"delivered\"}",
            2,
        ),
        ("deliveries_total{webhook=\"lost\",outcome=\"failed\"}", 1),
        (
            "deliveries_total{webhook=\"news\",outcome=\"delivered\"}",
            1,
        ),
        ("attempts_total{webhook=\"told\",class=\"2xx\"}", 2),
        ("attempts_total{webhook=\"asked\",class=\"2xx\"}", 2),
        ("attempts_total{webhook=\"lost\",class=\"connect\"}", 1),
        ("attempts_total{webhook=\"gone\",class=\"4xx\"}", 1),
        ("attempt_duration_seconds_count{webhook=\"told\"}", 2),
        (
            "attempt_duration_seconds_bucket{webhook=\"told\",le=\"+Inf\"}",
            2,
        ),
        ("switched_off{webhook=\"gone\"}", 1),
        ("switched_off{webhook=\"told\"}", 0),
        ("paused{webhook=\"told\"}", 0),
        ("breaker_state{webhook=\"told\",state=\"closed\"}", 1),
        ("breaker_state{webhook=\"told\",state=\"open\"}", 0),
        ("waiting{webhook=\"told\"}", 0),
        ("dead_letters", 2),
        ("store_accepting", 1),
        ("last_reload_successful", 1),
        ("queue_full_total", 0),
    ] {
        let sample = format!("servo_webhooks_{sample}");
        let integer = value.to_string();
        let metrics = served.metrics();
        let float = format!("{integer}.0");
        // Gauges are written as fractions.
        let written = if metrics.contains(&format!("\n{sample} {float}\n")) {
            &float
        } else {
            &integer
        };
        served.until(&sample, written);
    }
    served.end(0);
}

#[test]
fn what_waits_and_what_is_held_is_seen() {
    let [nobody] = crate::support::daemon::free();
    let configuration = format!(
        "- {{name: away, events: 'after:measure', url: 'http://{nobody}/', secret: s3cr3t, backoff: false}}\n"
    );
    let program = Program::new(&configuration);
    let served = Watched::serve(
        &program,
        &[
            "--breaker-after",
            "0s",
            "--breaker-hold",
            "1h",
            "--drain-timeout",
            "0s",
        ],
    );
    for _ in 0..5 {
        served.post("{\"event\":\"after:measure\"}");
    }
    served.until(
        "servo_webhooks_breaker_state{webhook=\"away\",state=\"open\"}",
        "1.0",
    );
    served.until("servo_webhooks_breaker_opened_total{webhook=\"away\"}", "1");
    for _ in 0..3 {
        served.post("{\"event\":\"after:measure\"}");
    }
    served.until("servo_webhooks_waiting{webhook=\"away\"}", "3.0");
    let metrics = served.metrics();
    let oldest = value(
        &metrics,
        "servo_webhooks_oldest_waiting_seconds{webhook=\"away\"}",
    );
    assert!(oldest > 0.0 && oldest < 600.0, "{oldest}");
    served.end(1);
}

fn value(metrics: &str, sample: &str) -> f64 {
    let line = metrics
        .lines()
        .find(|line| line.starts_with(sample))
        .unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn both_formats_are_what_they_claim_to_be() {
    let responder = Responder::start(respond);
    let program = Program::new(&configuration(&responder, "http://127.0.0.1:9/"));
    let served = Watched::serve(&program, &[]);
    served.post("{\"event\":\"after:measure\"}");
    let plain = get(&served.metrics, "/metrics");
    assert!(
        plain
            .head
            .contains("content-type: text/plain; version=0.0.4; charset=utf-8"),
        "{}",
        plain.head
    );
    assert!(!plain.body.contains("# EOF"));
    let open = ask(
        &served.metrics,
        "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n",
        "",
    );
    assert!(
        open.head
            .contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"),
        "{}",
        open.head
    );
    assert!(open.body.ends_with("# EOF\n"));
    for body in [&plain.body, &open.body] {
        described(body);
    }
    // No path, no port of a responder, and no name of an event.
    for secret in ["/told", "s3cr3t", &responder.url(""), "measure"] {
        assert!(!plain.body.contains(secret), "{secret}");
    }
    served.end(0);
}

/// Each sample is of a family that has a type and a help, both written once and before it.
fn described(text: &str) {
    let mut types = HashMap::new();
    let mut seen = HashSet::new();
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let name = rest.split(' ').next().unwrap();
            assert!(seen.insert(name), "twice: {line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(types.insert(name, kind).is_none(), "twice: {line}");
        } else {
            let name = line.split(['{', ' ']).next().unwrap();
            let is_of = |family: &&str| {
                let suffix = name.strip_prefix(*family);
                suffix.is_some_and(|suffix| {
                    ["", "_total", "_info", "_sum", "_count", "_bucket"].contains(&suffix)
                })
            };
            assert!(types.keys().any(is_of), "{line}");
            assert!(name.starts_with("servo_webhooks_"), "{line}");
        }
    }
    assert_eq!(seen.len(), types.len());
}

#[test]
fn run_has_metrics_too() {
    let responder = Responder::start(respond);
    let program = Program::new(&configuration(&responder, "http://127.0.0.1:9/"));
    let mut running = program.start_run(&["--metrics", "127.0.0.1:0"]);
    let address = metrics_of(&running);
    running.feed("{\"event\":\"after:measure\"}\n");
    running.until("it is delivered", |out| {
        out.contains("\"outcome\":\"delivered\"")
    });
    let metrics = get(&address, "/metrics").body;
    assert!(
        metrics.contains("\nservo_webhooks_events_total{side=\"after\"} 1\n"),
        "{metrics}"
    );
    running.close();
    running.finish().exits(0);
}

#[test]
fn an_address_that_is_taken_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let program = Program::new("[]");
    let finished = program.call(&["serve", "--bind", "127.0.0.1:0", "--metrics", &address]);
    let finished = finished.exits(2);
    assert!(
        finished
            .stderr
            .contains(&format!("--metrics: cannot listen on {address}")),
        "{}",
        finished.stderr
    );
}

#[test]
fn other_paths_and_methods_are_refused() {
    let program = Program::new("[]");
    let served = Watched::serve(&program, &[]);
    assert_eq!(get(&served.metrics, "/").status, 404);
    let elsewhere = [
        "GET /metrics HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\n",
        "GET http://rebound.example/metrics HTTP/1.1\r\n",
    ];
    for head in elsewhere {
        assert_eq!(ask(&served.metrics, head, "").status, 403, "{head}");
    }
    let posted = ask(
        &served.metrics,
        "POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n",
        "",
    );
    assert_eq!(posted.status, 405);
    assert!(posted.head.contains("allow: get, head"), "{}", posted.head);
    served.end(0);
}
