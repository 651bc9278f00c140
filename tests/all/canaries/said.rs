//! What the program says while it works.

use super::{Canaries, WEBHOOKS, planted, responder};
use std::sync::Mutex;

#[test]
fn none_is_seen_in_anything_that_is_said() {
    let canaries: &'static Canaries = Box::leak(Box::default());
    let responder = responder(canaries);
    let program = planted(canaries, &responder);
    let put = |place| canaries.put(place);
    // A body is not shown either, but by the commands that are there to show it.
    let events = [
        format!(
            r#"{{"event":"before:adjust","parameters":{{"a":"{}"}}}}"#,
            put("parameters")
        ),
        format!(
            r#"{{"event":"after:adjust","results":[{{"connector":"web","value":{{"error":"Failed","message":"{}"}}}}]}}"#,
            put("results")
        ),
        format!(
            r#"{{"channel":"news","content_type":"text/plain","content":"{}"}}"#,
            put("message")
        ),
        format!(
            r#"{{"event":"after:adjust","parameters":{{"a":"{}"}}"#,
            put("halfaline")
        ),
        format!(
            r#"{{"event":"after:adjust","parametres":"{}"}}"#,
            put("misspelt")
        ),
        format!(
            r#"{{"event":"after:adjust","created_at":"{}"}}"#,
            put("time")
        ),
        put("garbage"),
    ];
    let events = events.join("\n") + "\n";
    let secrets = canaries.0.lock().unwrap().len();
    assert!(secrets >= 60, "{secrets}");
    for level in ["trace", "error"] {
        for format in ["text", "json"] {
            let said = program
                .run(&events, &["--log-level", level, "--log-format", format])
                .exits(1);
            canaries.are_not_in(&said, &format!("run, {level}, {format}"));
            assert!(said.stdout.contains("\"no_answer\""), "{}", said.stdout);
        }
    }
    program.write("events", r#"{"event":"before:adjust"}"#);
    for command in [
        &["list"][..],
        &["list", "--json"],
        &["check"],
        &["explain", "before:adjust"],
        &["explain", "before:adjust", "--json"],
        &["schema", "--openapi"],
        &["schema", "after:adjust", "--webhook", "accepts"],
        &["run", "--events", "events", "--dry-run"],
        &["component"],
    ] {
        let said = program.call(&[command, &["--log-level", "trace"]].concat());
        canaries.are_not_in(&said.exits(0), &command.join(" "));
    }
    for (name, _) in WEBHOOKS {
        for more in [&[][..], &["--json"], &["--print", "curl"]] {
            let command = [
                "trigger",
                "after:adjust",
                name,
                "--allow",
                "loopback",
                "--log-level",
                "trace",
            ];
            let said = program.call(&[&command, more].concat());
            // What `trigger` is for is to show the answer.
            if name != "accepts" || !more.is_empty() {
                let all = canaries.0.lock().unwrap().clone();
                let hidden = Canaries(Mutex::new(
                    all.into_iter()
                        .filter(|canary| !canary.contains("answer"))
                        .collect(),
                ));
                hidden.are_not_in(&said, &format!("trigger {name} {more:?}"));
            }
        }
    }
    assert!(responder.received().len() > 40, "they do go out");
}

#[test]
fn none_is_seen_when_a_proxy_fails() {
    let canaries: &'static Canaries = Box::leak(Box::default());
    let responder = responder(canaries);
    for refusal in ["/closes", "/nowhere"] {
        let address = if refusal == "/nowhere" {
            "127.0.0.1:1".to_owned()
        } else {
            responder.address.to_string()
        };
        let proxy = format!(
            "http://{}:{}@{address}",
            canaries.put("proxyuser"),
            canaries.put("proxyword")
        );
        let program = planted(canaries, &responder)
            .variable("HTTP_PROXY", &proxy)
            .variable("HTTPS_PROXY", &proxy);
        let said = program.run("{\"event\":\"before:adjust\"}\n", &["--log-level", "trace"]);
        canaries.are_not_in(&said, "run through a proxy");
        assert!(said.stdout.contains("no_answer"), "{}", said.stdout);
    }
}
