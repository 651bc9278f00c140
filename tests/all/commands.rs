//! The commands for people: what they print, where, and how they exit.

use crate::support::hmac_sha1;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
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

#[test]
fn trigger_makes_one_marked_attempt_and_shows_what_it_would_do() {
    let responder = Responder::start(|request| match request.path.as_str() {
        "/ok" => Reply::typed(200, "text/plain", "thank you"),
        "/cancel" => Reply::cancel("not now"),
        "/busy" => Reply::status(503),
        "/gone" => Reply::status(410),
        _ => Reply::status(400),
    });
    let hook = |name: &str| {
        format!(
            "- {{name: {name}, events: [before:adjust, after:measure], url: '{}', secret: s}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let names = ["ok", "cancel", "busy", "gone", "bad"];
    let program =
        Program::new(&names.map(hook).concat()).variable("SERVO_WEBHOOKS_ALLOW", "loopback");
    for (name, event, code, effect, shown) in [
        ("ok", "after:measure", 0, "delivered", "delivered"),
        (
            "ok",
            "before:adjust",
            0,
            "proceed",
            "the event would happen",
        ),
        (
            "cancel",
            "before:adjust",
            0,
            "cancel",
            "the event would be cancelled: not now",
        ),
        ("busy", "after:measure", 1, "retry", "would be retried"),
        (
            "gone",
            "after:measure",
            1,
            "switch_off",
            "would be switched off",
        ),
        ("bad", "before:adjust", 1, "failed", "would fail"),
    ] {
        let finished = program.call(&["trigger", event, name]).exits(code);
        assert!(
            finished.stdout.contains(shown),
            "{name}: {}",
            finished.stdout
        );
        let trial = program
            .call(&["trigger", event, name, "--json"])
            .exits(code)
            .lines()
            .remove(0);
        assert_eq!(trial["effect"], effect, "{trial}");
        assert_eq!(trial["name"], name);
        let received = responder.at(&format!("/{name}"));
        let request = received.last().unwrap();
        assert_eq!(request.header("x-servo-trigger"), "manual");
        assert_eq!(request.header("x-servo-attempt"), "1");
        assert_eq!(request.header("x-servo-delivery"), trial["delivery"]);
        assert_eq!(
            request.header("x-servo-signature"),
            hmac_sha1("s", &request.body)
        );
        assert_eq!(request.json()["event"], event);
    }
    assert_eq!(
        responder.received().len(),
        12,
        "never more than one attempt"
    );
    // All that listen, in order; one by its URL; a webhook that does not listen, by name.
    let finished = program
        .call(&["trigger", "after:measure", "--json"])
        .exits(1);
    let triggered: Vec<Value> = finished
        .lines()
        .iter()
        .map(|trial| trial["name"].clone())
        .collect();
    assert_eq!(triggered, names);
    let trial = program
        .call(&["trigger", "after:measure", &responder.url("/ok"), "--json"])
        .exits(0)
        .lines()
        .remove(0);
    assert_eq!(trial["name"], "ok");
    assert_eq!(
        program
            .call(&["trigger", "after:measure", "0", "--json"])
            .exits(0)
            .lines()[0]["name"],
        "ok"
    );
    program.call(&["trigger", "after:describe", "ok"]).exits(0);

    let before = responder.received().len();
    for wrong in [
        &["trigger", "after:describe"][..],
        &["trigger", "after:measure", "nobody"],
        &["trigger", "after:measure", &responder.url("/other")],
        &["trigger", "measure"],
    ] {
        program.call(wrong).exits(2);
    }
    assert_eq!(
        responder.received().len(),
        before,
        "only what is configured is sent to"
    );
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
