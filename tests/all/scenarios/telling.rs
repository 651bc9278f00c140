//! Tells a scenario with the real program, and says what came out otherwise.

use super::comparison::{self, difference, excerpt, in_any_order};
use super::responder::Responder;
use super::story::{Story, line};
use super::{refusal, requests};
use crate::support::program::{Finished, Program, Running};
use crate::support::responder::Received;
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// No step takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What differs from what is expected.
pub fn differences(story: &Story) -> Vec<String> {
    told_with(story, &[])
}

/// The same, of a program that keeps deliveries and decisions on disk.
pub fn differences_with_store(story: &Story) -> Vec<String> {
    told_with(story, &["--store", "store"])
}

/// Whether all of its webhooks have the names that a store needs, and can be read.
pub fn is_possible_with_store(story: &Story) -> bool {
    let webhooks = story.list("webhooks");
    webhooks.iter().all(|webhook| webhook["name"].is_string())
}

fn told_with(story: &Story, more: &[&str]) -> Vec<String> {
    let responder = Responder::start(story.map("answers"));
    let nobody = Nobody::new();
    let place = |text: &str| {
        text.replace("{responder}", &format!("http://{}", responder.address))
            .replace("{nobody}", &format!("http://{}", nobody.address))
    };
    let program = prepare(story, place);
    let mut arguments = vec!["run", "--events", "-"];
    arguments.extend(more);
    for (key, option) in [("source", "--source"), ("before_budget", "--before-budget")] {
        arguments.extend(
            story
                .option(key)
                .into_iter()
                .flat_map(|value| [option, value]),
        );
    }
    if !story.map("catalogue").is_empty() {
        program.write(
            "catalogue.json",
            Value::from(story.map("catalogue")).to_string(),
        );
        arguments.extend(["--catalogue", "catalogue.json"]);
    }
    let mut running = program.start(&arguments);
    let stuck = tell(story, &mut running);
    running.close();
    let finished = running.finish();
    let received = responder.received();

    let mut wrong: Vec<String> = stuck.into_iter().collect();
    wrong.extend(match story.expected("refused") {
        Value::Null => told(story, &finished, &received),
        _ => refusal::differences(story, &finished, &received),
    });
    for secret in story.secrets() {
        if finished.stdout.contains(&secret) || finished.stderr.contains(&secret) {
            wrong.push(difference("what the program says", "no secrets", &secret));
        }
    }
    if !wrong.is_empty() {
        wrong.push(format!("  standard error:\n{}", excerpt(&finished.stderr)));
    }
    wrong
}

/// An origin where nothing listens: a port that is taken and refuses.
pub struct Nobody {
    pub address: SocketAddr,
    _socket: Socket,
}

impl Nobody {
    pub fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        Self {
            address,
            _socket: socket,
        }
    }
}

/// The program in its folder, with its configuration, files and environment.
fn prepare(story: &Story, place: impl Fn(&str) -> String) -> Program {
    let mut webhooks = story.list("webhooks").to_vec();
    for webhook in &mut webhooks {
        if let Some(url) = webhook.get("url").and_then(Value::as_str) {
            webhook["url"] = Value::from(place(url));
        }
    }
    let mut program = Program::new(&json!({ "webhooks": webhooks }).to_string());
    for (name, text) in story.map("files") {
        program.write(&name, place(text.as_str().unwrap()));
    }
    for (name, text) in story.map("environment") {
        program = program.variable(&name, &place(text.as_str().unwrap()));
    }
    program.variable("SERVO_WEBHOOKS_ALLOW", &story.allow())
}

/// Feeds one step after the other, each when the one before is settled; says where it got stuck.
fn tell(story: &Story, running: &mut Running) -> Option<String> {
    let mut outcomes = 0;
    let expected = story.expected_list("outcomes");
    for (at, step) in story.list("steps").iter().enumerate() {
        running.feed(&line(step));
        if expected.get(at).is_none_or(Value::is_null) {
            continue;
        }
        outcomes += 1;
        let deadline = Instant::now() + PATIENCE;
        while !is_settled(&said(running), outcomes) {
            if running.child.try_wait().unwrap().is_some() {
                return Some(difference(
                    &format!("steps[{at}]"),
                    "an outcome",
                    "the program ended",
                ));
            }
            if Instant::now() > deadline {
                return Some(difference(
                    &format!("steps[{at}]"),
                    "settled in time",
                    &excerpt(&said(running)),
                ));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    None
}

/// Standard output so far.
fn said(running: &Running) -> String {
    let said = RefCell::new(String::new());
    running.until("a look at standard output", |out| {
        out.clone_into(&mut said.borrow_mut());
        true
    });
    said.into_inner()
}

/// Whether so many events have an outcome, and each of their deliveries too.
fn is_settled(out: &str, outcomes: usize) -> bool {
    let whole = out.rfind('\n').map_or("", |end| &out[..end]);
    let lines: Vec<Value> = whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of_type = |kind: &'static str| lines.iter().filter(move |line| line["type"] == kind);
    let owed = of_type("event")
        .filter(|event| !event["event"].as_str().unwrap().starts_with("before:"))
        .flat_map(|event| event["webhooks"].as_array().unwrap())
        .filter(|webhook| webhook["outcome"] == "accepted" || webhook["outcome"] == "switched_off")
        .count();
    of_type("event").count() >= outcomes && of_type("delivery").count() >= owed
}

fn told(story: &Story, finished: &Finished, received: &[Received]) -> Vec<String> {
    let mut wrong = requests::differences(story, received);
    let expected = story.expected_list("outcomes");
    let refused = expected.iter().filter(|outcome| outcome.is_null()).count();
    let outcomes: Vec<Value> = expected
        .iter()
        .filter(|outcome| !outcome.is_null())
        .cloned()
        .collect();
    wrong.extend(comparison::differences(
        "outcomes",
        &Value::from(outcomes),
        &Value::from(finished.of_type("event")),
    ));
    let deliveries = finished.of_type("delivery");
    wrong.extend(in_any_order(
        "deliveries",
        story.expected_list("deliveries"),
        &deliveries,
    ));
    let publications = finished.of_type("publish");
    wrong.extend(in_any_order(
        "publications",
        story.expected_list("publications"),
        &publications,
    ));
    wrong.extend(ids(&deliveries, &publications, received));
    let failed = deliveries
        .iter()
        .any(|delivery| delivery["outcome"] != "delivered");
    let code = i32::from(failed || refused > 0);
    if finished.code != Some(code) {
        wrong.push(difference(
            "exit code",
            &code.to_string(),
            &format!("{:?}", finished.code),
        ));
    }
    let bad = finished
        .stderr
        .lines()
        .filter(|line| line.contains("ERROR line "))
        .count();
    if bad < refused {
        wrong.push(difference(
            "refused steps",
            &refused.to_string(),
            &bad.to_string(),
        ));
    }
    wrong
}

/// A delivery has the id of its requests, all of them or none where none could come.
fn ids(deliveries: &[Value], publications: &[Value], received: &[Received]) -> Vec<String> {
    let count = |id: &Value| {
        let carries =
            |request: &&Received| id.as_str() == requests::header(request, "x-servo-delivery");
        received.iter().filter(carries).count() as u64
    };
    let mut wrong = Vec::new();
    for delivery in deliveries {
        let (came, attempts) = (
            count(&delivery["delivery"]),
            delivery["attempts"].as_u64().unwrap(),
        );
        if came != attempts && came != 0 {
            wrong.push(difference(
                "deliveries",
                &format!("{attempts} requests of {delivery}"),
                &came.to_string(),
            ));
        }
    }
    for publication in publications {
        if count(&publication["delivery"]) == 0 {
            wrong.push(difference(
                "publications",
                "the id of a delivery",
                &publication.to_string(),
            ));
        }
    }
    wrong
}
