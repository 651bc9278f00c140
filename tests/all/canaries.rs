//! Canaries: a text of its own for every place that holds a secret, or a body, and none
//! of them in anything that the program says.

use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use crate::support::sabotage::{Fault, sabotage};
use servo_webhooks::Component;
use std::sync::Mutex;

/// Webhooks that each have a full set of secrets.
const WEBHOOKS: [(&str, &str); 9] = [
    ("accepts", "200"),
    ("refuses", "400"),
    ("fails", "503"),
    ("redirects", "302"),
    ("closes", "close"),
    ("hangs", "hang"),
    ("forbidden", "http://10.255.0.1"),
    ("unknown", "http://nowhere.invalid"),
    ("unreachable", "https://127.0.0.1:1"),
];

/// Every canary that was put somewhere.
#[derive(Default)]
struct Canaries(Mutex<Vec<String>>);

impl Canaries {
    /// A new one, named after where it is put.
    fn put(&self, place: &str) -> String {
        let mut all = self.0.lock().unwrap();
        let canary = format!("canary{}{place}", all.len());
        all.push(canary.clone());
        canary
    }

    fn are_not_in(&self, finished: &Finished, what: &str) {
        for canary in self.0.lock().unwrap().iter() {
            for (stream, text) in [("out", &finished.stdout), ("err", &finished.stderr)] {
                assert!(!text.contains(canary), "{what}, {stream}: {canary}\n{text}");
                let upper = canary.to_uppercase();
                assert!(!text.contains(&upper), "{what}, {stream}: {upper}");
            }
        }
        assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    }
}

/// A program with a secret wherever one can be.
fn planted(canaries: &Canaries, responder: &Responder) -> Program {
    let mut program = Program::empty();
    let mut yaml = "webhooks:\n".to_owned();
    for (name, origin) in WEBHOOKS {
        let put = |place: &str| canaries.put(&format!("{name}{place}"));
        let origin = if origin.starts_with("http") {
            origin.to_owned()
        } else {
            responder.url(&format!("/{origin}"))
        };
        let (header, key) = (
            format!("{}_HEADER", name.to_uppercase()),
            format!("{name}.key"),
        );
        program = program.variable(&header, &put("environment"));
        program.write(&key, put("file"));
        yaml += &format!(
            "  - name: {name}\n    events: ['before:adjust', 'after:adjust']\n    channels: news\n    url: '{origin}/{}?token={}#{}'\n    secret: ['{}', '{}', {{file: {key}}}]\n    headers: {{Authorization: 'Bearer {}', X-Token: {{env: {header}}}}}\n    backoff: false\n    timeout: 300ms\n    response_channel: answers\n",
            put("path"),
            put("query"),
            put("fragment"),
            put("key"),
            put("older"),
            put("header")
        );
    }
    let url = canaries.put("url");
    program = program.variable(
        "HIDDEN_URL",
        &format!(
            "https://{url}:443/{}?{}",
            canaries.put("hidden"),
            canaries.put("hiddenquery")
        ),
    );
    program.write("servo.yaml", yaml);
    program
}

fn responder(canaries: &'static Canaries) -> Responder {
    Responder::start(move |request| {
        let body = canaries.put("answer");
        let headers = vec![
            (
                "location".to_owned(),
                format!("http://127.0.0.1:9/{}", canaries.put("location")),
            ),
            ("x-more".to_owned(), canaries.put("answerheader")),
            ("retry-after".to_owned(), canaries.put("retryafter")),
            ("content-type".to_owned(), "text/plain".to_owned()),
        ];
        match request.path.split('/').nth(1) {
            Some("hang") => Reply::Hang,
            Some("close") => Reply::Close,
            Some("200") => Reply::Answer(200, Vec::new(), body.into()),
            Some(status) => Reply::Answer(status.parse().unwrap(), headers, body.into()),
            None => Reply::Close,
        }
    })
}

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

#[test]
fn none_is_seen_in_a_wrong_configuration() {
    let canaries = Canaries::default();
    let put = |place| canaries.put(place);
    for yaml in [
        format!(
            "- {{events: 'before:adjust', url: 'ftp://x/{}', secret: '{}'}}",
            put("path"),
            put("key")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://{}:{}@x/', secret: s}}",
            put("user"),
            put("password")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: ['{}', 3]}}",
            put("key")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: 'whsec_{}'}}",
            put("badkey")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: s, headers: {{'X-A': \"{}\\n\"}}}}",
            put("header")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: s, headers: {{Host: '{}'}}}}",
            put("host")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: {{file: missing}}, headers: {{a: '{}'}}}}",
            put("header")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: s, headers: '{}'}}",
            put("headers")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: '{}'\n  :",
            put("brokenyaml")
        ),
    ] {
        let said = Program::new(&yaml).call(&["check", "--log-level", "trace"]);
        canaries.are_not_in(&said, "check");
        assert!(said.stderr.contains("servo.yaml"), "{}", said.stderr);
    }
}

/// A connector sees the keys while it signs: what it says then is not passed on.
#[test]
fn none_is_seen_in_what_a_hostile_connector_says() {
    let canaries: &'static Canaries = Box::leak(Box::default());
    let responder = responder(canaries);
    for fault in [Fault::EchoSecrets, Fault::TellSecret] {
        let program = planted(canaries, &responder);
        program.write(
            "hostile.wasm",
            sabotage(Component::built_in().bytes(), "sign", &fault),
        );
        for command in [
            &["check"][..],
            &["list"],
            &["trigger", "after:adjust", "accepts", "--allow", "loopback"],
        ] {
            let said = program.call(
                &[
                    command,
                    &["--component", "hostile.wasm", "--log-level", "trace"],
                ]
                .concat(),
            );
            canaries.are_not_in(&said, &format!("{fault:?}, {command:?}"));
        }
        let said = program.run(
            "{\"event\":\"before:adjust\"}\n",
            &["--component", "hostile.wasm", "--log-level", "trace"],
        );
        canaries.are_not_in(&said, &format!("{fault:?}"));
    }
    assert_eq!(responder.received().len(), 0);
}
