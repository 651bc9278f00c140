//! What a reload replaces: deliveries of before go on with it, each to one end.

use super::records;
use crate::support::program::{Program, Running};
use crate::support::responder::{Reply, Responder};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

fn serve(program: &Program, more: &[&str]) -> (Running, String) {
    let always = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--allow",
        "loopback",
        "--store",
        "store",
        "--breaker-hold",
        "0s",
        "--drain-timeout",
        "5s",
    ];
    let running = program.start(&[&always, more].concat());
    let address = running.until_listening();
    (running, address)
}

fn post(address: &str, event: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = event.len();
    let request = format!(
        "POST /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{event}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A responder that answers with a status that changes, as a header asks for, and how to change it.
fn responder() -> (Responder, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(503));
    let now = Arc::clone(&status);
    let responder = Responder::start(move |request| match request.header("x-config") {
        "new" => Reply::cancel("no"),
        _ => Reply::status(now.load(Ordering::SeqCst)),
    });
    (responder, status)
}

#[test]
fn a_late_410_of_the_configuration_before_switches_nothing_off() {
    let (responder, status) = responder();
    let configuration = |version: &str| {
        format!(
            "- {{name: hook, events: [after:measure, before:adjust], url: '{}', secret: s3cr3t, headers: {{X-Config: {version}}}, backoff: {{max_tries: 1000, max_time: 1h}}}}\n",
            responder.url("/")
        )
    };
    let program = Program::new(&configuration("old"));
    let (running, address) = serve(&program, &[]);
    post(&address, "{\"event\":\"after:measure\",\"id\":\"m-1\"}");
    responder.until_received(1);
    program.write("servo.yaml", configuration("new"));
    running.signal("HUP");
    running.until_logged("configuration reloaded");
    status.store(410, Ordering::SeqCst);
    running.until("it is given up", |out| {
        records(out, "delivery", "failed") == ["m-1"]
    });
    let ask = |address: &str, id: &str| {
        post(
            address,
            &format!("{{\"event\":\"before:adjust\",\"id\":\"{id}\"}}"),
        )
    };
    assert!(ask(&address, "a-1").contains("\"cancelled\""));
    running.signal("TERM");
    running.finish();
    let (running, address) = serve(&program, &[]);
    let answer = ask(&address, "a-2");
    assert!(answer.contains("\"cancelled\""), "{answer}");
    running.signal("TERM");
    let finished = running.finish().exits(0);
    assert!(
        !finished.stderr.contains("still switched off"),
        "{}",
        finished.stderr
    );
}

#[test]
fn what_is_in_memory_is_delivered_and_only_the_rest_is_buried() {
    const EVENTS: usize = 60;
    let (responder, status) = responder();
    let hook = |name: &str, event: &str| {
        format!(
            "- {{name: {name}, events: '{event}', url: '{}', secret: s3cr3t, backoff: {{max_tries: 1000, max_time: 1h}}}}\n",
            responder.url("/")
        )
    };
    let stays = hook("stays", "after:adjust");
    let program = Program::new(&(hook("goes", "after:measure") + &stays));
    let (running, address) = serve(&program, &["--max-waiting", "20"]);
    for number in 0..EVENTS {
        post(
            &address,
            &format!("{{\"event\":\"after:measure\",\"id\":\"m-{number}\"}}"),
        );
    }
    responder.until_received(1);
    program.write("servo.yaml", &stays);
    running.signal("HUP");
    running.until_logged("deliveries=");
    status.store(204, Ordering::SeqCst);
    let stored = |state: &str| -> BTreeSet<String> {
        let listed = program.call(&[
            "deliveries",
            "--store",
            "store",
            "--state",
            state,
            "--limit",
            "1000",
            "--json",
        ]);
        let lines = listed.exits(0).lines();
        lines
            .iter()
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let buried = stored("failed").len();
    assert!(buried > 0 && buried < EVENTS, "{buried}");
    running.until("the rest is delivered", |out| {
        records(out, "delivery", "delivered").len() == EVENTS - buried
    });
    running.signal("TERM");
    let finished = running.finish().exits(0);
    let (delivered, failed) = (stored("delivered"), stored("failed"));
    assert!(delivered.is_disjoint(&failed));
    assert_eq!((delivered.len(), failed.len()), (EVENTS - buried, buried));
    assert!(stored("waiting").is_empty());
    let told: BTreeSet<_> = records(&finished.stdout, "delivery", "delivered")
        .into_iter()
        .collect();
    assert_eq!(told, delivered);
}
