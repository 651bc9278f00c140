//! A store with a history: something was delivered, something failed, an event was vetoed and
//! another one went on without an answer.

use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What nobody may read: in URLs, secrets and headers.
pub const CONFIDENTIAL: &str = "hunter2";

/// What a responder says of a veto.
pub const REASON: &str = "no changes while we launch";

/// Two deliveries, a veto, and an event without an answer.
pub const EVENTS: &str = r#"{"event": "after:measure", "id": "m-1"}
{"event": "before:adjust", "id": "a-1"}
{"event": "before:describe", "id": "d-1"}
"#;

/// A program whose store has that history.
pub struct History {
    pub program: Program,
    pub responder: Responder,
    /// Whether what failed works by now.
    pub works: Arc<AtomicBool>,
    /// What `run` told.
    pub told: Finished,
}

impl History {
    pub fn new() -> Self {
        Self::of(EVENTS, &[])
    }

    /// Of other events, and with more options.
    pub fn of(events: &str, more: &[&str]) -> Self {
        let works = Arc::new(AtomicBool::new(false));
        let is_working = Arc::clone(&works);
        let responder = Responder::start(move |request| {
            let works = is_working.load(Ordering::SeqCst);
            match request.path.split('?').next() {
                Some("/approve") => Reply::cancel(REASON),
                Some("/audit") => Reply::status(500),
                Some("/bad") if !works => Reply::status(400),
                Some("/away") if !works => Reply::status(503),
                _ => Reply::status(200),
            }
        });
        let program = Program::new(&configuration(&responder));
        let told = program.run(events, &[&["--store", "store"], more].concat());
        Self {
            program,
            responder,
            works,
            told: told.exits(1),
        }
    }

    /// From now on everything is answered with 200.
    pub fn mend(&self) {
        self.works.store(true, Ordering::SeqCst);
    }

    /// A command with this store.
    pub fn call(&self, arguments: &[&str]) -> Finished {
        self.program.call(&with_store(arguments))
    }

    /// The records that a command prints as JSON.
    pub fn records(&self, arguments: &[&str]) -> Vec<Value> {
        self.call(&[arguments, &["--json"]].concat())
            .exits(0)
            .lines()
    }

    /// The delivery's id of the one that `run` told of with this outcome.
    pub fn delivery(&self, outcome: &str) -> String {
        let mut deliveries = self.told.of_type("delivery").into_iter();
        let found = deliveries.find(|line| line["outcome"] == outcome).unwrap();
        text(&found, "delivery")
    }
}

/// A command's arguments, and the store.
pub fn with_store<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &["--store", "store"]].concat()
}

/// A member that is a text.
pub fn text(record: &Value, name: &str) -> String {
    record[name].as_str().expect(name).to_owned()
}

/// What people and machines must not be shown.
pub fn is_confidential(finished: &Finished) -> bool {
    let all = format!("{}{}", finished.stdout, finished.stderr);
    all.contains(CONFIDENTIAL)
}

fn configuration(responder: &Responder) -> String {
    let webhook = |name: &str, events: &str, more: &str| {
        let url = responder.url(&format!("/{name}?key={CONFIDENTIAL}"));
        format!(
            "- {{name: {name}, events: '{events}', url: '{url}', secret: {CONFIDENTIAL}, headers: {{X-Key: {CONFIDENTIAL}}}{more}}}\n"
        )
    };
    [
        webhook("good", "after:measure", ""),
        webhook("bad", "after:measure", ""),
        webhook(
            "away",
            "after:promote",
            ", backoff: {max_tries: 99, max_time: 1h}",
        ),
        webhook("approve", "before:adjust", ""),
        webhook("audit", "before:describe", ""),
    ]
    .concat()
}
