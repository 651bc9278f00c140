//! What a visitor may change, and what the log says of it.

use super::{DELIVERED, configuration, encoded, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// A responder that fails until it is mended, and how to mend it.
fn failing() -> (Responder, Arc<AtomicBool>) {
    let works = Arc::new(AtomicBool::new(false));
    let is_working = Arc::clone(&works);
    let sink = Responder::start(move |_| match is_working.load(Ordering::Relaxed) {
        true => Reply::status(204),
        false => Reply::status(400),
    });
    (sink, works)
}

fn fail(served: &super::Served, ids: &[&str]) {
    for id in ids {
        served.event(&format!("{{\"event\":\"after:measure\",\"id\":\"{id}\"}}"));
        served.until(&format!("/dead-letters?id={id}"), "✕</span> failed");
    }
}

#[test]
fn dead_letters_are_replayed_as_they_were_counted() {
    let (sink, works) = failing();
    let program = Program::new(&configuration(&sink.url("/c0nfidential-path")));
    let served = serve(&program, &["--store", "store"]);
    fail(&served, &["m-1", "m-2"]);
    works.store(true, Ordering::Relaxed);
    let asked = served.get("/replay?webhook=hook").exits(200);
    let asked = asked
        .has("2 deliveries will be sent again")
        .has("<bdi>hook</bdi>");
    // One that fails in between was not counted.
    works.store(false, Ordering::Relaxed);
    fail(&served, &["m-3"]);
    works.store(true, Ordering::Relaxed);
    let counted = encoded(&asked.field("counted"));
    let form = format!(
        "token={}&webhook=hook&counted={counted}",
        asked.token("/replay")
    );
    let done = served.post("/replay", "", &form).exits(303);
    assert_eq!(
        done.header("location"),
        "/dead-letters?webhook=hook&notice=replayed&count=2"
    );
    served
        .get(done.header("location"))
        .exits(200)
        .has("Replayed: 2 deliveries wait again");
    for id in ["m-1", "m-2"] {
        served.until(&format!("/deliveries?id={id}"), DELIVERED);
    }
    served
        .get("/dead-letters")
        .exits(200)
        .has("m-3")
        .lacks("m-1");
    // Without having been counted nothing is done, and nothing by GET.
    let form = format!("token={}&webhook=hook", asked.token("/replay"));
    served.post("/replay", "", &form).exits(400);
    served
        .get("/replay?webhook=hook&token=1&counted=1h")
        .exits(200);
    served.get("/dead-letters").exits(200).has("m-3");
    let finished = served.end(0);
    let lines: Vec<&str> = finished
        .stderr
        .lines()
        .filter(|line| line.contains("page: replayed"))
        .collect();
    assert_eq!(lines.len(), 1, "{}", finished.stderr);
    for part in ["who=\"local\"", "deliveries=2", "webhook=hook"] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
}

#[test]
fn what_fails_after_it_was_counted_is_not_forgotten() {
    let (open, gate) = watch::channel(false);
    let sink = Responder::start(move |request| {
        match String::from_utf8_lossy(&request.body).contains("waits") {
            true => Reply::Gated(gate.clone(), 400),
            false => Reply::status(400),
        }
    });
    let program = Program::new(&configuration(&sink.url("/c0nfidential-path")));
    let served = serve(&program, &["--store", "store"]);
    served.event("{\"event\":\"after:measure\",\"id\":\"waits\"}");
    served.until("/deliveries?id=waits", "waiting</span>");
    fail(&served, &["m-1"]);
    let asked = served.get("/forget?since=2h").exits(200);
    let asked = asked.has("1 delivery will be forgotten");
    open.send(true).unwrap();
    served.until("/dead-letters?id=waits", "✕</span> failed");
    let (since, counted) = (asked.field("since"), asked.field("counted"));
    assert!(since.ends_with('Z'), "the same two hours: {since}");
    let form = format!(
        "token={}&since={}&counted={}",
        asked.token("/forget"),
        encoded(&since),
        encoded(&counted)
    );
    let done = served.post("/forget", "", &form).exits(303);
    assert!(
        done.header("location")
            .ends_with("notice=forgotten&count=1"),
        "{done:?}"
    );
    served
        .get("/dead-letters")
        .exits(200)
        .has("waits")
        .lacks("m-1");
    served.end(0);
}

#[test]
fn one_delivery_is_replayed_and_forgotten() {
    let (sink, works) = failing();
    let program = Program::new(&configuration(&sink.url("/c0nfidential-path")));
    let served = serve(&program, &["--store", "store"]);
    fail(&served, &["m-1", "m-2"]);
    let link = |id: &str| {
        let list = served.get(&format!("/dead-letters?id={id}"));
        let (_, rest) = list.body.split_once("href=\"/delivery?id=").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (first, second) = (link("m-1"), link("m-2"));
    served
        .get(&format!("/delivery?id={first}"))
        .exits(200)
        .has("&quot;m-1&quot;")
        .has("Forget…");
    works.store(true, Ordering::Relaxed);
    let asked = served
        .get(&format!("/replay?delivery={first}"))
        .exits(200)
        .has("It is sent again");
    let form = format!("token={}&delivery={first}", asked.token("/replay"));
    let done = served.post("/replay", "", &form).exits(303);
    assert_eq!(
        done.header("location"),
        format!("/delivery?id={first}&notice=replayed&count=1")
    );
    served.until(&format!("/delivery?id={first}"), "Replays");
    served.until(&format!("/deliveries?id={first}"), DELIVERED);
    let asked = served
        .get(&format!("/forget?delivery={second}"))
        .exits(200)
        .has("Its body and its answers are removed");
    let form = format!("token={}&delivery={second}", asked.token("/forget"));
    let done = served.post("/forget", "", &form).exits(303);
    let after = served.get(done.header("location")).exits(200);
    after
        .has("Forgotten: 1 delivery")
        .has("forgotten")
        .has("Not kept")
        .lacks("Replay…");
    served
        .get("/dead-letters")
        .exits(200)
        .has("There is no dead letter");
    assert_eq!(sink.received().len(), 3);
    let finished = served.end(0);
    assert!(
        finished.stderr.contains("page: forgotten"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_webhook_is_paused_and_resumed_by_name() {
    let sink = Responder::start(|_| Reply::status(204));
    let program = Program::new(&configuration(&sink.url("/c0nfidential-path")));
    let served = serve(&program, &["--store", "store"]);
    let view = "/webhook?name=hook";
    let before = served.get(view).exits(200).has("active</span>");
    let form = format!("token={}&webhook=hook", before.token("/pause"));
    let done = served.post("/pause", "", &form).exits(303);
    assert_eq!(done.header("location"), "/webhook?name=hook&notice=paused");
    let paused = served.get(done.header("location")).exits(200);
    let paused = paused.has("paused</span>").has("Paused since");
    // What was done is said once.
    assert_eq!(paused.header("refresh"), "10; url=/webhook?name=hook");
    // Once more changes nothing, and says so.
    let again = served.post("/pause", "", &form).exits(303);
    assert!(again.header("location").ends_with("notice=unchanged"));
    served.event("{\"event\":\"after:measure\",\"id\":\"m-1\"}");
    served.until("/deliveries?id=m-1", "waiting</span>");
    // Before an event it is asked still.
    let asked = served.event("{\"event\":\"before:adjust\",\"id\":\"a-1\"}");
    assert!(asked.contains("proceeded"), "{asked}");
    let form = format!("token={}&webhook=hook", paused.token("/resume"));
    served.post("/resume", "", &form).exits(303);
    served.until("/deliveries?id=m-1", DELIVERED);
    for wrong in ["nobody", "", "%23hook"] {
        let form = format!("token={}&webhook={wrong}", before.token("/pause"));
        served
            .post("/pause", "", &form)
            .exits(404)
            .has("There is no such webhook");
    }
    let finished = served.end(0);
    for text in ["page: paused", "page: resumed"] {
        assert_eq!(
            finished.stderr.matches(text).count(),
            1,
            "{}",
            finished.stderr
        );
    }
}
