//! `store check`, `stats`, `compact`, `export` and `salvage`.

use super::history::{History, text};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_whole_store_is_said_to_be_whole() {
    let history = History::new();
    let said = history.call(&["store", "check"]).exits(0);
    assert_eq!(said.stdout, "ok: the store is whole\n");
    let said = history.records(&["store", "check"]).remove(0);
    assert_eq!(said, json!({"whole": true, "findings": []}));
    // Also beside a process that has it.
    let mut running = history.program.start_run(&["--store", "store"]);
    running.feed("{\"event\": \"after:measure\", \"id\": \"m-2\"}\n");
    running.until("it is settled", |out| out.contains("\"failed\""));
    history.call(&["store", "check"]).exits(0);
    running.close();
    running.finish().exits(1);
}

/// Writes over the middle of each page of the database but the first.
fn damage(history: &History) {
    let file = history.program.path("store/store.db");
    let mut bytes = std::fs::read(&file).unwrap();
    for page in bytes.chunks_mut(4096).skip(4) {
        page[..16].fill(0xff);
    }
    std::fs::write(&file, bytes).unwrap();
}

#[test]
fn a_damaged_store_fails_its_check() {
    let history = History::new();
    damage(&history);
    let said = history.call(&["store", "check"]).exits(1);
    assert!(
        said.stdout.contains("wrong: "),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let said = history.call(&["store", "check", "--json"]).exits(1);
    let said = said.lines().remove(0);
    assert_eq!(said["whole"], false);
    assert!(!said["findings"].as_array().unwrap().is_empty());
}

#[test]
fn stats_count_what_is_there() {
    let history = History::new();
    let stats = history.records(&["store", "stats"]).remove(0);
    let bytes = history.records(&["show", &history.delivery("failed")])[0]["body_bytes"].clone();
    for (name, expected) in [
        ("waiting", json!(0)),
        ("delivered", json!(1)),
        ("dead_letters", json!(1)),
        ("dead_letter_bytes", bytes),
        ("forgotten", json!(0)),
        ("decisions", json!(2)),
    ] {
        assert_eq!(stats[name], expected, "{name}");
    }
    let bad = json!({"waiting": 0, "delivered": 0, "dead_letters": 1, "forgotten": 0});
    assert_eq!(stats["webhooks"]["bad"], bad);
    let size = std::fs::metadata(history.program.path("store/store.db")).unwrap();
    assert!(stats["bytes"].as_u64().unwrap() >= size.len());
    assert!(text(&stats, "oldest") <= text(&stats, "newest"));
}

#[test]
fn compacting_gives_space_back_and_loses_nothing() {
    let filler = "x".repeat(100_000);
    let event = |number: u8| json!({"event": "after:measure", "id": number.to_string(), "parameters": {"filler": filler}});
    let events: String = (0..10)
        .map(|number| event(number).to_string() + "\n")
        .collect();
    let history = History::of(&events, &[]);
    let size = || {
        std::fs::metadata(history.program.path("store/store.db"))
            .unwrap()
            .len()
    };
    history.call(&["forget", "--all"]).exits(0);
    let listed = history.records(&["deliveries"]);
    let before = size();
    assert!(before > 1_000_000, "{before}");
    let said = history.records(&["store", "compact"]).remove(0);
    assert_eq!(said["whole"], true);
    assert_eq!(said["bytes_after"], size());
    assert!(size() < before / 2, "{before} became {}", size());
    assert_eq!(history.records(&["deliveries"]), listed);
    history.call(&["store", "check"]).exits(0);
}

#[test]
fn an_export_has_all_with_the_members_of_other_commands() {
    let history = History::new();
    let exported = history.call(&["store", "export"]).exits(0).lines();
    assert_eq!(exported.len(), 4);
    let listed = [
        history.records(&["deliveries"]),
        history.records(&["decisions"]),
    ]
    .concat();
    for record in &listed {
        let same = |one: &&Value| {
            one["type"] == record["type"]
                && one["id"] == record["id"]
                && one["webhook"] == record["webhook"]
        };
        let exported = exported.iter().find(same).expect("it is exported");
        for (name, value) in record.as_object().unwrap() {
            assert_eq!(exported[name], *value, "{name} of {record}");
        }
    }
    let known = ["type", "attempt_records", "body"];
    for record in &exported {
        let shown = history.records(&["show", &text(record, "id")]);
        let mut shown = shown.iter();
        let shown = shown
            .find(|one| one["type"] == record["type"] && one["webhook"] == record["webhook"])
            .unwrap();
        for (name, value) in record.as_object().unwrap() {
            assert!(
                known.contains(&&**name) || shown[name] == *value,
                "{name} of {record}"
            );
        }
        assert_eq!(shown["attempt_records"], record["attempt_records"]);
    }
    // Bodies only if asked for.
    assert!(exported.iter().all(|record| record["body"] == Value::Null));
    let exported = history
        .call(&["store", "export", "--bodies"])
        .exits(0)
        .lines();
    let failed = exported
        .iter()
        .find(|record| record["state"] == "failed")
        .unwrap();
    let mut sent = history.responder.received().into_iter();
    let sent = sent.find(|one| one.path.starts_with("/bad")).unwrap();
    assert_eq!(
        failed["body"]["text"],
        String::from_utf8(sent.body.to_vec()).unwrap()
    );
}

#[test]
fn what_was_moved_aside_is_salvaged_into_a_new_store() {
    let history = History::new();
    let failed = history.delivery("failed");
    let file = history.program.path("store/store.db");
    let aside = history.program.path("store-corrupt-20261128T001122Z.db");
    std::fs::rename(file, &aside).unwrap();
    let aside = aside.display().to_string();
    let arguments = ["store", "salvage", &aside, "--store", "other", "--json"];
    let said = history.program.call(&arguments).exits(0).lines().remove(0);
    let expected =
        json!({"waiting": 0, "dead_letters": 1, "history": 3, "without_body": 0, "gaps": 0});
    assert_eq!(said, expected);
    let shown = history
        .program
        .call(&["show", &failed, "--store", "other", "--json"]);
    assert_eq!(shown.exits(0).lines()[0]["has_body"], true);
    history
        .program
        .call(&["store", "check", "--store", "other"])
        .exits(0);
    // It is for its owner alone.
    let mode = |name: &str| {
        let file = std::fs::metadata(history.program.path(name)).unwrap();
        file.permissions().mode() & 0o777
    };
    assert_eq!((mode("other"), mode("other/store.db")), (0o700, 0o600));
}

#[test]
fn salvaging_waits_until_no_process_has_the_store() {
    let history = History::new();
    let mut running = history.program.start_run(&["--store", "store"]);
    running.feed("{\"event\": \"after:measure\", \"id\": \"m-2\"}\n");
    running.until("it has the store", |out| out.contains("\"m-2\""));
    let said = history
        .call(&["store", "salvage", "store/store.db"])
        .exits(2);
    assert!(
        said.stderr
            .contains(&format!("process {}", running.child.id())),
        "{}",
        said.stderr
    );
    running.close();
    running.finish().exits(1);
    let said = history.call(&["store", "salvage", "nowhere.db"]).exits(2);
    assert!(said.stderr.contains("nowhere.db"), "{}", said.stderr);
}
