//! `/livez` and `/readyz`.

use super::{Watched, get};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};

fn ready(address: &str) -> (u16, Value) {
    let answer = get(address, "/readyz");
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

#[test]
fn a_program_that_takes_events_is_live_and_ready() {
    let program = Program::new("[]");
    let served = Watched::serve(&program, &[]);
    for address in [&served.events, &served.metrics] {
        let live = get(address, "/livez");
        assert_eq!(
            (live.status, live.body.as_str()),
            (200, "{\"status\":\"live\"}\n")
        );
        let expected = json!({"status": "ready", "reasons": [], "reload_refused": false});
        assert_eq!(ready(address), (200, expected));
    }
    served.end(0);
}

#[test]
fn no_token_is_needed_to_ask() {
    let program = Program::new("[]").variable("SERVO_WEBHOOKS_TOKEN", "t0ken");
    let served = Watched::serve(&program, &[]);
    assert_eq!(ready(&served.events).0, 200);
    served.end(0);
}

#[test]
fn a_program_that_ends_is_live_and_not_ready() {
    let hanging = Responder::start(|_| Reply::Hang);
    let program = Program::new(&format!(
        "- {{name: hook, events: 'after:measure', url: '{}', secret: s3cr3t, timeout: 1m}}\n",
        hanging.url("/")
    ));
    let served = Watched::serve(&program, &["--drain-timeout", "1m"]);
    served.post("{\"event\":\"after:measure\"}");
    hanging.until_received(1);
    served.running.signal("TERM");
    served.running.until_logged("taking no more events");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while ready(&served.metrics).0 == 200 {
        assert!(std::time::Instant::now() < end);
    }
    let (status, body) = ready(&served.metrics);
    assert_eq!(
        (status, &body["reasons"][0]["reason"]),
        (503, &json!("draining"))
    );
    assert_eq!(get(&served.metrics, "/livez").status, 200);
    served.running.signal("TERM");
    served.running.finish();
}

#[test]
fn a_refused_reload_leaves_it_ready_and_is_said() {
    let program = Program::new("[]");
    let served = Watched::serve(&program, &[]);
    program.write("servo.yaml", "- {name: [}");
    served.running.signal("HUP");
    served.running.until_logged("configuration not reloaded");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let (status, body) = ready(&served.events);
        assert_eq!(status, 200, "the configuration of before is in force");
        if body["reload_refused"] == true {
            break;
        }
        assert!(std::time::Instant::now() < end);
    }
    served.end(0);
}
