//! Commands about a configuration.

use crate::support::program::Program;
use serde_json::{Value, json};

const THREE: &str = "webhooks:
  - name: store
    description: Stores things
    events: [after:measure, before:adjust]
    url: https://example.com/hunter2?token=hunter2
    secret: hunter2
    headers: {Authorization: hunter2}
  - events: after:adjust
    url: https://example.org:8443/hunter2
    secret: hunter2
    enabled: false
    backoff: {max_tries: 3, max_time: 5m}
    timeout: 1m30s
  - {name: news, channels: [a, b], url: 'http://[::1]:8080/hunter2', secret: hunter2, backoff: false}
";

#[test]
fn list_shows_every_webhook_and_no_secret() {
    let program = Program::new(THREE);
    let shown = program.call(&["list"]).exits(0).stdout;
    for part in [
        "store",
        "after:measure",
        "before:adjust",
        "https://example.com ",
        "before: none",
        "after: 12 in 3m",
        "https://example.org:8443",
        "3 in 5m",
        "1m30s",
        "disabled",
        "channel:b",
        "http://[::1]:8080",
        "5s",
    ] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
    assert!(
        !shown.contains("hunter2") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    let rows: Value =
        serde_json::from_str(&program.call(&["list", "--json"]).exits(0).stdout).unwrap();
    let states: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].clone(), row["state"].clone()))
        .collect();
    assert_eq!(
        states,
        [
            (json!("store"), json!("enabled")),
            (json!(null), json!("disabled")),
            (json!("news"), json!("enabled"))
        ]
    );
    assert!(!rows.to_string().contains("hunter2"));
    let finished = Program::new("webhooks: []\n").call(&["list"]).exits(0);
    assert!(
        finished.stdout.contains("no webhooks are configured"),
        "{}",
        finished.stdout
    );
}

#[test]
fn check_says_how_many_and_what_is_wrong() {
    let program = Program::new(THREE).variable("SERVO_WEBHOOKS_ALLOW", "loopback");
    assert_eq!(
        program.call(&["check"]).exits(0).stdout,
        "ok: 3 webhooks, no problems\n"
    );
    let report: Value =
        serde_json::from_str(&program.call(&["check", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(
        report,
        json!({"valid": true, "webhooks": 3, "problems": []})
    );
    program.write("servo.yaml", THREE.replace("after:measure", "after:mesure"));
    let finished = program.call(&["check"]).exits(0);
    assert_eq!(finished.stdout, "ok: 3 webhooks, 1 warning\n");
    assert!(
        finished.stderr.contains("did you mean \"measure\"?"),
        "{}",
        finished.stderr
    );
    program.write(
        "servo.yaml",
        THREE.replace("https://example.com", "example.com"),
    );
    let finished = program.call(&["check", "--json"]).exits(2);
    let report: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(report["valid"], false);
    let problem = &report["problems"][0];
    assert_eq!(
        (&problem["line"], &problem["column"], &problem["path"]),
        (&json!(5), &json!(10), &json!("webhooks[0].url"))
    );
    assert_eq!(
        (&problem["severity"], &problem["file"]),
        (&json!("error"), &json!("servo.yaml"))
    );
    let finished = program.call(&["list"]).exits(2);
    assert!(finished.stdout.is_empty());
}

#[test]
fn a_host_s_own_events_are_known() {
    let program = Program::new("- {events: after:deploy, url: 'https://example.com', secret: s}\n");
    let finished = program.call(&["check"]).exits(0);
    assert!(
        finished.stderr.contains("no known event"),
        "{}",
        finished.stderr
    );
    program.write(
        "events.json",
        r#"{"events": {"deploy": {"parameters": {"type": "object", "required": ["version"]}}}}"#,
    );
    let finished = program
        .call(&["check", "--catalogue", "events.json"])
        .exits(0);
    assert_eq!(finished.stdout, "ok: 1 webhook, no problems\n");
    let described = program
        .call(&[
            "schema",
            "after:deploy",
            "--json",
            "--catalogue",
            "events.json",
        ])
        .exits(0);
    let schema = &described.lines()[0]["schema"];
    assert_eq!(
        schema["$defs"]["parameters"]["required"],
        json!(["version"])
    );
    program.write("events.json", "{\"events\": []}");
    let finished = program
        .call(&["check", "--catalogue", "events.json"])
        .exits(2);
    assert!(
        finished.stderr.contains("events.json"),
        "{}",
        finished.stderr
    );
}

#[test]
fn schema_describes_the_body_of_each_side() {
    let program = Program::new(THREE);
    let finished = program.call(&["schema", "measure", "--json"]).exits(0);
    let [before, after] = <[Value; 2]>::try_from(finished.lines()).unwrap();
    for (described, side) in [(before, "before"), (after, "after")] {
        assert_eq!(
            described["content_type"],
            "application/vnd.opsani.servo-webhooks+json"
        );
        let schema = &described["schema"];
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(
            schema["properties"]["event"]["const"],
            format!("{side}:measure")
        );
        assert!(
            schema["$id"]
                .as_str()
                .unwrap()
                .contains(&format!("{side}:measure"))
        );
        assert_eq!(
            schema["required"],
            json!(["event", "created_at", "results", "id", "parameters"])
        );
    }
    let text = program
        .call(&["schema", "after:measure", "--webhook", "store"])
        .exits(0)
        .stdout;
    assert!(
        text.starts_with(
            "after:measure\nContent-Type: application/vnd.opsani.servo-webhooks+json\n"
        ),
        "{text}"
    );
    let finished = program.call(&["schema", "channel:news"]).exits(2);
    assert!(
        finished
            .stderr
            .contains("a message is sent as it was published"),
        "{}",
        finished.stderr
    );
    let finished = program
        .call(&["schema", "after:measure", "--webhook", "nobody"])
        .exits(2);
    assert!(
        finished.stderr.contains("\"nobody\"") && finished.stderr.contains("store"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_misspelt_event_is_pointed_out() {
    let program = Program::new(THREE);
    for command in [
        &["schema", "after:mesure"][..],
        &["schema", "mesure"],
        &["explain", "after:mesure"],
    ] {
        let finished = program.call(command).exits(0);
        assert!(
            finished.stderr.contains("did you mean \"measure\"?"),
            "{}",
            finished.stderr
        );
    }
    let finished = program.call(&["explain", "after:measure"]).exits(0);
    assert!(finished.stderr.is_empty(), "{}", finished.stderr);
}
