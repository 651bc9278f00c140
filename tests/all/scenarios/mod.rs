//! The scenarios that every host tells in the same way, told by the real program.

mod comparison;
mod hosted;
mod manners;
mod refusal;
mod requests;
mod responder;
mod signatures;
mod spoilt;
mod story;
mod telling;

use crate::support::{data, has, missing, requires};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use story::Story;

/// So many are told at the same time.
const IN_FLIGHT: usize = 4;
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

/// Tells all of them to the program and says what is wrong, each with its name.
fn tell(stories: &[Story]) -> Vec<String> {
    tell_by(telling::differences, stories)
}

fn tell_by(differences: fn(&Story) -> Vec<String>, stories: &[Story]) -> Vec<String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..IN_FLIGHT {
            scope.spawn(|| {
                while let Some(story) = stories.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let differences = differences(story);
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
    report(&stories, &tell(&stories));
}

/// A store changes when an event counts as accepted, and nothing that a scenario sees.
#[test]
fn every_scenario_is_told_with_a_store() {
    let mut stories = stories();
    stories.retain(telling::is_possible_with_store);
    assert!(stories.len() >= FEWEST, "only {} scenarios", stories.len());
    report(
        &stories,
        &tell_by(telling::differences_with_store, &stories),
    );
}

/// Our own service in `serve --handler`, but for the program around it.
#[test]
fn every_scenario_that_a_service_can_tell_is_told() {
    let mut stories = stories();
    stories.retain(hosted::is_possible);
    assert!(stories.len() >= FEWEST, "only {} scenarios", stories.len());
    report(&stories, &tell_by(hosted::differences, &stories));
}

fn report(stories: &[Story], wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} of {} are told otherwise:\n\n{}",
        wrong.len(),
        stories.len(),
        wrong.join("\n\n")
    );
}

/// What each host does is told from their own lists; this one leaves out nothing.
#[test]
fn the_table_of_hosts_is_not_stale() {
    let own = std::fs::read_to_string(data("hosts/rust.json")).unwrap();
    let own: serde_json::Value = serde_json::from_str(&own).unwrap();
    assert_eq!(own["cannot"], json!({}));
    if !has("python3") {
        return missing("python3");
    }
    let mut check = Command::new("python3");
    check.arg(data("hosts/hosts.py")).arg("--check");
    let output = check.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
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
    let story = json!({"name": "n", "webhooks": [], "steps": [], "expect": {"outcomes": [null]}});
    assert!(!Story::from(story).expects_nothing());
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
