//! The scenarios that every host tells in the same way, told by the real program.

mod comparison;
mod manners;
mod refusal;
mod requests;
mod responder;
mod signatures;
mod story;
mod telling;

use crate::support::{data, has, missing, requires};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use story::Story;

/// So many are told at the same time.
const ABREAST: usize = 4;
/// With fewer of them something is amiss.
const FEWEST: usize = 110;

fn stories() -> Vec<Story> {
    let is_json = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    };
    let folder = std::fs::read_dir(data("scenarios")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| is_json(path));
    files.sort();
    files.iter().flat_map(|path| Story::read(path)).collect()
}

/// Tells all of them and says what is wrong, each with its name.
fn tell(stories: &[Story]) -> Vec<String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..ABREAST {
            scope.spawn(|| {
                while let Some(story) = stories.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let differences = telling::differences(story);
                    if !differences.is_empty() {
                        let report = format!("{story}\n{}", differences.join("\n"));
                        wrong.lock().unwrap().push(report);
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    wrong
}

#[test]
fn every_scenario_is_told() {
    let stories = stories();
    assert!(stories.len() >= FEWEST, "only {} scenarios", stories.len());
    let empty: Vec<_> = stories
        .iter()
        .filter(|story| story.expects_nothing())
        .collect();
    assert!(empty.is_empty(), "these expect nothing: {empty:?}");
    let wrong = tell(&stories);
    let count = wrong.len();
    assert!(
        wrong.is_empty(),
        "{count} of {} are told otherwise:\n\n{}",
        stories.len(),
        wrong.join("\n\n")
    );
}

/// A story that is told right, with one expectation exchanged for a wrong one.
fn changed(pointer: &str, wrong: Value) -> Story {
    let secret = "YS1zZWNyZXQtb2YtMjQtYnl0ZXMtbG9uZw==";
    let mut told = json!({
        "name": format!("{pointer}: {wrong}"),
        "why": "a runner that cannot fail shows nothing",
        "webhooks": [{
            "name": "store", "events": "after:measure", "url": "{responder}/store", "response_channel": "answers",
            "secret": ["s3cr3t", format!("whsec_{secret}")], "signatures": ["servo", "standard"],
        }],
        "steps": [{"event": "after:measure", "id": "m"}, {"event": "measure"}],
        "answers": {"/store": [{"status": 200, "headers": {"Content-Type": "text/plain"}, "body": "thanks"}]},
        "expect": {
            "requests": {"/store": [{
                "headers": {"X-Servo-Event": "after:measure", "x-servo-delivery": "*"}, "absent": ["x-servo-timeout"],
                "version": "1.1", "signed_with": "s3cr3t", "standard": [format!("whsec_{secret}")],
            }]},
            "outcomes": [{"id": "m", "outcome": "accepted", "reason": null, "webhooks": [{"name": "store"}]}, null],
            "deliveries": [{"outcome": "delivered", "status": 200, "error": null}],
            "publications": [{"channel": "answers", "content": "~than"}],
        },
    });
    *told.pointer_mut(pointer).unwrap() = wrong;
    Story::from(told)
}

#[test]
fn wrong_expectations_are_found() {
    assert_eq!(
        tell(&[changed("/name", json!("right"))]),
        Vec::<String>::new()
    );
    let request = "/expect/requests/~1store/0";
    let wrong = [
        (
            format!("{request}/headers/X-Servo-Event"),
            json!("before:measure"),
        ),
        (format!("{request}/headers/x-servo-delivery"), json!(null)),
        (format!("{request}/absent/0"), json!("user-agent")),
        (format!("{request}/version"), json!("2")),
        (format!("{request}/signed_with"), json!("another")),
        (
            format!("{request}/standard/0"),
            json!("whsec_YW5vdGhlci1vbmUtb2YtMjQtYnl0ZXMhIQ=="),
        ),
        (format!("{request}/standard"), json!([])),
        (request.to_owned(), json!({"body": "{}"})),
        ("/expect/requests/~1store".to_owned(), json!([{}, {}])),
        ("/expect/requests".to_owned(), json!({})),
        (
            "/expect/requests".to_owned(),
            json!({"/store": [{}], "/other": [{}]}),
        ),
        ("/expect/outcomes/0/outcome".to_owned(), json!("rejected")),
        ("/expect/outcomes/0/webhooks".to_owned(), json!([])),
        ("/expect/outcomes/0".to_owned(), json!(null)),
        ("/expect/deliveries/0/status".to_owned(), json!(201)),
        ("/expect/deliveries/0/error".to_owned(), json!("*")),
        ("/expect/deliveries".to_owned(), json!([])),
        (
            "/expect/publications/0/content".to_owned(),
            json!("~thank you"),
        ),
        ("/expect/publications".to_owned(), json!([])),
        (
            "/expect".to_owned(),
            json!({"refused": [{"path": "webhooks[0].url", "contains": "http"}]}),
        ),
        ("/answers/~1store/0/status".to_owned(), json!(400)),
        ("/webhooks/0/url".to_owned(), json!("{responder}/elsewhere")),
    ];
    for (pointer, wrong) in wrong {
        let found = tell(&[changed(&pointer, wrong.clone())]);
        assert_eq!(found.len(), 1, "not found: {pointer}: {wrong}");
    }
    let refused = json!({"name": "n", "webhooks": [{"url": 1}], "steps": [], "expect": {
        "refused": [{"path": "webhooks[0].url", "contains": "text"}],
    }});
    assert_eq!(
        tell(&[Story::from(refused)]).len(),
        1,
        "a problem that nobody expects"
    );
}

#[test]
fn a_scenario_that_expects_nothing_is_one() {
    for expect in [
        json!({}),
        json!({"requests": {}, "outcomes": []}),
        json!({"refused": []}),
    ] {
        let story = json!({"name": "n", "webhooks": [], "steps": [], "expect": expect});
        assert!(Story::from(story).expects_nothing(), "{expect}");
    }
    assert!(!changed("/name", json!("n")).expects_nothing());
}

#[test]
fn the_scenarios_come_from_their_script() {
    if !has("python3") {
        return missing("python3");
    }
    if !requires(&["cryptography", "jq"]) {
        return;
    }
    let script = data("scenarios/scenarios.py");
    let output = Command::new("python3")
        .arg(script)
        .arg("--check")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
