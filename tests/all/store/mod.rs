//! With `--store`: nothing that was accepted is lost, whatever ends the program.

mod answers;
mod copies;
mod counts;
mod crowd;
mod decisions;
mod deliveries;
mod endings;
mod follow;
mod forget;
mod health;
mod history;
mod kills;
mod named;
mod progress;
mod replaced;
mod replay;
mod restarts;
mod seen;
mod served;
mod show;
mod soak;
mod whole;

use crate::support::program::{Program, Running};
use crate::support::responder::Received;
use serde_json::Value;

/// A webhook for every event, by name, that is retried for a long time.
fn configuration(name: &str, url: &str) -> String {
    format!(
        "webhooks:\n  - name: {name}\n    events: [after:measure]\n    url: {url}\n    secret: a-secret-of-some-length\n    backoff: {{max_tries: 50, max_time: 1h}}\n"
    )
}

/// An event after which the webhook is told.
fn event(id: &str) -> String {
    format!("{{\"event\": \"after:measure\", \"id\": \"{id}\", \"results\": []}}\n")
}

fn with_store(program: &Program) -> Running {
    program.start_run(&["--store", "store", "--breaker-hold", "0s"])
}

/// The ids of events that were accepted.
fn accepted(stdout: &str) -> Vec<String> {
    records(stdout, "event", "accepted")
}

/// The ids of events whose records have this type and outcome.
fn records(stdout: &str, kind: &str, outcome: &str) -> Vec<String> {
    let lines = stdout
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .filter(|record: &Value| record["type"] == kind && record["outcome"] == outcome)
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Whether a text is anywhere in the directory of the store.
fn is_on_disk(program: &Program, text: &str) -> bool {
    let files = std::fs::read_dir(program.path("store")).unwrap();
    // The reserve is zeros, and long.
    let files = files.map(|file| file.unwrap().path());
    let mut files = files.filter(|file| !file.ends_with("reserve"));
    files.any(|file| {
        let bytes = std::fs::read(file).unwrap();
        bytes
            .windows(text.len())
            .any(|some| some == text.as_bytes())
    })
}

/// The event's id in a request.
fn event_id(request: &Received) -> String {
    request.json()["id"].as_str().unwrap().to_owned()
}
