//! `show`, of one webhook.

use super::{contains_all, json_of, program};
use serde_json::Value;

#[test]
fn show_tells_all_of_one_webhook() {
    let program = program();
    let shown = program.call(&["show", "approve"]).exits(0).stdout;
    contains_all(
        &shown,
        &[
            "approve (#0, enabled)",
            "Asks the people on call.",
            "https://hooks.example.com/***",
            "{file: keys/old}",
            "servo (default)",
            "{routing_key: \"*******\", text: .event}",
            "Authorization: ***",
            "X-Team: {env: TEAM}",
            "max_tries 240, max_time 6h\n",
            "1m30s\n",
            "up to 240 attempts of at most 1m30s each, within 6h, and no longer than --before-budget (30s by default); without an answer the event is cancelled",
            "within 6h; without success the delivery fails",
        ],
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    // What the configuration leaves out is marked.
    let line = |shown: &str, field: &str| {
        let found = shown
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{field} ")));
        found.unwrap().to_owned()
    };
    assert!(!line(&shown, "on_error").contains("default"), "{shown}");
    assert!(
        line(&shown, "channels").ends_with("none (default)"),
        "{shown}"
    );

    let other = program.call(&["show", "1"]).exits(0).stdout;
    contains_all(
        &other,
        &[
            "timeout           5s (default)",
            "on_error          proceed (default)",
            "before an event  never",
            "up to 12 attempts of at most 5s each, within 3m",
            "10.1.2.3 is a private address; allow it with --allow private",
        ],
    );
    let allowed = program
        .call(&["show", "1", "--allow", "private"])
        .exits(0)
        .stdout;
    assert!(line(&allowed, "egress").ends_with("allowed"), "{allowed}");

    let revealed = program
        .call(&["show", "approve", "--reveal"])
        .exits(0)
        .stdout;
    contains_all(
        &revealed,
        &[
            "https://hooks.example.com/hunter2/approve?token=hunter2",
            "Authorization: hunter2",
            "X-Team: hunter2-team",
            "routing_key: \"hunter2\"",
        ],
    );
    assert!(
        !revealed.contains("hunter2-old"),
        "secrets are never shown: {revealed}"
    );

    let record = json_of(program.call(&["show", "1", "--json"]));
    assert_eq!(record["on_error"], "proceed");
    assert_eq!(record["policy"]["before"], Value::Null);
    assert!(
        record["egress"]["refused"]
            .as_str()
            .unwrap()
            .contains("--allow private")
    );
    let record = json_of(program.call(&["show", "approve", "--json", "--reveal"]));
    assert_eq!(record["headers"]["X-Team"], "hunter2-team");
    assert_eq!(record["egress"]["refused"], Value::Null);
    let finished = program.call(&["show", "aprove"]).exits(2);
    assert!(finished.stderr.contains("approve"), "{}", finished.stderr);
}
