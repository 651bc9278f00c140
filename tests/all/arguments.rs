//! What is written on the command line, and how its help looks.

use crate::support::program::Program;

const COMMANDS: [&str; 19] = [
    "",
    "run",
    "serve",
    "list",
    "deliveries",
    "decisions",
    "replay",
    "forget",
    "store",
    "schema",
    "explain",
    "trigger",
    "listen",
    "verify",
    "generate",
    "check",
    "component",
    "demo",
    "completions",
];

#[test]
fn help_fits_its_terminal_and_breaks_no_word() {
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    for command in COMMANDS {
        let help = |columns: &str| {
            let program = Program::empty().variable("COLUMNS", columns);
            let arguments: Vec<&str> = [command, "--help"]
                .into_iter()
                .filter(|word| !word.is_empty())
                .collect();
            program.call(&arguments).exits(0).stdout
        };
        let wide = words(&help("400"));
        for columns in [40, 80] {
            let narrow = help(&columns.to_string());
            for line in narrow.lines() {
                // What has no blank in it cannot be broken.
                let indent = line.len() - line.trim_start().len();
                let fits = line.chars().count() <= columns
                    || line[indent..]
                        .split("  ")
                        .all(|part| !part.trim().contains(' '));
                let usage = ["Usage:", "servo-webhooks ", "-"]
                    .iter()
                    .any(|start| line.trim_start().starts_with(start));
                assert!(fits || usage, "{command} at {columns}: {line}");
            }
            assert_eq!(words(&narrow), wide, "{command} at {columns}");
        }
    }
}

#[test]
fn what_is_allowed_may_be_written_in_any_case_and_is_asked_about() {
    let program = Program::new("[]\n");
    let said = |item: &str, code| {
        program
            .call(&["run", "--events", "-", "--allow", item])
            .exits(code)
            .stderr
    };
    for item in [
        "Loopback",
        "PRIVATE",
        "10.0.0.0/8, ::1",
        "localhost",
        "responder.",
        "a.example",
        "",
    ] {
        let said = said(item, 0);
        assert!(!said.contains("host name"), "{item}: {said}");
    }
    for (item, meant) in [
        ("privat", "private"),
        ("Loopbak", "loopback"),
        ("locahlost", ""),
    ] {
        if meant.is_empty() {
            // Far from both words: taken, and asked about.
            assert!(said(item, 0).contains("write \"locahlost.\" to say so"));
            continue;
        }
        let said = said(item, 2);
        assert!(said.contains(&format!("did you mean `{meant}`?")), "{said}");
        assert!(
            said.contains(&format!("Write \"{item}.\" for a host of that name")),
            "{said}"
        );
    }
    assert!(said("responder", 0).contains("\"responder\" is taken as a host name"));
    assert!(said("a b", 2).contains("is not a CIDR"));
}

#[test]
fn an_address_that_is_none_says_how_to_write_it() {
    let program = Program::new("[]\n");
    for command in ["serve", "listen"] {
        let finished = program.call(&[command, "--bind", "8081"]).exits(2);
        assert!(
            finished.stderr.contains("such as 127.0.0.1:8081"),
            "{}",
            finished.stderr
        );
    }
}

#[test]
fn a_variable_with_nonsense_is_named_without_its_value() {
    let program = Program::new("[]\n").variable("SERVO_WEBHOOKS_LOG", "hunter2");
    let finished = program.call(&["list"]).exits(2);
    assert_eq!(
        finished.stderr,
        "error: SERVO_WEBHOOKS_LOG: must be one of off, error, warn, info, debug, trace\n"
    );
    let program = Program::new("[]\n").variable("SERVO_WEBHOOKS_LOG", "INFO");
    program.call(&["list"]).exits(0);
    let program = program.variable("SERVO_WEBHOOKS_ALLOW", "hunter2.example");
    let finished = program.call(&["run"]).exits(2);
    assert!(
        finished.stderr.contains("--events <FILE|->"),
        "{}",
        finished.stderr
    );
    assert!(
        !finished.stderr.contains("--allow") && !finished.stderr.contains("hunter2"),
        "{}",
        finished.stderr
    );
}
