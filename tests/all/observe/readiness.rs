//! `/livez` and `/readyz`.

use super::{Watched, get};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

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
    let end = Instant::now() + Duration::from_secs(60);
    while ready(&served.metrics).0 == 200 {
        assert!(Instant::now() < end);
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
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let (status, body) = ready(&served.events);
        assert_eq!(status, 200, "the previous configuration is in force");
        if body["reload_refused"] == true {
            break;
        }
        assert!(Instant::now() < end);
    }
    served.end(0);
}

#[test]
fn nobody_keeps_a_probe_from_its_answer() {
    let program = Program::new("[]");
    let served = Watched::serve(&program, &[]);
    let hold = |request: &str| {
        let mut stream = TcpStream::connect(&served.metrics).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    // As many as may be open, and more: idle ones, heads and bodies that never end.
    let slow = "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
    let held: Vec<_> = (0..200)
        .map(|number| hold(["", "GET /met", slow][number % 3]))
        .collect();
    for _ in 0..5 {
        let asked = Instant::now();
        assert_eq!(get(&served.metrics, "/livez").status, 200);
        assert!(asked.elapsed() < Duration::from_secs(10));
    }
    drop(held);
    served.end(0);
}

#[test]
fn an_address_that_is_taken_sends_nothing() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: hook, events: 'after:measure', url: '{}', secret: s3cr3t, backoff: {{max_tries: 9}}}}\n",
        responder.url("/")
    ));
    // Something waits in the store.
    let hang = Responder::start(|_| Reply::Hang);
    program.write(
        "hang.yaml",
        format!(
            "- {{name: hook, events: 'after:measure', url: '{}', secret: s3cr3t}}\n",
            hang.url("/")
        ),
    );
    let arguments = [
        "--store",
        "store",
        "--config",
        "hang.yaml",
        "--drain-timeout",
        "0s",
    ];
    let served = Watched::serve(&program, &arguments);
    served.post("{\"event\":\"after:measure\"}");
    hang.until_received(1);
    served.end(0);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for option in ["--bind", "--metrics", "--page"] {
        let mut arguments = vec!["serve", "--store", "store", "--allow", "loopback"];
        if option != "--bind" {
            arguments.extend(["--bind", "127.0.0.1:0"]);
        }
        arguments.extend([option, &address]);
        program.call(&arguments).exits(2);
    }
    assert!(responder.received().is_empty());
}
