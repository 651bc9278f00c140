//! A service in a bare container: the program and the libraries that it is linked with, the
//! first process there, with nothing but variables.

use super::{Operator, lines, shows};
use crate::support::program::binary;
use crate::support::signal;
use crate::support::skip;
use crate::support::terminal::{Ended, Terminal};
use serde_json::Value;

/// Its root is an empty disk in memory, without a shell, `/proc`, `/etc` and `/tmp`.
const CONTAINER: &str = r#"
set -e
program=$1; shift
chroot=$(command -v chroot)
mount -t tmpfs none root
cd root
place() { mkdir -p ".$(dirname "$2")"; : >".$2"; mount --bind "$1" ".$2"; }
for library in $(ldd "$program" | grep -o '/[^ ]*'); do place "$library" "$library"; done
place "$program" /servo-webhooks
exec env -i "$@" "$chroot" . /servo-webhooks ${COMMAND-serve}
"#;

const TOKEN: &str = "SERVO_WEBHOOKS_TOKEN=t0ken";
const KEY: &str = "KEY=s3cr3t";

/// Where containers are made.
struct Host(Operator);

impl Host {
    /// None, and it is said, where a container cannot be made or asked.
    fn new() -> Option<Self> {
        let host = Self(Operator::new()?);
        host.0.0.write("container.sh", CONTAINER);
        std::fs::create_dir(host.0.0.path("root")).unwrap();
        for (what, command) in [
            ("curl", "curl --version".to_owned()),
            (
                "a container of namespaces of users, mounts and processes",
                format!("COMMAND= {}", Self::contained("$(command -v env)", &[])),
            ),
        ] {
            let tried = host.0.types(&command);
            if tried.code != Some(0) {
                let why = format!("{what} cannot be had here");
                skip("a service in a bare container", &why);
                return None;
            }
        }
        Some(host)
    }

    fn contained(program: &str, variables: &[&str]) -> String {
        let variables: Vec<String> = variables.iter().map(|text| format!("'{text}'")).collect();
        format!(
            "unshare --user --map-root-user --mount --pid --fork --kill-child sh container.sh \"{program}\" {}",
            variables.join(" ")
        )
    }

    /// Runs a container to its end.
    fn runs(&self, variables: &[&str]) -> Ended {
        let command = Self::contained(&binary().display().to_string(), variables);
        self.0.types(&format!("{command} 2>log"))
    }

    /// Starts one, and gives its terminal, the process's number outside of it, and its address.
    fn starts(&self, variables: &[&str]) -> (Terminal, u32, String) {
        let command = Self::contained(&binary().display().to_string(), variables);
        let command = format!(
            "{command} >records.jsonl 2>log & echo $! >number; wait $!; echo \"it ended with $?\""
        );
        let terminal = self.0.setup().start(&["sh", "-c", &command]);
        let log = self.0.until("log", "an address", |text| {
            text.contains("listening on") && text.ends_with('\n')
        });
        let (_, rest) = log.split_once("listening on http://0.0.0.0:").unwrap();
        let digits = rest.find(|char: char| !char.is_ascii_digit()).unwrap();
        let port = &rest[..digits];
        let outer = self.0.reads("number").trim().to_owned();
        let children = format!("/proc/{outer}/task/{outer}/children");
        let inner = std::fs::read_to_string(children).unwrap();
        (
            terminal,
            inner.trim().parse().unwrap(),
            format!("http://127.0.0.1:{port}"),
        )
    }

    /// Asks with curl: shows the status and the answer.
    fn asks(&self, arguments: &str) -> Ended {
        self.0
            .types(&format!("curl --silent --show-error --include {arguments}"))
            .exits(0)
    }

    /// All of the log, each line of which is an object as it is documented.
    fn log(&self) -> Vec<Value> {
        let log = lines(&self.0.reads("log"));
        for line in &log {
            for key in ["timestamp", "level", "message"] {
                assert!(line[key].is_string(), "{key}: {line}");
            }
        }
        log
    }
}

#[test]
fn a_service_in_a_bare_container() {
    let Some(host) = Host::new() else {
        return;
    };
    let responder = host
        .0
        .listens("--secret env:SERVO_WEBHOOKS_SECRET --answer '200,cancel:not now'");
    let configuration = format!(
        r#"SERVO_WEBHOOKS_CONFIG=[{{"name": "hook", "events": ["after:measure", "before:adjust"], "url": "{0}", "secret": {{"env": "KEY"}}}},
            {{"name": "tls", "events": "after:adjust", "url": "{1}", "secret": {{"env": "KEY"}}, "backoff": false}}]"#,
        responder.url,
        responder.url.replace("http:", "https:"),
    );
    let always = [
        &*configuration,
        "SERVO_WEBHOOKS_BIND=0.0.0.0:0",
        "SERVO_WEBHOOKS_LOG_FORMAT=json",
        "SERVO_WEBHOOKS_LOG=info",
        "SERVO_WEBHOOKS_ALLOW=loopback",
    ];
    let with = |more: &[&'static str]| [&always[..], more].concat();

    // What was forgotten is said before anything is served, as JSON.
    for (variables, says) in [
        (with(&[TOKEN]), "the environment variable `KEY` is not set"),
        (
            with(&[KEY]),
            "a token is required: set --token-file or SERVO_WEBHOOKS_TOKEN",
        ),
        (
            with(&[KEY, TOKEN, "SERVO_WEBHOOKS_DRAIN_TIMEOUT=soon"]),
            "SERVO_WEBHOOKS_DRAIN_TIMEOUT",
        ),
    ] {
        host.runs(&variables).exits(2);
        let log = host.log();
        let said = |line: &Value| line["message"].as_str().unwrap().contains(says);
        assert!(log.iter().any(said), "{says}: {log:?}");
    }

    let (terminal, process, url) = host.starts(&with(&[KEY, TOKEN]));
    // It is the first process of its namespace, and sees nothing of this machine.
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let numbers = status.lines().find(|line| line.starts_with("NSpid:"));
    assert!(numbers.unwrap().ends_with("\t1"), "{status}");
    let environment = std::fs::read_to_string(format!("/proc/{process}/environ")).unwrap();
    assert_eq!(environment.matches('\0').count(), always.len() + 2);

    // Whoever keeps it alive needs no token; whoever sends events does.
    shows(
        &host.asks(&format!("{url}/health")),
        &[
            "HTTP/1.1 200 OK",
            r#""status":"ok""#,
            r#""breakers_open":0"#,
        ],
    );
    let post = |event: &str, more: &str| {
        host.asks(&format!(
            "--header 'Content-Type: application/json' {more} --data '{{\"event\":\"{event}\"}}' {url}/events"
        ))
    };
    let token = "--header 'Authorization: Bearer t0ken'";
    shows(
        &post("after:measure", ""),
        &["401 Unauthorized", "missing header Authorization"],
    );
    shows(
        &post("after:measure", token),
        &["202 Accepted", r#""outcome":"accepted""#],
    );
    host.0.until("records.jsonl", "a delivery", |text| {
        text.contains("\"outcome\":\"delivered\"")
    });
    shows(
        &post("before:adjust", token),
        &["200 OK", r#""outcome":"cancelled","reason":"not now""#],
    );
    // The image has no certificates. What was lost does not fail the end.
    post("after:adjust", token);
    host.0
        .until("log", "a loss", |text| text.contains("not delivered"));

    // As `docker stop` and Kubernetes end it.
    signal(process, "TERM");
    let ended = terminal.finish().exits(0);
    shows(&ended, &["it ended with 0"]);
    let log = host.log();
    let says = |line: &Value, text: &str| line["message"].as_str().unwrap().contains(text);
    assert!(log.iter().any(|line| says(line, "SIGTERM")), "{log:?}");
    let lost = log.iter().find(|line| says(line, "not delivered")).unwrap();
    let why = lost["error"].as_str().unwrap();
    assert!(
        why.contains("needs CA certificates") && why.contains("--ca-file"),
        "{why}"
    );
    let last = log.last().unwrap();
    assert_eq!(
        (&last["message"], &last["delivered"], &last["failed"]),
        (&"done".into(), &1.into(), &1.into())
    );
    let records = lines(&host.0.reads("records.jsonl"));
    assert_eq!(records.len(), 5, "{records:?}");
    for text in [host.0.reads("log"), host.0.reads("records.jsonl")] {
        assert!(
            !text.contains("s3cr3t") && !text.contains("t0ken"),
            "{text}"
        );
    }
    shows(
        &responder.stops().exits(0),
        &["2 requests: 2 verified, 0 refused"],
    );
}
