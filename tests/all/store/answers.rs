//! `--keep-answers`: what responders said is kept, and never waited for.

use super::history::{text, with_store};
use super::is_on_disk;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// What a responder says beside its status: of two lines, with what plays tricks on a terminal.
const SAID: &str = "<h1>Gateway</h1>\n\u{1b}[2Jupstream is gone";

/// What is told, and the question that comes before it.
const EVENTS: &str = r#"{"event": "before:adjust", "id": "a-1"}
{"event": "after:measure", "id": "m-1"}
{"event": "after:measure", "id": "m-2"}
"#;

fn program(url: &str) -> Program {
    Program::new(&format!(
        "- {{name: told, events: 'after:measure', url: '{url}/told', secret: some-secret, timeout: 20s, backoff: {{max_tries: 3, max_time: 1m}}}}\n\
         - {{name: asked, events: 'before:adjust', url: '{url}/asked', secret: some-secret, timeout: 20s}}\n"
    ))
}

fn records(program: &Program, arguments: &[&str]) -> Vec<Value> {
    let arguments = [arguments, &["--json"]].concat();
    program.call(&with_store(&arguments)).exits(0).lines()
}

/// The attempts of an event's delivery.
fn attempts(program: &Program, event: &str) -> Vec<Value> {
    let shown = records(program, &["show", event]);
    assert_eq!(shown.len(), 1);
    shown[0]["attempt_records"].as_array().unwrap().clone()
}

#[test]
fn each_attempt_has_the_beginning_of_its_answer() {
    let responder = Responder::start(|request| match request.header("x-servo-attempt") {
        "1" => Reply::typed(503, "text/html", SAID),
        _ => Reply::typed(200, "text/plain", &"thanks ".repeat(1_000)),
    });
    let program = program(&responder.url(""));
    let run = ["--store", "store", "--keep-answers"];
    program.run(EVENTS, &run).exits(0);
    for event in ["m-1", "m-2"] {
        let attempts = attempts(&program, event);
        assert_eq!(attempts.len(), 2, "{attempts:?}");
        assert_eq!(attempts[0]["status"], 503);
        assert_eq!(attempts[0]["answer"], SAID);
        assert_eq!(
            text(&attempts[1], "answer"),
            "thanks ".repeat(1_000)[..4 << 10]
        );
    }
    let shown = program.call(&with_store(&["show", "m-1"])).exits(0).stdout;
    assert!(shown.contains("| <h1>Gateway</h1>\n"), "{shown}");
    assert!(shown.contains("| \u{fffd}[2Jupstream is gone\n"), "{shown}");
    // The answer before an event was the same, and is nowhere.
    let decided = records(&program, &["show", "a-1"]);
    assert_eq!(decided[0]["failed_open"], true);
    assert!(!decided[0].to_string().contains("Gateway"), "{decided:?}");

    program.call(&with_store(&["forget", "m-1"])).exits(0);
    let forgotten = attempts(&program, "m-1");
    assert!(
        forgotten.iter().all(|one| one["answer"].is_null()),
        "{forgotten:?}"
    );
    assert_eq!(attempts(&program, "m-2")[0]["answer"], SAID);
}

#[test]
fn without_the_option_no_answer_is_on_disk() {
    let responder = Responder::start(|_| Reply::typed(400, "text/plain", "hunter2"));
    let program = program(&responder.url(""));
    program.run(EVENTS, &["--store", "store"]).exits(1);
    assert!(is_on_disk(&program, "m-1"));
    assert!(!is_on_disk(&program, "hunter2"));
    let program = self::program(&responder.url(""));
    program
        .run(EVENTS, &["--store", "store", "--keep-answers"])
        .exits(1);
    assert!(is_on_disk(&program, "hunter2"));
}

#[test]
fn what_is_published_is_kept_too() {
    let responder = Responder::start(|_| Reply::typed(200, "text/plain", "to the channel"));
    let program = Program::new(&format!(
        "- {{name: told, events: 'after:measure', url: '{}', secret: some-secret, response_channel: the_news}}\n",
        responder.url("/")
    ));
    let event = "{\"event\": \"after:measure\", \"id\": \"m-1\"}\n";
    let told = program
        .run(event, &["--store", "store", "--keep-answers"])
        .exits(0);
    assert_eq!(told.of_type("publish").len(), 1);
    assert_eq!(attempts(&program, "m-1")[0]["answer"], "to the channel");
}

/// Answers with 200 and the beginning of a body whose end never comes.
fn endless() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                read_request(&mut stream);
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegun\r\n",
                );
                // Until the other side gives up.
                while matches!(stream.read(&mut [0; 1_024]), Ok(1..)) {}
            });
        }
    });
    url
}

fn read_request(stream: &mut TcpStream) {
    let (mut request, mut buffer) = (Vec::new(), [0; 4_096]);
    loop {
        let head = request.windows(4).position(|some| some == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
            let length = text.split("content-length: ").nth(1).unwrap();
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            if request.len() >= head + 4 + length {
                return;
            }
        }
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "a request was broken off");
        request.extend_from_slice(&buffer[..count]);
    }
}

#[test]
fn an_answer_without_an_end_holds_up_nobody() {
    let program = program(&endless());
    let told = program.run(EVENTS, &["--store", "store", "--keep-answers"]);
    let told = told.exits(0);
    let delivered = told.of_type("delivery").into_iter();
    assert_eq!(
        delivered
            .filter(|one| one["outcome"] == "delivered")
            .count(),
        2
    );
    assert_eq!(records(&program, &["decisions"])[0]["failed_open"], false);
    for event in ["m-1", "m-2"] {
        let attempts = attempts(&program, event);
        assert_eq!(attempts.len(), 1);
        assert_eq!(attempts[0]["answer"], "begun");
        // The webhook's timeout is twenty seconds.
        let elapsed = attempts[0]["elapsed_ms"].as_i64().unwrap();
        assert!(elapsed < 10_000, "{elapsed}");
    }
}
