//! `forget`: bodies go, and what waits is not sent any more.

use super::history::History;
use super::is_on_disk;
use serde_json::json;

#[test]
fn a_dead_letter_that_is_forgotten_cannot_be_sent_again() {
    let history = History::new();
    let failed = history.delivery("failed");
    let said = history
        .call(&["forget", "--webhook", "bad", "--dry-run"])
        .exits(0);
    assert_eq!(said.stdout, "1 delivery would be forgotten\n");
    assert_eq!(history.records(&["show", &failed])[0]["state"], "failed");
    let said = history.call(&["forget", "--webhook", "bad"]).exits(0);
    assert!(
        said.stdout.starts_with("1 delivery forgotten; the next"),
        "{}",
        said.stdout
    );
    let shown = history.records(&["show", &failed]).remove(0);
    assert_eq!(
        (&shown["state"], &shown["has_body"]),
        (&json!("forgotten"), &json!(false))
    );
    // What is known of it stays.
    assert_eq!(
        (&shown["status"], &shown["attempts"]),
        (&json!(400), &json!(1))
    );
    history.call(&["replay", &failed]).exits(1);
    let said = history.call(&["forget", "--all"]).exits(0);
    assert_eq!(said.stdout, "nothing to forget\n");
}

#[test]
fn what_is_forgotten_is_not_on_disk_any_more() {
    let note = "n0te".repeat(3_000);
    let event =
        format!(r#"{{"event": "after:measure", "id": "m-1", "parameters": {{"note": "{note}"}}}}"#);
    let history = History::of(&format!("{event}\n"), &[]);
    assert!(is_on_disk(&history.program, &note[..400]));
    history.call(&["forget", "--all"]).exits(0);
    assert!(!is_on_disk(&history.program, &note[..40]));
    assert!(is_on_disk(&history.program, "m-1"), "its history stays");
}

#[test]
fn age_is_a_filter() {
    let history = History::new();
    let said = history.call(&["forget", "--older-than", "30d"]).exits(0);
    assert_eq!(said.stdout, "nothing to forget\n");
    let said = history.records(&["forget", "--older-than", "0s"]).remove(0);
    assert_eq!(
        said,
        json!({"deliveries": 1, "dry_run": false, "process": null})
    );
}

#[test]
fn a_running_process_does_not_send_what_was_forgotten() {
    let history = History::new();
    let mut running = history.program.start_run(&["--store", "store"]);
    running.feed("{\"event\": \"after:promote\", \"id\": \"p-1\"}\n");
    let before = history.responder.received().len();
    history.responder.until_received(before + 1);
    running.until("it is accepted", |out| out.contains("\"accepted\""));
    let said = history.call(&["forget", "p-1"]).exits(0);
    let pid = format!("process {} has the store", running.child.id());
    assert!(said.stdout.contains(&pid), "{}", said.stdout);
    // It is settled: nothing is waited for at the end of the input.
    running.close();
    running.finish();
    let shown = history.records(&["show", "p-1"]).remove(0);
    assert_eq!(shown["state"], "forgotten");
}
