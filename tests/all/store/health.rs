//! `GET /health` of `serve` tells of its store, and answers 503 while that accepts nothing.

use super::history::{History, with_store};
use crate::support::program::{Program, Running, binary};
use crate::support::{has, missing};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// Room for a store, its reserve, and little more.
const SMALL: &str = "mkdir disk && mount -t tmpfs -o size=10m none disk && exec \"$@\"";

/// Where nothing listens.
const UNREACHABLE: &str = "- {name: hook, events: after:measure, url: 'http://127.0.0.1:9/', secret: s, backoff: {max_tries: 99, max_time: 1h}}\n";

pub fn address(running: &Running) -> String {
    running.until_logged("(Ctrl-C to end)");
    let said = running.said();
    let (_, rest) = said.split_once("listening on http://").unwrap();
    rest.split(' ').next().unwrap().to_owned()
}

pub fn ask(address: &str, head: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "{head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    (status, serde_json::from_str(body).unwrap())
}

fn health(address: &str) -> (u16, Value) {
    ask(address, "GET /health", "")
}

#[test]
fn what_is_in_the_store_is_told() {
    let history = History::new();
    let serve = ["serve", "--bind", "127.0.0.1:0", "--allow", "loopback"];
    let running = history.program.start(&with_store(&serve));
    let address = address(&running);
    let (status, body) = health(&address);
    assert_eq!(status, 200);
    let store = &body["store"];
    for (name, expected) in [
        ("accepting", json!(true)),
        ("why", Value::Null),
        ("waiting", json!(0)),
        ("dead_letters", json!(1)),
        ("salvaged", Value::Null),
    ] {
        assert_eq!(store[name], expected, "{name}");
    }
    assert!(store["bytes"].as_u64().unwrap() > 0, "{store}");
    running.signal("TERM");
    running.finish().exits(0);
    // Without a store there is nothing to tell.
    let running = history.program.start(&serve);
    let (_, body) = health(&self::address(&running));
    assert_eq!(body.get("store"), None);
    running.signal("TERM");
    running.finish().exits(0);
}

#[test]
fn a_full_disk_makes_it_unwell() {
    let unshare = ["--user", "--map-root-user", "--mount"];
    let possible = has("unshare")
        && Command::new("unshare")
            .args(unshare)
            .args(["sh", "-c", "mount -t tmpfs -o size=64k none /mnt"])
            .status()
            .is_ok_and(|status| status.success());
    if !possible {
        return missing("unshare, or a namespace to mount a small disk in");
    }
    let program = Program::new(UNREACHABLE);
    let serve = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--allow",
        "loopback",
        "--store",
        "disk/store",
    ];
    let inner = ["sh", "-c", SMALL, "sh", &binary().display().to_string()].map(str::to_owned);
    let mut outer = Command::new("unshare");
    outer.args(unshare).args(inner).args(serve);
    let running = Running::of(outer.current_dir(program.path("")));
    let address = address(&running);
    assert_eq!(health(&address).0, 200);
    let filler = "x".repeat(300_000);
    let event = json!({"event": "after:measure", "parameters": {"filler": filler}}).to_string();
    let deadline = Instant::now() + Duration::from_secs(60);
    let refused = loop {
        let (status, body) = ask(&address, "POST /events", &event);
        if status == 503 {
            break body;
        }
        assert_eq!(status, 202, "{body}");
        assert!(Instant::now() < deadline);
    };
    assert!(refused.to_string().contains("full"), "{refused}");
    let (status, body) = health(&address);
    assert_eq!(status, 503, "{body}");
    assert_eq!(body["store"]["accepting"], false);
    assert_eq!(body["store"]["why"], "the disk is full");
    assert!(body["store"]["waiting"].as_u64().unwrap() > 0, "{body}");
    assert!(
        body["detail"]
            .as_str()
            .unwrap()
            .contains("the disk is full"),
        "{body}"
    );
    running.signal("KILL");
    running.finish();
}
