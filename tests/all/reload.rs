//! SIGHUP: a new configuration takes over as a whole, or not at all.

use crate::support::authority::Authority;
use crate::support::hmac_sha1;
use crate::support::program::{Program, Running};
use crate::support::responder::{Received, Reply, Responder};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const READ: &str = "configuration reloaded";

fn configuration(url: &str, secret: &str) -> String {
    format!("- {{events: 'after:measure', url: '{url}', secret: {secret}}}\n")
}

fn start(program: &Program) -> Running {
    program.start_run(&[])
}

fn reload(program: &Program, running: &Running, text: &str) {
    program.write("servo.yaml", text);
    running.signal("HUP");
}

fn event(id: usize) -> String {
    format!("{{\"event\":\"after:measure\",\"id\":\"{id}\"}}\n")
}

fn is_signed_with(request: &Received, secret: &str) -> bool {
    request.header("x-servo-signature") == hmac_sha1(secret, &request.body)
}

#[test]
fn under_load_nothing_is_lost_or_mixed() {
    const EACH: usize = 400;
    let sink = Responder::start(|_| Reply::status(204));
    let secrets = ["a", "b", "c"];
    let path = |secret: &str| format!("/{secret}");
    let of = |secret| configuration(&sink.url(&path(secret)), secret);
    let program = Program::new(&of(secrets[0]));
    let mut running = start(&program);
    for (round, secret) in secrets.iter().enumerate() {
        let (first, half) = (round * EACH, EACH / 2);
        if round > 0 {
            // Of the events before it some are handled, and some are still to be read.
            let handled = format!("\"id\":\"{}\"", first - half);
            running.until("the one before is at work", |out| out.contains(&handled));
            reload(&program, &running, &of(secret));
        }
        let lines = |ids: std::ops::Range<usize>| ids.map(event).collect::<String>();
        running.feed(&lines(first..first + half));
        if round > 0 {
            running.until("it is read anew", |_| {
                running.said().matches(READ).count() == round
            });
        }
        running.feed(&lines(first + half..first + EACH));
    }
    running.close();
    let finished = running.finish().exits(0);
    let delivered = finished.of_type("delivery");
    assert_eq!(delivered.len(), secrets.len() * EACH);
    let requests = sink.received();
    assert_eq!(requests.len(), secrets.len() * EACH);
    for secret in secrets {
        assert!(
            !sink.at(&path(secret)).is_empty(),
            "{secret} never was in force"
        );
    }
    let mut ids = BTreeSet::new();
    for request in &requests {
        let secret = request.path.trim_start_matches('/');
        assert!(is_signed_with(request, secret), "{request:?}");
        let id: usize = request.json()["id"].as_str().unwrap().parse().unwrap();
        assert!(ids.insert(id));
        // What came after a configuration was read never meets the one before.
        let (round, place) = (id / EACH, id % EACH);
        let met = secrets.iter().position(|known| *known == secret).unwrap();
        let oldest = if place < EACH / 2 {
            round.saturating_sub(1)
        } else {
            round
        };
        assert!(met >= oldest, "{id} met {secret}");
    }
}

#[test]
fn what_was_accepted_is_retried_as_it_was_accepted() {
    let up = std::sync::Arc::new(AtomicBool::new(false));
    let seen = std::sync::Arc::clone(&up);
    let sink = Responder::start(move |_| {
        Reply::status(if seen.load(Ordering::SeqCst) {
            204
        } else {
            503
        })
    });
    let program = Program::new(&configuration(&sink.url("/old"), "old"));
    let mut running = start(&program);
    running.feed(&event(1));
    sink.until_received(1);
    reload(&program, &running, &configuration(&sink.url("/new"), "new"));
    running.until_logged(READ);
    up.store(true, Ordering::SeqCst);
    running.feed(&event(2));
    running.close();
    let delivered = running.finish().exits(0).of_type("delivery");
    assert_eq!(delivered.len(), 2);
    let old = sink.at("/old");
    assert!(old.len() >= 2, "{old:?}");
    assert!(
        old.iter()
            .all(|request| is_signed_with(request, "old") && request.json()["id"] == "1")
    );
    let new = sink.at("/new");
    assert!(new.len() == 1 && is_signed_with(&new[0], "new"), "{new:?}");
}

#[test]
fn a_wrong_one_leaves_the_old_one_in_force() {
    let sink = Responder::start(|_| Reply::status(204));
    let right = configuration(&sink.url("/old"), "hunter2");
    let program = Program::new(&right);
    let mut running = start(&program);
    running.feed(&event(1));
    sink.until_received(1);
    reload(
        &program,
        &running,
        &right.replace("after:measure", "measure"),
    );
    running.until_logged("configuration not reloaded");
    running.feed(&event(2));
    sink.until_received(2);
    std::fs::remove_file(program.path("servo.yaml")).unwrap();
    running.signal("HUP");
    running.until("both are refused", |_| {
        running.said().matches("configuration not reloaded").count() == 2
    });
    running.feed(&event(3));
    running.close();
    let finished = running.finish().exits(0);
    assert_eq!(finished.of_type("delivery").len(), 3);
    assert!(
        finished.stderr.contains("servo.yaml:1:12"),
        "{}",
        finished.stderr
    );
    assert!(!finished.stderr.contains("hunter2"));
}

#[test]
fn a_webhook_that_was_switched_off_is_on_again() {
    let gone = AtomicBool::new(true);
    let sink = Responder::start(move |_| {
        Reply::status(if gone.swap(false, Ordering::SeqCst) {
            410
        } else {
            204
        })
    });
    let text = configuration(&sink.url("/"), "s");
    let program = Program::new(&text);
    let mut running = start(&program);
    running.feed(&event(1));
    running.until_logged("switched off");
    running.feed(&event(2));
    running.until("its delivery fails", |out| out.contains("\"switched_off\""));
    reload(&program, &running, &text);
    running.until_logged(READ);
    running.feed(&event(3));
    running.close();
    let delivered = running.finish().exits(1).of_type("delivery");
    let ended: Vec<_> = delivered.iter().map(|line| &line["outcome"]).collect();
    assert_eq!(ended, ["failed", "failed", "delivered"]);
    assert_eq!(sink.received().len(), 2);
}

#[test]
fn the_file_of_ca_certificates_is_read_anew() {
    let (old, new) = (Authority::new(), Authority::new());
    let tls = Arc::unwrap_or_clone(new.server("127.0.0.1", &["http/1.1"]));
    let sink = Responder::start_tls(tls, |_| Reply::status(204));
    let text = format!(
        "- {{events: 'after:measure', url: '{}', secret: s, backoff: false}}\n",
        sink.url("/")
    );
    let program = Program::new(&text);
    let trust = |authority: &Authority| {
        program.write("ca.pem", std::fs::read(authority.file()).unwrap());
    };
    trust(&old);
    let mut running = program.start_run(&["--ca-file", "ca.pem"]);
    running.feed(&event(1));
    running.until("it is not trusted yet", |out| out.contains("\"failed\""));
    program.write("ca.pem", "no certificate");
    running.signal("HUP");
    running.until_logged("holds no certificate");
    trust(&new);
    running.signal("HUP");
    running.until_logged(READ);
    running.feed(&event(2));
    running.close();
    let delivered = running.finish().exits(1).of_type("delivery");
    let ended: Vec<_> = delivered.iter().map(|line| &line["outcome"]).collect();
    assert_eq!(ended, ["failed", "delivered"]);
    assert_eq!(sink.received().len(), 1);
}
