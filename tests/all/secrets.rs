//! Secrets, header values and whole URLs are nowhere to be seen.

use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};

/// Each place where a configuration holds a secret, each with one of its own.
const SECRETS: [&str; 6] = [
    "xkeyx", "xolderx", "xpathx", "xqueryx", "xheaderx", "xuserx",
];

fn configuration(origin: &str) -> String {
    format!(
        "webhooks:
  - name: hook
    events: [before:adjust, after:adjust]
    url: {origin}/xpathx?token=xqueryx
    secret: [xkeyx, xolderx]
    headers: {{Authorization: Bearer xheaderx}}
    backoff: false
"
    )
}

fn shows_no_secret(finished: &Finished, what: &str) {
    for secret in SECRETS {
        assert!(
            !finished.stdout.contains(secret),
            "{what}: {secret}\n{}",
            finished.stdout
        );
        assert!(
            !finished.stderr.contains(secret),
            "{what}: {secret}\n{}",
            finished.stderr
        );
    }
}

#[test]
fn no_command_shows_a_secret() {
    let responder = Responder::start(|_| Reply::status(400));
    let program = Program::new(&configuration(&responder.url("")));
    let events = "{\"event\":\"before:adjust\"}\n{\"event\":\"after:adjust\"}\n";
    shows_no_secret(
        &program.run(events, &["--log-level", "trace"]).exits(1),
        "run",
    );
    for command in [
        &["list"][..],
        &["list", "--json"],
        &["check"],
        &["schema", "after:adjust", "--webhook", "hook"],
        &[
            "trigger",
            "after:adjust",
            "--allow",
            "loopback",
            "--log-level",
            "trace",
        ],
        &["trigger", "after:adjust", "--allow", "loopback", "--json"],
        &["trigger", "after:adjust"],
        &["trigger", "after:adjust", "nobody"],
    ] {
        shows_no_secret(&program.call(command), command[0]);
    }
    let received = &responder.received()[0];
    assert_eq!(
        received.header("authorization"),
        "Bearer xheaderx",
        "they do go out"
    );
}

#[test]
fn no_failure_shows_a_secret() {
    for origin in [
        "http://nowhere.invalid",
        "https://127.0.0.1:1",
        "http://192.0.2.1",
        "http://169.254.169.254",
        "http://[::1]:1",
    ] {
        let program = Program::new(&configuration(origin));
        let finished = program.run(
            "{\"event\":\"after:adjust\"}\n",
            &[
                "--log-level",
                "trace",
                "--drain-timeout",
                "0",
                "--allow",
                "::1",
            ],
        );
        shows_no_secret(&finished.exits(1), origin);
    }
}

#[test]
fn no_problem_shows_a_secret() {
    let right = configuration("https://example.com");
    for (part, wrong) in [
        ("https://example.com", "https://xuserx:xuserx@example.com"),
        ("https://example.com", "ftp://example.com"),
        (
            "https://example.com",
            "{env: xkeyx, url: 'https://example.com",
        ),
        ("[xkeyx, xolderx]", "{xkeyx: xolderx}"),
        ("[xkeyx, xolderx]", "[xkeyx, 12, {vault: xolderx}]"),
        ("secret:", "secrets:"),
        ("secret:", "headers: {x-key: xkeyx}\n    secret:"),
        ("Bearer xheaderx", "\"Bearer\\n xheaderx\""),
        ("Authorization", "Cookie"),
        ("Authorization", "Author ization"),
        ("url:", "uri:"),
        ("backoff: false", "backoff: 17"),
        ("backoff: false", "\tbackoff: [xkeyx"),
        ("secret: [", "secret: [*xkeyx, "),
        ("webhooks:", "webhook:"),
    ] {
        let text = right.replace(part, wrong);
        assert_ne!(text, right);
        let program = Program::new(&text);
        for command in [
            &["check"][..],
            &["check", "--json"],
            &["list"],
            &["run", "--events", "-"],
        ] {
            shows_no_secret(&program.call(command).exits(2), wrong);
        }
    }
}
