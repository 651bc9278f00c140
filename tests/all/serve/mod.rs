//! `serve`: events come in over HTTP.

mod bounds;
mod clients;
mod containers;
mod departures;
mod end;
mod envelopes;
mod guests;
mod health;
mod hosted;
mod local;
mod refusals;
mod traces;

use crate::support::hmac_sha1;
use crate::support::program::{Program, Running};
use crate::support::responder::{Reply, Responder};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tokio::sync::watch;

const EVENT: &str = "{\"event\":\"after:measure\",\"id\":\"m\"}";

/// `serve` on a free port, and the address it says.
struct Served {
    running: Running,
    address: String,
}

/// An answer, as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

fn serve(program: &Program, more: &[&str]) -> Served {
    let always = ["serve", "--bind", "127.0.0.1:0", "--allow", "loopback"];
    listening(program.start(&[&always, more].concat()))
}

fn listening(running: Running) -> Served {
    let address = running.until_listening();
    Served { running, address }
}

fn configuration(url: &str, events: &str) -> String {
    format!("- {{name: hook, events: {events}, url: '{url}', secret: s3cr3t}}\n")
}

impl Served {
    fn send(&self, head: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .unwrap();
        let head = format!("{head}Host: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // Whoever refuses a body need not read it.
        let _ = stream.write_all(body);
        stream
    }

    fn ask(&self, head: &str, body: &[u8]) -> Answer {
        receive(self.send(head, body))
    }

    fn begin(&self, event: &str, headers: &str) -> TcpStream {
        let head = format!(
            "POST /events HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}",
            event.len()
        );
        self.send(&head, event.as_bytes())
    }

    fn post(&self, event: &str) -> Answer {
        receive(self.begin(event, ""))
    }

    fn end(self, code: i32) -> crate::support::program::Finished {
        self.running.signal("TERM");
        self.running.finish().exits(code)
    }
}

fn receive(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect(&text);
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    }
}

#[test]
fn an_event_before_which_is_asked_is_answered_with_its_outcome() {
    let sink = Responder::start(|request| match request.json()["id"].as_str() {
        Some("no") => Reply::cancel("not now"),
        _ => Reply::status(200),
    });
    let program = Program::new(&configuration(&sink.url("/"), "before:adjust"));
    let served = serve(&program, &[]);
    for (id, outcome, reason, settled) in [
        ("yes", "proceed", Value::Null, "proceeded"),
        ("no", "cancelled", Value::from("not now"), "cancelled"),
    ] {
        let answer = served.post(&format!("{{\"event\":\"before:adjust\",\"id\":\"{id}\"}}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.head.contains("content-type: application/json"));
        let body = &answer.body;
        assert_eq!(
            (&body["event"], &body["id"]),
            (&"before:adjust".into(), &id.into())
        );
        assert_eq!(
            (&body["outcome"], &body["reason"]),
            (&outcome.into(), &reason)
        );
        assert_eq!(body["webhooks"][0]["outcome"], settled);
    }
    let finished = served.end(0);
    assert_eq!(finished.of_type("event").len(), 2);
}

#[test]
fn other_events_are_accepted_at_once_and_delivered_later() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start(move |_| Reply::Gated(gate.clone(), 204));
    let configuration = configuration(&sink.url("/"), "after:measure")
        + &format!(
            "- {{channels: news, url: '{}', secret: other}}\n",
            sink.url("/")
        );
    let program = Program::new(&configuration);
    let served = serve(&program, &[]);
    for (event, name) in [
        (
            "{\n\"event\":\"after:measure\",\"id\":\"m\", \"parameters\": {\"n\": 1.50}}",
            "after:measure",
        ),
        (
            "{\"channel\":\"news\",\"content_type\":\"text/plain\",\"content\":\"hello\"}",
            "channel:news",
        ),
        ("{\"event\":\"after:check\"}", "after:check"),
    ] {
        // Nothing has been delivered when it is answered: the sink is still shut.
        let answer = served.post(event);
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(
            (&answer.body["event"], &answer.body["outcome"]),
            (&name.into(), &"accepted".into())
        );
    }
    sink.until_received(2);
    open.send(true).unwrap();
    let delivered = |out: &str| out.matches("\"outcome\":\"delivered\"").count() == 2;
    served.running.until("both are delivered", delivered);
    let measured = sink
        .received()
        .into_iter()
        .find(|request| request.header("x-servo-event") == "after:measure");
    let measured = measured.unwrap();
    assert_eq!(
        measured.header("x-servo-signature"),
        hmac_sha1("s3cr3t", &measured.body)
    );
    assert!(String::from_utf8_lossy(&measured.body).contains("1.50"));
    served.end(0);
}

#[test]
fn what_has_no_room_is_sent_away_for_a_while() {
    let sink = Responder::start(|_| Reply::Hang);
    let program = Program::new(&configuration(&sink.url("/"), "after:measure"));
    let served = serve(&program, &["--max-waiting", "1", "--drain-timeout", "0s"]);
    assert_eq!(served.post(EVENT).status, 202);
    let answer = served.post(EVENT);
    assert_eq!(
        (answer.status, &answer.body["outcome"]),
        (503, &"rejected".into())
    );
    assert_eq!(answer.body["webhooks"][0]["outcome"], "rejected");
    assert!(answer.head.contains("retry-after: 1"), "{answer:?}");
    served.end(1);
}

#[test]
fn a_new_configuration_is_read_at_a_hangup() {
    let sink = Responder::start(|_| Reply::status(204));
    let program = Program::new(&configuration(&sink.url("/old"), "after:measure"));
    let served = serve(&program, &[]);
    assert_eq!(served.post(EVENT).status, 202);
    sink.until_received(1);
    program.write(
        "servo.yaml",
        configuration(&sink.url("/new"), "after:measure"),
    );
    served.running.signal("HUP");
    served.running.until_logged("configuration reloaded");
    assert_eq!(served.post(EVENT).status, 202);
    sink.until_received(2);
    assert_eq!((sink.at("/old").len(), sink.at("/new").len()), (1, 1));
    served.end(0);
}

#[test]
fn it_takes_another_connector_by_name() {
    let program = Program::new(&configuration("http://127.0.0.1:9", "after:measure"));
    let arguments = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--connector",
        "missing.wasm",
    ];
    let finished = program.call(&arguments).exits(2);
    assert!(
        finished.stderr.contains("missing.wasm"),
        "{}",
        finished.stderr
    );
}
