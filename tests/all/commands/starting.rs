//! Help, a first configuration, the demonstration, completions and logs.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};

#[test]
fn help_is_printed_without_arguments_and_on_request() {
    let program = Program::empty();
    let finished = program.call(&[]).exits(2);
    assert!(finished.stdout.is_empty() && finished.stderr.contains("Usage: servo-webhooks"));
    let finished = program.call(&["--help"]).exits(0);
    for command in [
        "run",
        "serve",
        "list",
        "show",
        "explain",
        "listen",
        "verify",
        "schema",
        "trigger",
        "generate",
        "check",
        "component",
        "demo",
    ] {
        assert!(
            finished.stdout.contains(&format!("\n  {command} ")),
            "{command}"
        );
        let help = program.call(&[command, "--help"]).exits(0).stdout;
        assert!(
            help.contains(&format!("Usage: servo-webhooks {command}")),
            "{help}"
        );
    }
    assert!(
        finished
            .stdout
            .contains("Exit status: 0 success, 1 failure, 2")
    );
    let version = program.call(&["--version"]).exits(0).stdout;
    assert_eq!(
        version.trim(),
        concat!("servo-webhooks ", env!("CARGO_PKG_VERSION"))
    );
    program.call(&["list", "--nonsense"]).exits(2);
}

#[test]
fn generate_writes_a_file_that_is_not_there_yet() {
    let program = Program::empty();
    let printed = program.call(&["generate"]).exits(0).stdout;
    program
        .call(&["generate", "--output", "servo.yaml"])
        .exits(0);
    let written = std::fs::read_to_string(program.path("servo.yaml")).unwrap();
    assert_eq!(written, printed);
    program.write("servo.yaml", "mine: 1\n");
    let finished = program
        .call(&["generate", "--output", "servo.yaml"])
        .exits(2);
    assert!(
        finished.stderr.contains("servo.yaml"),
        "{}",
        finished.stderr
    );
    assert_eq!(
        std::fs::read_to_string(program.path("servo.yaml")).unwrap(),
        "mine: 1\n"
    );
}

#[test]
fn demo_shows_a_delivery_a_retry_and_a_cancel() {
    let program = Program::empty()
        .variable("HTTP_PROXY", "http://192.0.2.1:1")
        .variable("HTTPS_PROXY", "http://192.0.2.1:1");
    let finished = program.call(&["demo"]).exits(0);
    let parts = [
        "1. A delivery",
        "-> 200 stored",
        "2. A retry",
        "-> 503 busy",
        "attempt 2",
        "3. A veto",
        "nothing was adjusted",
    ];
    let mut rest = finished.stdout.as_str();
    for part in parts {
        rest = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part}: {}", finished.stdout))
            .1;
    }
    assert_eq!(finished.stdout.matches(" verified\n").count(), 4);
    assert!(finished.stderr.is_empty(), "{}", finished.stderr);
    assert!(
        std::fs::read_dir(program.path(""))
            .unwrap()
            .next()
            .is_none(),
        "it leaves no file"
    );
}

#[test]
fn completions_are_scripts_of_their_shells() {
    let program = Program::empty();
    let script = program.call(&["completions", "bash"]).exits(0).stdout;
    program.write("completions.bash", script);
    if crate::support::has("bash") {
        let checked = std::process::Command::new("bash")
            .args(["-n"])
            .arg(program.path("completions.bash"))
            .status();
        assert!(checked.unwrap().success());
    } else {
        crate::support::missing("bash");
    }
    assert!(
        program
            .call(&["completions", "zsh"])
            .exits(0)
            .stdout
            .starts_with("#compdef servo-webhooks")
    );
    program.call(&["completions", "cmd"]).exits(2);
}

#[test]
fn logs_go_to_standard_error_as_text_or_json() {
    let responder = Responder::start(|_| Reply::status(400));
    let program = Program::new(&format!(
        "- {{name: bad, events: 'after:measure', url: '{}', secret: s}}\n",
        responder.url("/hunter2")
    ));
    let event = "{\"event\":\"after:measure\"}\n";
    let finished = program
        .run(event, &["--log-format", "json", "--log-level", "info"])
        .exits(1);
    let logs: Vec<Value> = finished
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let warning = logs
        .iter()
        .find(|log| log["message"] == "not delivered")
        .unwrap();
    assert_eq!(
        (&warning["level"], &warning["webhook"]),
        (&json!("WARN"), &json!("bad"))
    );
    let done = logs.iter().find(|log| log["message"] == "done").unwrap();
    assert_eq!(
        (&done["failed"], &done["delivered"]),
        (&json!(1), &json!(0))
    );
    let finished = program.run(event, &["--log-level", "off"]).exits(1);
    assert!(finished.stderr.is_empty(), "{}", finished.stderr);
    let finished = program.run(event, &["--log-level", "trace"]).exits(1);
    assert!(
        !finished.stderr.contains("hunter2") && !finished.stderr.contains('\u{1b}'),
        "{}",
        finished.stderr
    );
}
