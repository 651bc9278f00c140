//! What a configuration comes to, for whoever has to answer for it: `list`, `show`, `check` and
//! `explain`, at every width.

use crate::support::missing;
use crate::support::program::{Finished, Program, binary};
use serde_json::{Value, json};
use std::process::Command;

const CONFIGURATION: &str = "webhooks:
  - name: approve
    description: Asks the people on call.
    events: [before:adjust, after:adjust]
    url: https://hooks.example.com/hunter2/approve?token=hunter2
    secret: [{env: NEW_KEY}, {file: keys/old}, hunter2]
    signatures: [servo, standard]
    on_error: cancel
    when: '.parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)'
    payload: '{routing_key: \"hunter2\", text: .event}'
    headers: {Authorization: hunter2, X-Team: {env: TEAM}}
    backoff: {max_tries: 240, max_time: 6h}
    timeout: 1m30s
    http_version: '1.1'
  - events: after:measure
    url: http://10.1.2.3:8080/hunter2
    secret: {env: OTHER_KEY}
";

/// Its references lead somewhere.
fn program() -> Program {
    let program = Program::new(CONFIGURATION)
        .variable("NEW_KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .variable("OTHER_KEY", "hunter2-other")
        .variable("TEAM", "hunter2-team");
    std::fs::create_dir(program.path("keys")).unwrap();
    program.write("keys/old", "hunter2-old\n");
    program
}

fn json_of(finished: Finished) -> Value {
    serde_json::from_str(&finished.exits(0).stdout).unwrap()
}

fn contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn list_tells_everything_on_request() {
    let program = program();
    let wide = program.call(&["list", "--wide"]).exits(0).stdout;
    contains_all(
        &wide,
        &[
            "240 in 6h",
            "1m30s",
            "cancel",
            ".parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)",
            "{env: NEW_KEY}",
            "{file: keys/old}",
            "standard",
            "1.1",
            "Authorization",
        ],
    );
    assert!(!wide.contains("hunter2"), "{wide}");
    // In a pipe every webhook's first line holds all of its columns.
    let header = wide.lines().next().unwrap();
    let first = wide.lines().nth(1).unwrap();
    assert!(
        header.starts_with(" #") && header.contains("ON ERROR"),
        "{wide}"
    );
    contains_all(
        first,
        &[
            "approve",
            "https://hooks.example.com",
            "240 in 6h",
            "1m30s",
            "cancel",
        ],
    );

    let listed = json_of(program.call(&["list", "--json"]));
    let webhook = &listed[0];
    for (field, expected) in [
        ("on_error", json!("cancel")),
        ("format", json!("servo")),
        ("signatures", json!(["servo", "standard"])),
        (
            "secrets",
            json!(["{env: NEW_KEY}", "{file: keys/old}", "***"]),
        ),
        ("http_version", json!("1.1")),
        ("timeout", json!(90.0)),
        ("before", json!({"max_tries": 240, "max_time": 21600.0})),
        ("content_type", json!("application/json")),
        (
            "headers",
            json!({"Authorization": "***", "X-Team": "{env: TEAM}"}),
        ),
        ("target", json!("https://hooks.example.com")),
        ("url", json!("https://hooks.example.com/***")),
    ] {
        assert_eq!(webhook[field], expected, "{field}");
    }
    assert!(webhook["when"].as_str().unwrap().contains("any("));
    assert_eq!(listed[1]["when"], Value::Null);
    let defaults = listed[1]["defaults"].as_array().unwrap();
    assert!(defaults.contains(&json!("timeout")) && !defaults.contains(&json!("url")));
    assert!(!listed.to_string().contains("hunter2"), "{listed}");
}

#[test]
fn a_list_fits_into_its_terminal() {
    for (columns, arguments) in [
        ("80", &["list"][..]),
        ("40", &["list"]),
        ("80", &["list", "--wide"]),
        ("40", &["list", "--wide"]),
        ("40", &["show", "0"]),
        ("80", &["show", "0"]),
    ] {
        let shown = program()
            .variable("COLUMNS", columns)
            .call(arguments)
            .exits(0)
            .stdout;
        let columns: usize = columns.parse().unwrap();
        for line in shown.lines() {
            // A word is never broken, so one that is longer than the line stands alone.
            let is_word = !line.trim().contains(' ');
            assert!(
                line.chars().count() <= columns || is_word,
                "{line}\n{shown}"
            );
        }
        contains_all(
            &shown,
            &["approve", "https://hooks.example.com", "240", "6h"],
        );
    }
    let broad = program()
        .variable("COLUMNS", "200")
        .call(&["list"])
        .exits(0)
        .stdout;
    assert_eq!(broad, program().call(&["list"]).exits(0).stdout);
}

#[test]
fn a_terminal_tells_its_own_width() {
    let there = Command::new("script").arg("--version").output();
    if there.is_err() {
        return missing("script");
    }
    let program = program();
    for (columns, is_table) in [(40, false), (160, true)] {
        let line = format!("stty cols {columns}; exec '{}' list", binary().display());
        let mut script = Command::new("script");
        script
            .args(["-qec", &line, "/dev/null"])
            .current_dir(program.path(""))
            .env_remove("COLUMNS")
            .stdin(std::process::Stdio::null());
        let command = program.command(&[]);
        let variables = command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        let output = script.envs(variables).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        assert_eq!(shown.contains("TARGET"), is_table, "{shown}");
        assert!(shown.contains("https://hooks.example.com"), "{shown}");
    }
}

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

const RIGHT: &str = "- {events: after:measure, url: 'https://example.com/', secret: s3cr3t}\n";

#[test]
fn check_takes_a_file_and_can_be_strict() {
    let program = Program::empty();
    program.write("other.yaml", RIGHT);
    assert_eq!(
        program.call(&["check", "other.yaml"]).exits(0).stdout,
        "ok: 1 webhook, no problems\n"
    );
    program.call(&["check", "other.yaml", "--strict"]).exits(0);
    program
        .call(&["check", "other.yaml", "--config", "other.yaml"])
        .exits(2);
    program.call(&["check", "nothing.yaml"]).exits(2);
    program.write("other.yaml", RIGHT.replace("measure", "mesure"));
    program.call(&["check", "other.yaml"]).exits(0);
    let strict = program.call(&["check", "other.yaml", "--strict"]).exits(2);
    assert!(
        strict.stdout.is_empty() && strict.stderr.contains("error: no known event"),
        "{}",
        strict.stderr
    );
    assert!(strict.stderr.contains("--strict"), "{}", strict.stderr);
    let report = program
        .call(&["check", "other.yaml", "--strict", "--json"])
        .exits(2);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(
        (&report["valid"], &report["problems"][0]["severity"]),
        (&json!(false), &json!("error"))
    );
}

/// Line and column of the only problem, and what was said.
fn place(text: &str) -> (u64, u64, String) {
    let program = Program::new(text);
    let shown = program.call(&["check"]).stderr;
    assert!(!shown.contains("hunter2"), "{shown}");
    let report = program.call(&["check", "--json"]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    let problems = report["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{report}");
    let at = |key: &str| problems[0][key].as_u64().unwrap();
    (at("line"), at("column"), shown)
}

fn with(fields: &str) -> String {
    format!("- events: after:measure\n  url: https://example.com/\n  secret: s3cr3t\n{fields}\n")
}

#[test]
fn a_caret_points_into_an_expression() {
    let (line, column, shown) = place(&with("  when: .parameters.metrics | lenght > 1"));
    assert_eq!((line, column), (4, 31));
    contains_all(
        &shown,
        &[
            "when: .parameters.metrics | lenght > 1",
            "^^^^^^ [0].when",
            "did you mean length?",
        ],
    );
    assert!(!shown.contains("column"), "the place says it: {shown}");

    let (line, column, shown) = place(&with("  when: '.a == \"it''s\" | )'"));
    assert_eq!((line, column), (4, 26));
    assert!(shown.contains("expected"), "{shown}");

    let (line, column, shown) = place(&with(
        "  payload: |\n    {key: \"hunter2\",\n     text: .event | uper}",
    ));
    assert_eq!((line, column), (6, 21));
    contains_all(&shown, &["text: .event | uper}", "^^^^ [0].payload"]);

    let (line, column, _) = place(&with("  when: \".a == \\\"x\\\" |\""));
    assert_eq!((line, column), (4, 23));
    let (line, column, _) = place(&with("  when: >-\n    .parameters\n    | lenght"));
    assert_eq!((line, column), (6, 7));
    // The strings of a payload may be keys of whoever receives it.
    let (_, _, shown) = place(&with("  payload: '{key: \"hunter2\", text: uper}'"));
    contains_all(&shown, &["{key: \"*******\", text: uper}"]);
}

#[test]
fn a_field_that_no_event_has_is_pointed_out() {
    let (line, column, shown) = place(&with("  when: .paramters.metrics | length > 1"));
    assert_eq!((line, column), (4, 10));
    contains_all(
        &shown,
        &[
            "warning",
            "\"paramters\"",
            "did you mean parameters?",
            "^^^^^^^^^ [0].when",
        ],
    );
    let (_, column, _) = place(&with("  payload: '{text: .results[0].value.reading}'"));
    assert_eq!(column, 38);
    for fields in [
        "  when: .parameters.of_my_own",
        "  when: .parameters.control.userdata.x",
    ] {
        let checked = Program::new(&with(fields)).call(&["check"]).exits(0);
        assert!(
            checked.stdout.ends_with("no problems\n"),
            "{}",
            checked.stderr
        );
    }
}

#[test]
fn a_condition_that_fails_is_pointed_out() {
    let (line, _, shown) = place(&with("  when: .parameters.metrics + 1 > 2"));
    assert_eq!(line, 4);
    contains_all(
        &shown,
        &[
            "fails for the sample of after:measure",
            "the delivery of such an event fails",
        ],
    );
    let before =
        with("  when: .parameters.adjustments + 1 > 2").replace("after:measure", "before:adjust");
    let (_, _, shown) = place(&before);
    contains_all(
        &shown,
        &[
            "fails for the sample of before:adjust",
            "the webhook is then asked anyway",
        ],
    );
    // What fails in the payload, or is stopped, leaves nobody to ask.
    for field in [
        "payload: 'error(\"late when\")'",
        "when: 'last(range(1e12)) > 0'",
    ] {
        let hook = with(&format!("  {field}")).replace("after:measure", "before:adjust");
        let (_, _, shown) = place(&hook);
        assert!(
            shown.contains("on_error decides for such an event"),
            "{shown}"
        );
    }
    let (_, _, shown) = place(&with("  payload: '{text: (.results + 1)}'"));
    assert!(
        shown.contains("fails for the sample of after:measure"),
        "{shown}"
    );
    // One that does not hold for the sample may hold for others.
    for fields in [
        "  when: .parameters.metrics | length > 100",
        "  when: .id == \"mine\"\n  enabled: false",
    ] {
        let checked = Program::new(&with(fields)).call(&["check"]).exits(0);
        assert!(
            checked.stdout.ends_with("no problems\n"),
            "{}",
            checked.stderr
        );
    }
    let silent = with("  when: error\n  enabled: false");
    let checked = Program::new(&silent).call(&["check"]).exits(0);
    assert!(
        checked.stdout.ends_with("no problems\n"),
        "{}",
        checked.stderr
    );
}

#[test]
fn an_address_that_is_refused_is_pointed_out() {
    for (url, allow) in [
        ("http://127.0.0.1:8080/hunter2", "loopback"),
        ("https://localhost/hunter2", "loopback"),
        ("https://192.168.1.7/hunter2", "private"),
        ("https://[fd00::1]/hunter2", "private"),
        ("http://169.254.169.254/hunter2", "169.254.169.254"),
    ] {
        let text = with("").replace("https://example.com/", url);
        let (line, _, shown) = place(&text);
        assert_eq!(line, 2);
        contains_all(&shown, &["would be refused", &format!("--allow {allow}")]);
        let program = Program::new(&text);
        let allowed = program.call(&["check", "--allow", allow]).exits(0);
        assert!(
            allowed.stdout.ends_with("no problems\n"),
            "{}",
            allowed.stderr
        );
        let explained = program.call(&["explain", "after:measure"]).exits(0).stdout;
        contains_all(
            &explained,
            &["fires", "but refused", &format!("--allow {allow}")],
        );
        let explained = program
            .call(&["explain", "after:measure", "--allow", allow])
            .exits(0)
            .stdout;
        assert!(!explained.contains("refused"), "{explained}");
        let explained = program
            .call(&["explain", "after:measure", "--json"])
            .exits(0);
        let lines = explained.lines();
        let webhook = &lines[0]["webhooks"][0];
        assert_eq!(webhook["fires"], true);
        assert!(
            webhook["refused"].as_str().unwrap().contains(allow),
            "{webhook}"
        );
    }
}

#[test]
fn equal_problems_are_said_once() {
    let webhook =
        "- events: after:measure\n  url: https://example.com/\n  secret: {env: NOT_SET}\n";
    let program = Program::new(&webhook.repeat(3));
    let checked = program.call(&["check"]).exits(0);
    assert_eq!(checked.stdout, "ok: 3 webhooks, 1 warning\n");
    assert_eq!(
        checked.stderr.matches("`NOT_SET` is not set").count(),
        1,
        "{}",
        checked.stderr
    );
    contains_all(
        &checked.stderr,
        &["servo.yaml:3:11", "servo.yaml:6:11", "servo.yaml:9:11"],
    );
    let report = json_of(program.call(&["check", "--json"]));
    assert_eq!(
        report["problems"].as_array().unwrap().len(),
        3,
        "each has its place"
    );
}

#[test]
fn a_placeholder_never_signs() {
    for (secret, write) in [
        ("${SECRET}", "{env: SECRET}"),
        ("$SECRET", "{env: SECRET}"),
        ("$(SECRET)", "{env: SECRET}"),
        ("'{{ SECRET }}'", "{env: SECRET}"),
        ("env:SECRET", "{env: SECRET}"),
        ("file:secrets/key", "{file: PATH}"),
    ] {
        let text = with("").replace("s3cr3t", secret);
        let program = Program::new(&text).variable("SECRET", "s3cr3t");
        let refused = program
            .run("{\"event\": \"after:measure\"}\n", &[])
            .exits(2);
        contains_all(
            &refused.stderr,
            &[
                "servo.yaml:3:11",
                "looks like a placeholder",
                &format!("write {write} "),
            ],
        );
        assert!(
            !refused.stderr.contains("secrets/key"),
            "{}",
            refused.stderr
        );
    }
    let url = with("").replace("https://example.com/", "${URL}");
    contains_all(
        &Program::new(&url).call(&["check"]).exits(2).stderr,
        &["write {env: NAME}"],
    );
    let header = with("  headers: {Authorization: 'Bearer ${TOKEN}'}");
    contains_all(
        &Program::new(&header).call(&["check"]).exits(2).stderr,
        &["holds a placeholder"],
    );
}

#[test]
fn a_line_end_in_a_secret_is_pointed_out() {
    let literal = with("").replace("s3cr3t", "|\n    s3cr3t");
    let (line, _, shown) = place(&literal);
    assert_eq!(line, 4);
    contains_all(&shown, &["warning: holds a line end"]);
    let program =
        Program::new(&with("").replace("s3cr3t", "{env: KEY}")).variable("KEY", "s3cr3t\n");
    let warned = program.call(&["check"]).exits(0).stderr;
    contains_all(
        &warned,
        &[
            "the environment variable `KEY` holds a line end",
            "servo.yaml:3:11",
        ],
    );
    let program = Program::new(&with("").replace("s3cr3t", "{file: key}"));
    program.write("key", "s3cr3t\n");
    assert_eq!(
        program.call(&["check"]).exits(0).stdout,
        "ok: 1 webhook, no problems\n"
    );
    program.write("key", "s3cr3t\n\n");
    contains_all(
        &program.call(&["check"]).exits(0).stderr,
        &["the file `key` holds a line end"],
    );
}
