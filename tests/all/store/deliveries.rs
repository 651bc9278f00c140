//! `deliveries`: what became of each, asked while a process has the store and without one.

use super::history::{History, is_confidential, text, with_store};
use crate::support::program::Program;
use serde_json::{Value, json};

const WAITS: &str = "{\"event\": \"after:promote\", \"id\": \"p-1\"}\n";

#[test]
fn what_run_told_is_what_the_store_tells() {
    let history = History::new();
    let listed = history.records(&["deliveries"]);
    let told = history.told.of_type("delivery");
    assert_eq!((told.len(), listed.len()), (2, 2));
    for told in told {
        let mut same = listed.iter();
        let same = same
            .find(|one| one["delivery"] == told["delivery"])
            .unwrap();
        for name in [
            "type", "event", "id", "webhook", "attempts", "status", "error",
        ] {
            assert_eq!(same[name], told[name], "{name}");
        }
        assert_eq!(same["state"], told["outcome"]);
        // A dead letter is kept to be sent again.
        assert_eq!(same["has_body"], told["outcome"] == "failed");
        assert!(text(same, "accepted") <= text(same, "settled"));
        assert!(text(same, "settled") <= text(&told, "time"), "{same}");
    }
}

#[test]
fn filters_must_hold_all_at_once() {
    let history = History::new();
    let failed = history.delivery("failed");
    for (arguments, expected) in [
        (&["--state", "failed"][..], 1),
        (&["--state", "delivered,failed"], 2),
        (&["--state", "Waiting"], 0),
        (&["--webhook", "bad"], 1),
        (&["--webhook", "nobody"], 0),
        (&["--webhook", "good", "--state", "failed"], 0),
        (&["--event", "after:measure"], 2),
        (&["--event", "after:promote"], 0),
        (&["--since", "1h"], 2),
        (&["--since", "2001-01-01T00:00:00Z"], 2),
        (&["--until", "1h"], 0),
        (&["--since", "2099-01-01T00:00:00Z"], 0),
        (&["--id", "m-1"], 2),
        (&["--id", &failed], 1),
        (&["--id", "m-2"], 0),
        (&["--limit", "1"], 1),
    ] {
        let found = history.records(&[&["deliveries"], arguments].concat());
        assert_eq!(found.len(), expected, "{arguments:?}: {found:?}");
    }
    let cut = history.call(&["deliveries", "--limit", "1"]).exits(0);
    assert!(cut.stderr.contains("--limit shows more"), "{}", cut.stderr);
    let all = history.call(&["deliveries", "--limit", "2"]).exits(0);
    assert_eq!(all.stderr, "");
    let none = history.call(&["deliveries", "--until", "1h"]).exits(0);
    assert_eq!(none.stdout, "no deliveries\n");
}

#[test]
fn people_get_a_table_or_blocks_and_nothing_confidential() {
    let history = History::new();
    let failed = history.delivery("failed");
    let table = history.call(&["deliveries"]).exits(0);
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", table.stdout);
    assert!(lines[0].trim_start().starts_with("ACCEPTED"));
    let row = lines.iter().find(|line| line.contains(&failed)).unwrap();
    let words: Vec<&str> = row.split_whitespace().skip(1).collect();
    let expected = [
        "failed",
        "bad",
        "after:measure",
        "1",
        "400",
        &failed,
        "answered",
        "400",
    ];
    assert_eq!(words, expected);
    let narrow = with_store(&["deliveries"]);
    let narrow = Program::new("").variable("COLUMNS", "60").command(&narrow);
    let mut narrow = narrow;
    let narrow = narrow
        .current_dir(history.program.path(""))
        .output()
        .unwrap();
    let shown = String::from_utf8(narrow.stdout).unwrap();
    assert!(
        shown.contains(&format!("  delivery  {failed}\n")),
        "{shown}"
    );
    for command in [
        &["deliveries"][..],
        &["decisions"],
        &["show", "m-1"],
        &["store", "export", "--bodies"],
    ] {
        assert!(!is_confidential(&history.call(command)), "{command:?}");
    }
}

#[test]
fn what_waits_is_shown_while_a_process_has_the_store() {
    let history = History::new();
    let mut running = history.program.start_run(&["--store", "store"]);
    running.feed(WAITS);
    running.until("it is accepted", |out| out.contains("\"accepted\""));
    // An attempt is made, and the wait after it written down.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let waiting = loop {
        let found = history.records(&["deliveries", "--state", "waiting"]);
        if found.first().is_some_and(|one| one["status"] == 503) {
            break found;
        }
        assert!(std::time::Instant::now() < deadline, "{found:?}");
    };
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["webhook"], "away");
    assert_eq!(waiting[0]["id"], "p-1");
    assert_eq!(waiting[0]["settled"], Value::Null);
    assert!(waiting[0]["due"].is_string(), "{}", waiting[0]);
    let stats = history.records(&["store", "stats"]).remove(0);
    assert_eq!(stats["waiting"], 1);
    assert_eq!(stats["process"]["pid"], running.child.id());
    // The process goes on.
    history.mend();
    running.close();
    running.finish().exits(0);
    let waiting = history.records(&["deliveries", "--state", "waiting"]);
    assert!(waiting.is_empty(), "{waiting:?}");
    let stats = history.records(&["store", "stats"]).remove(0);
    assert_eq!(stats["process"], Value::Null);
}

#[test]
fn without_a_store_it_says_what_to_do() {
    let program = Program::empty();
    let said = program.call(&["deliveries", "--store", "nowhere"]).exits(2);
    assert!(
        said.stderr.contains("no store in nowhere"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("hint: --store names the directory"),
        "{}",
        said.stderr
    );
    let said = program.call(&["deliveries"]).exits(2);
    assert!(said.stderr.contains("--store <DIR>"), "{}", said.stderr);
    let said = program
        .call(&["deliveries", "--store", "s", "--since", "noon"])
        .exits(2);
    assert!(said.stderr.contains("such as 2h"), "{}", said.stderr);
}

#[test]
fn a_variable_names_the_store_and_never_what_one_call_is_about() {
    let history = History::new();
    let program = Program::empty()
        .variable(
            "SERVO_WEBHOOKS_STORE",
            &history.program.path("store").display().to_string(),
        )
        .variable("SERVO_WEBHOOKS_STATE", "waiting")
        .variable("SERVO_WEBHOOKS_LIMIT", "1");
    let listed = program.call(&["deliveries", "--json"]).exits(0);
    assert_eq!(listed.lines().len(), 2);
    program.call(&["store", "check"]).exits(0);
}

#[test]
fn foreign_text_does_nothing_to_a_terminal() {
    let event = json!({"event": "after:measure", "id": "m\u{9b}2J\u{202e}\nx"}).to_string();
    let history = History::of(&(event + "\n"), &[]);
    let id = history.delivery("failed");
    for command in [
        &["deliveries"][..],
        &["deliveries", "--json"],
        &["show", &id],
        &["show", &id, "--json"],
        &["store", "export", "--bodies"],
    ] {
        let shown = history.call(command).exits(0).stdout;
        let tricks = shown
            .chars()
            .find(|char| rules::sanitize::is_unseen(*char) && *char != '\n');
        assert_eq!(tricks, None, "{command:?}: {shown}");
    }
}
