//! `trigger`: an event of one's own, what `on_error` makes of a failure, and what is seen
//! while an endpoint hangs.

use crate::support::program::{Program, binary};
use crate::support::responder::{Reply, Responder};
use crate::support::{has, missing};
use serde_json::{Value, json};
use std::process::Command;

const ALLOWED: &str = "SERVO_WEBHOOKS_ALLOW";

/// One that answers with the status that is its path.
fn statuses() -> Responder {
    Responder::start(|request| Reply::status(request.path[1..].parse().unwrap()))
}

#[test]
fn on_error_decides_what_becomes_of_an_event_without_an_answer() {
    let responder = statuses();
    let hook = |name: &str, status: u16, more: &str| {
        format!(
            "- {{name: {name}, events: ['before:adjust', 'after:measure'], url: '{}/{status}', secret: s{more}}}\n",
            responder.url("")
        )
    };
    let configuration = [
        hook("open", 400, ""),
        hook("shut", 400, ", on_error: cancel"),
        hook("busy", 503, ", on_error: cancel, backoff: {max_tries: 3}"),
        hook("gone", 410, ", on_error: cancel"),
        hook("fine", 200, ", on_error: cancel"),
    ]
    .concat();
    let program = Program::new(&configuration).variable(ALLOWED, "loopback");
    for (name, code, effect, decision, on_error, shown) in [
        (
            "open",
            1,
            "failed",
            "proceed",
            "proceed",
            "would happen anyway (on_error: proceed)",
        ),
        (
            "shut",
            1,
            "failed",
            "cancelled",
            "cancel",
            "would be cancelled (on_error: cancel)",
        ),
        (
            "busy",
            1,
            "retry",
            "cancelled",
            "cancel",
            "would be cancelled, if no retry is answered (on_error: cancel)",
        ),
        (
            "gone",
            1,
            "switch_off",
            "cancelled",
            "cancel",
            "would be cancelled (on_error: cancel)",
        ),
        (
            "fine",
            0,
            "proceed",
            "proceed",
            "cancel",
            "the event would happen",
        ),
    ] {
        let finished = program
            .call(&["trigger", "before:adjust", name])
            .exits(code);
        assert!(
            finished.stdout.contains(shown),
            "{name}: {}",
            finished.stdout
        );
        let trial = &program
            .call(&["trigger", "before:adjust", name, "--json"])
            .exits(code)
            .lines()[0];
        assert_eq!(trial["effect"], effect, "{trial}");
        assert_eq!(trial["decision"], decision, "{trial}");
        assert_eq!(trial["on_error"], on_error, "{trial}");
    }
    let finished = program.call(&["trigger", "after:measure", "shut"]).exits(1);
    assert!(!finished.stdout.contains("on_error"), "{}", finished.stdout);
    let trial = &program
        .call(&["trigger", "after:measure", "shut", "--json"])
        .exits(1)
        .lines()[0];
    assert_eq!(
        (&trial["decision"], &trial["on_error"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&trial["webhook"], &trial["name"]),
        (&json!("shut"), &json!("shut"))
    );
    assert_eq!(trial["event"], "after:measure");
    assert!(trial["time"].is_string() && trial["id"].is_string());
}

#[test]
fn an_event_of_one_s_own_is_sent_and_changed() {
    let responder = statuses();
    let program = Program::new(&format!(
        "- {{name: hook, events: ['before:adjust', 'after:measure'], channels: news, url: '{}', secret: s}}\n",
        responder.url("/200")
    ))
    .variable(ALLOWED, "loopback");
    let own = "\u{feff}{\n  \"event\": \"before:adjust\",\n  \"id\": \"mine\",\n  \"parameters\": {\"adjustments\": [{\"component_name\": \"web\", \"setting_name\": \"cpu\", \"value\": 2.50}]}\n}\n";
    program.write("event.json", own);
    let body = || {
        let received = responder.received();
        String::from_utf8(received.last().unwrap().body.to_vec()).unwrap()
    };
    program.call(&["trigger", "--event", "event.json"]).exits(0);
    assert!(
        body().contains("\"value\": 2.50") && body().contains("\"id\":\"mine\""),
        "{}",
        body()
    );
    program
        .call(&[
            "trigger",
            "--event",
            "event.json",
            "hook",
            "--set",
            "parameters.adjustments[0].value=4.25",
            "--set",
            "id=other",
            "--set",
            "parameters.why=by hand",
        ])
        .exits(0);
    let sent: Value = serde_json::from_str(&body()).unwrap();
    assert_eq!(sent["id"], "other");
    assert_eq!(sent["parameters"]["why"], "by hand");
    assert_eq!(
        sent["parameters"]["adjustments"][0]["value"].to_string(),
        "4.25"
    );
    // A sample, too, and a message.
    program
        .call(&[
            "trigger",
            "before:adjust",
            "--set",
            "parameters.adjustments.0.value=9",
        ])
        .exits(0);
    let sent: Value = serde_json::from_str(&body()).unwrap();
    assert_eq!(sent["parameters"]["adjustments"][0]["value"], 9);
    program
        .call(&["trigger", "channel:news", "hook", "--set", "content=hello"])
        .exits(0);
    assert_eq!(body(), "hello");
    // From standard input.
    let mut running = program.start(&["trigger", "--event", "-", "--json"]);
    running.feed("{\"event\": \"after:measure\", \"id\": \"piped\"}");
    running.close();
    let trial = &running.finish().exits(0).lines()[0];
    assert_eq!(
        (&trial["id"], &trial["event"]),
        (&json!("piped"), &json!("after:measure"))
    );

    let seen = responder.received().len();
    program.write(
        "two.jsonl",
        "{\"event\":\"after:measure\"}\n{\"event\":\"after:measure\"}\n",
    );
    program.write("array.json", "[{\"event\":\"after:measure\"}]");
    for (arguments, says) in [
        (&["trigger"][..], "EVENT"),
        (
            &["trigger", "measure"],
            "measure: event needs a before: or after: prefix",
        ),
        (
            &["trigger", "before:adjust", "hook", "--event", "event.json"],
            "only a webhook",
        ),
        (&["trigger", "--event", "missing.json"], "missing.json"),
        (&["trigger", "--event", "two.jsonl"], "run --events"),
        (&["trigger", "--event", "array.json"], "array"),
        (
            &["trigger", "--event", "event.json", "--set", "id.x=1"],
            "--set: id is a text",
        ),
        (
            &[
                "trigger",
                "--event",
                "event.json",
                "--set",
                "parameters.adjustments.7=1",
            ],
            "out of range",
        ),
        (
            &["trigger", "--event", "event.json", "--set", "nonsense"],
            "PATH=VALUE",
        ),
        (
            &["trigger", "--event", "event.json", "--set", "more=1"],
            "unknown field `more`",
        ),
        (
            &[
                "trigger",
                "--event",
                "event.json",
                "--set",
                "event=after:describe",
            ],
            "no webhook listens",
        ),
        (
            &["trigger", "--event", "event.json", "--set", "source=web"],
            "--source",
        ),
        (
            &[
                "trigger",
                "--event",
                "event.json",
                "hook",
                "--set",
                "source=web",
            ],
            "--source",
        ),
    ] {
        let finished = program.call(arguments).exits(2);
        assert!(
            finished.stderr.contains(says),
            "{arguments:?}: {}",
            finished.stderr
        );
    }
    assert_eq!(
        responder.received().len(),
        seen,
        "nothing of these was sent"
    );
}

#[test]
fn a_terminal_shows_for_how_long_an_answer_is_waited_for() {
    if !has("script") {
        return missing("script");
    }
    let responder = Responder::start(|_| Reply::Hang);
    let program = Program::new(&format!(
        "- {{name: hook, events: 'after:measure', url: '{}', secret: s, timeout: 2500ms}}\n",
        responder.url("/")
    ));
    let run = |more: &str| {
        let command = format!(
            "'{}' trigger after:measure --allow loopback {more}",
            binary().display()
        );
        let mut shell = Command::new("script");
        shell
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(program.path(""))
            .env("TERM", "xterm");
        let output = shell.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = run("");
    assert!(said.contains("waiting for hook (1 s of 2.5 s)"), "{said}");
    let shown = said.rfind("\r\x1b[K").unwrap();
    assert!(
        said[shown..].contains("would be retried"),
        "gone before the answer: {said:?}"
    );
    // Neither where nobody looks, nor among lines of JSON.
    assert!(!run("2>/dev/null").contains("waiting"));
    assert!(!run("--log-format json").contains("waiting"));
    let finished = program
        .call(&["trigger", "after:measure", "--allow", "loopback"])
        .exits(1);
    assert!(!finished.stderr.contains("waiting"), "{}", finished.stderr);
}

#[test]
fn who_would_not_be_told_is_tried_and_that_is_said() {
    let responder = statuses();
    let hook = |name: &str, more: &str| {
        format!(
            "- {{name: {name}, events: 'after:measure', url: '{}/200', secret: s{more}}}\n",
            responder.url("")
        )
    };
    let program = Program::new(&(hook("hook", "") + &hook("off", ", enabled: false")))
        .variable(ALLOWED, "loopback");
    program.write(
        "event",
        "{\"event\":\"after:measure\",\"webhook\":\"hook\"}\n",
    );
    for (arguments, says) in [
        (&["after:measure", "hook"][..], None),
        (
            &["before:adjust", "hook"],
            Some("hook does not listen to before:adjust;"),
        ),
        (&["after:measure", "off"], Some("off is disabled;")),
        (&["--event", "event", "hook"], None),
    ] {
        let seen = responder.received().len();
        let finished = program.call(&[&["trigger"][..], arguments].concat());
        let finished = finished.exits(0);
        match says {
            None => assert!(finished.stderr.is_empty(), "{}", finished.stderr),
            Some(says) => assert!(
                finished.stderr.starts_with(&format!("warning: {says}")),
                "{}",
                finished.stderr
            ),
        }
        assert_eq!(responder.received().len(), seen + 1, "{arguments:?}");
    }
}
