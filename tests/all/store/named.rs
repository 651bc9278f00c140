//! With a store each webhook needs a name.

use crate::support::program::Program;

const UNNAMED: &str = "- {events: after:measure, url: 'https://example.com/', secret: s}\n- {name: other, events: after:measure, url: 'https://example.com/', secret: s}\n- {enabled: false, events: after:measure, url: 'https://example.com/', secret: s}\n";

#[test]
fn check_says_which_have_none_and_where() {
    let program = Program::new(UNNAMED);
    program.call(&["check"]).exits(0);
    let checked = program
        .call(&["check", "--store", "store", "--json"])
        .exits(2);
    let report = checked.lines().remove(0);
    let problems = report["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{report}");
    assert_eq!(problems[0]["line"], 1);
    assert_eq!(problems[0]["severity"], "error");
    let why = problems[0]["message"].as_str().unwrap();
    assert!(
        why.contains("has no name") && why.contains("store"),
        "{why}"
    );
    // It looks at nothing else, and makes nothing.
    assert!(!program.path("store").exists());
    program.write(
        "servo.yaml",
        UNNAMED.replacen("events", "name: one, events", 1),
    );
    program.call(&["check", "--store", "store"]).exits(0);
}

#[test]
fn what_delivers_says_it_at_the_start() {
    let program = Program::new(UNNAMED);
    let serve = ["serve", "--bind", "127.0.0.1:0", "--store", "store"];
    for said in [program.call(&serve), program.run("", &["--store", "store"])] {
        let said = said.exits(2);
        assert!(
            said.stderr.contains("#0") && said.stderr.contains("name"),
            "{}",
            said.stderr
        );
    }
    assert!(!program.path("store").exists());
}
