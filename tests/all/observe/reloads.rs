//! What is seen of a reload: that it was refused, what it removed, and that counters go on.

use super::metrics::{configuration, respond};
use super::{Watched, get};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_refused_reload_is_seen_until_the_next_one() {
    let responder = Responder::start(respond);
    let good = configuration(&responder, "http://127.0.0.1:9/");
    let program = Program::new(&good);
    let served = Watched::serve(&program, &[]);
    program.write("servo.yaml", "- {name: [}");
    served.running.signal("HUP");
    served.until("servo_webhooks_last_reload_successful", "0.0");
    program.write("servo.yaml", &good);
    served.running.signal("HUP");
    served.until("servo_webhooks_last_reload_successful", "1.0");
    served.end(0);
}

#[test]
fn counters_go_on_over_a_reload() {
    let responder = Responder::start(respond);
    let good = configuration(&responder, "http://127.0.0.1:9/");
    let program = Program::new(&good);
    let served = Watched::serve(&program, &[]);
    served.post("{\"event\":\"after:measure\"}");
    served.until(
        "servo_webhooks_deliveries_total{webhook=\"told\",outcome=\"delivered\"}",
        "1",
    );
    let news = |line: &&str| line.contains("name: told");
    let without: Vec<_> = good.lines().filter(|line| !news(line)).collect();
    program.write("servo.yaml", good.replace("name: news", "name: more"));
    served.running.signal("HUP");
    served.running.until_logged("configuration reloaded");
    served.post("{\"event\":\"after:measure\"}");
    served.until(
        "servo_webhooks_deliveries_total{webhook=\"told\",outcome=\"delivered\"}",
        "2",
    );
    assert!(
        !served.metrics().contains("webhook=\"news\""),
        "it is not configured any more"
    );
    program.write("servo.yaml", without.join("\n"));
    served.running.signal("HUP");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while served.metrics().contains("webhook=\"told\"") {
        assert!(
            std::time::Instant::now() < end,
            "it is not configured any more"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    served.end(0);
}

#[test]
fn what_waits_for_a_webhook_that_a_reload_removed_is_seen_until_it_is_settled() {
    let works = Arc::new(AtomicBool::new(false));
    let is_working = Arc::clone(&works);
    let responder = Responder::start(move |_| match is_working.load(Ordering::Relaxed) {
        true => Reply::status(204),
        false => Reply::status(503),
    });
    let backoff = "{max_tries: 1000, max_time: 1h}";
    let hook = |name: &str, event: &str| {
        let url = responder.url("/");
        format!(
            "- {{name: {name}, events: '{event}', url: '{url}', secret: s3cr3t, backoff: {backoff}}}\n"
        )
    };
    let program = Program::new(&(hook("goes", "after:measure") + &hook("stays", "after:adjust")));
    let served = Watched::serve(&program, &[]);
    served.post("{\"event\":\"after:measure\"}");
    served.until("servo_webhooks_waiting{webhook=\"goes\"}", "1.0");
    program.write("servo.yaml", hook("stays", "after:adjust"));
    served.running.signal("HUP");
    served.running.until_logged("configuration reloaded");
    let metrics = served.metrics();
    for sample in [
        "waiting{webhook=\"goes\"} 1.0",
        "breaker_state{webhook=\"goes\",state=",
        "oldest_waiting_seconds{webhook=\"goes\"} ",
        "waiting{webhook=\"stays\"} 0.0",
    ] {
        let sample = format!("\nservo_webhooks_{sample}");
        assert!(metrics.contains(&sample), "{sample}: {metrics}");
    }
    works.store(true, Ordering::Relaxed);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while served.metrics().contains("webhook=\"goes\"") {
        assert!(std::time::Instant::now() < end, "it is settled");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    served.end(0);
}

#[test]
fn a_token_that_cannot_be_read_is_a_refused_reload() {
    let responder = Responder::start(respond);
    let program = Program::new(&configuration(&responder, "http://127.0.0.1:9/"));
    program.write("token", "t0k3n");
    let served = Watched::serve(&program, &["--token-file", "token"]);
    std::fs::remove_file(program.path("token")).unwrap();
    served.running.signal("HUP");
    served.until("servo_webhooks_last_reload_successful", "0.0");
    let ready = get(&served.metrics, "/readyz");
    assert_eq!(ready.status, 200);
    assert!(
        ready.body.contains("\"reload_refused\":true"),
        "{}",
        ready.body
    );
    program.write("token", "t0k3n");
    served.running.signal("HUP");
    served.until("servo_webhooks_last_reload_successful", "1.0");
    served.end(0);
}
