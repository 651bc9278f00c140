//! Filters and pages of lists, and a store with very many deliveries.

use super::{NOW, configuration, serve, store};
use crate::support::program::Program;
use servo_webhooks_store::{
    Answer, AttemptEnd, Decision, DeliveryEnd, NewDelivery, State, StoredBody, Uuid,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ALL: u64 = 100_000;

/// Tells what hangs from what is slow.
const PATIENCE: Duration = Duration::from_secs(60);

fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x0190_0000_0000_7000 + (number << 16), number | 1 << 63)
}

/// One of ten failed; each webhook has one of four; one event before each hundredth.
fn fill(directory: &Path, all: u64) {
    let store = store(directory);
    for number in 0..all {
        let failed = number.is_multiple_of(10);
        let at = NOW + number as i64 / 3;
        let body = StoredBody {
            content: format!("{{\"number\": {number}}}").into(),
            content_type: "application/json".into(),
            ..StoredBody::default()
        };
        let new = NewDelivery {
            trace: None,
            id: id(number),
            webhook: format!("hook-{}", number % 4).into(),
            event: if number.is_multiple_of(2) {
                "after:measure"
            } else {
                "after:adjust"
            }
            .into(),
            event_id: format!("event-{number}.").into(),
            body: Arc::new(body),
            accepted: at,
        };
        while store.accept(vec![new.clone()]).is_err() {
            store.flush(PATIENCE).unwrap();
        }
        if failed {
            store.began(id(number), 1, 0);
            store.attempted(
                id(number),
                AttemptEnd {
                    number: 1,
                    began: at,
                    elapsed: 20,
                    status: Some(500),
                    error: Some("answered with 500".into()),
                    answer: None,
                },
            );
        }
        store.settled(
            id(number),
            DeliveryEnd {
                state: if failed {
                    State::Failed
                } else {
                    State::Delivered
                },
                attempts: 1,
                elapsed: 20,
                status: Some(if failed { 500 } else { 200 }),
                error: failed.then(|| "answered with 500".into()),
                at: at + 20,
            },
        );
        if number % 100 == 0 {
            store.decided(decision(number));
        }
        if number % 1_000 == 0 {
            store.flush(PATIENCE).unwrap();
        }
    }
    store.close(PATIENCE).unwrap();
}

fn decision(number: u64) -> Decision {
    Decision {
        event: "before:adjust".into(),
        event_id: format!("asked-{number}.").into(),
        at: NOW + number as i64,
        elapsed: 3,
        cancelled: number.is_multiple_of(300),
        reason: number.is_multiple_of(300).then(|| "no".into()),
        answers: vec![Answer {
            webhook: "hook-0".into(),
            delivery: None,
            result: if number.is_multiple_of(300) {
                "cancelled"
            } else {
                "proceeded"
            }
            .into(),
            failed_open: false,
            attempts: 1,
            status: Some(200),
            error: None,
            elapsed: 3,
        }],
    }
}

/// The events that all pages of a list name, from the first one on; and how many pages.
fn pages(served: &super::Served, path: &str, most: usize) -> (Vec<String>, usize) {
    let (mut path, mut ids, mut count) = (path.to_owned(), Vec::new(), 0);
    while count < most {
        let page = served.get(&path).exits(200);
        count += 1;
        let found = page.body.split("<span class=\"soft\"><bdi>").skip(1);
        ids.extend(found.map(|rest| rest.split('<').next().unwrap().to_owned()));
        let Some((before, _)) = page.body.split_once("\">Older</a>") else {
            break;
        };
        path = before
            .rsplit("href=\"")
            .next()
            .unwrap()
            .replace("&amp;", "&");
    }
    (ids, count)
}

#[test]
fn pages_follow_one_another_and_filters_hold_on_each() {
    let program = Program::new(&configuration("http://127.0.0.1:9/"));
    fill(&program.path("store"), 1_200);
    let served = serve(&program, &["--store", "store", "--keep", "90d"]);
    let expected = |wanted: &dyn Fn(u64) -> bool| -> Vec<String> {
        let numbers = (0..1_200).rev().filter(|number| wanted(*number));
        numbers.map(|number| format!("event-{number}.")).collect()
    };
    let since = "since=2026-11-28T00%3A00%3A00.100Z&until=2026-11-28T00%3A00%3A00.200Z";
    for (path, wanted) in [
        (
            "/deliveries",
            Box::new(|_| true) as Box<dyn Fn(u64) -> bool>,
        ),
        (
            "/deliveries?state=failed",
            Box::new(|number| number % 10 == 0),
        ),
        ("/dead-letters", Box::new(|number| number % 10 == 0)),
        ("/deliveries?state=waiting", Box::new(|_| false)),
        (
            "/deliveries?webhook=hook-3",
            Box::new(|number| number % 4 == 3),
        ),
        (
            "/dead-letters?webhook=hook-2",
            Box::new(|number| number % 20 == 10),
        ),
        (
            "/deliveries?event=after%3Aadjust",
            Box::new(|number| number % 2 == 1),
        ),
        (
            &format!("/deliveries?{since}"),
            Box::new(|number| (300..600).contains(&number)),
        ),
        ("/deliveries?id=event-77.", Box::new(|number| number == 77)),
        (
            &format!("/deliveries?id={}", id(78)),
            Box::new(|number| number == 78),
        ),
    ] {
        let (ids, _) = pages(&served, path, 100);
        assert_eq!(ids, expected(&wanted), "{path}");
    }
    let (ids, _) = pages(&served, "/decisions", 100);
    let asked: Vec<String> = (0..12)
        .rev()
        .map(|number| format!("asked-{}.", number * 100))
        .collect();
    assert_eq!(ids, asked);
    let (ids, _) = pages(&served, "/decisions?state=cancelled", 100);
    assert_eq!(ids, ["asked-900.", "asked-600.", "asked-300.", "asked-0."]);
    // What the form was filled in with is in it again.
    let filled = served
        .get("/deliveries?state=failed&webhook=hook-2&since=2h")
        .exits(200);
    filled
        .has("value=\"hook-2\"")
        .has("value=\"2h\"")
        .has("<option value=\"failed\" selected>");
    // A place that is none is the beginning.
    for place in ["1", "a.b", ".", "1.2.3"] {
        served
            .get(&format!("/deliveries?before={place}"))
            .exits(200)
            .has("event-1199.");
    }
    served.end(0);
}

/// Each view answers; how fast is printed, and only what hangs is a failure.
#[test]
fn every_view_answers_with_100_000_deliveries() {
    let program = Program::new(&configuration("http://127.0.0.1:9/"));
    fill(&program.path("store"), ALL);
    let served = serve(&program, &["--store", "store", "--keep", "90d"]);
    let one = format!("/delivery?id={}", id(ALL / 2 / 10 * 10));
    let decided = format!("/decision?at={}.1", NOW);
    let deep = format!("/deliveries?before={}.1000000", NOW + 100);
    let mut slowest = (Duration::ZERO, "");
    for (path, text) in [
        ("/", "dead letters"),
        ("/webhook?name=hook", "Newest deliveries"),
        ("/deliveries", "event-99999."),
        (&deep, "Newest"),
        ("/deliveries?state=failed", "event-99990."),
        ("/deliveries?state=waiting", "Nothing fits"),
        ("/deliveries?state=forgotten", "Nothing fits"),
        ("/deliveries?webhook=nobody", "Nothing fits"),
        (
            "/deliveries?webhook=hook-0&event=after%3Aadjust",
            "Nothing fits",
        ),
        ("/deliveries?id=event-5.", "event-5."),
        ("/dead-letters", "event-99990."),
        ("/dead-letters?webhook=hook-2", "event-99990."),
        (&one, "status 500"),
        ("/decisions", "asked-99900."),
        ("/decisions?state=cancelled", "asked-99900."),
        ("/decisions?webhook=nobody", "Nothing fits"),
        (&decided, "asked-0."),
        ("/replay", "10000 deliveries will be sent again"),
        (
            "/forget?webhook=hook-2",
            "5000 deliveries will be forgotten",
        ),
        ("/explain", "Nothing is sent"),
        ("/configuration", "1 webhook"),
    ] {
        let begun = Instant::now();
        served.get(path).exits(200).has(text);
        let took = begun.elapsed();
        println!("{:>5} ms  {path}", took.as_millis());
        if took > slowest.0 {
            slowest = (took, path);
        }
    }
    println!("slowest: {} ms, {}", slowest.0.as_millis(), slowest.1);
    assert!(slowest.0 < PATIENCE);
    let (ids, count) = pages(&served, "/deliveries?state=failed", 20);
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), distinct.len(), count), (1_000, 1_000, 20));
    served.end(0);
}
