//! Options, and the example.

use super::{Notes, both_sides, options, read, start};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use servo_webhooks::{Connector, Event, Webhooks};
use std::process::Command;
use std::time::Duration;

#[test]
fn the_example_runs() {
    let example = crate::support::program::binary()
        .parent()
        .unwrap()
        .join("examples/embed");
    if !example.exists() {
        return crate::support::missing("the example `embed`, which plain `cargo test` builds,");
    }
    let responder = Responder::start(|request| match request.path.as_str() {
        "/cancel" => Reply::cancel("not on a Friday"),
        _ => Reply::status(200),
    });
    for (path, expected) in [
        ("/proceed", "adjusted\n0 deliveries were given up\n"),
        (
            "/cancel",
            "cancelled: not on a Friday\n0 deliveries were given up\n",
        ),
    ] {
        let program = Program::new(&both_sides(&responder.url(path), ""));
        let output = Command::new(&example)
            .current_dir(program.path(""))
            .env("SERVO_WEBHOOKS_ALLOW", "loopback")
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            expected,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(responder.at("/proceed").len(), 2);
    assert_eq!(responder.at("/cancel").len(), 1);
}

#[test]
fn options_that_cannot_work_are_errors_at_the_start() {
    let connector = Connector::built_in().unwrap();
    let start = |options| {
        let configuration = read(&connector, &both_sides("https://example.com/", ""));
        Webhooks::start(configuration, options, ())
    };
    let error = start(options()).unwrap_err();
    assert!(error.is_no_runtime(), "{error}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let mut none = options();
    none.connections = 0;
    let error = start(none).unwrap_err();
    assert!(error.is_options(), "{error}");
    assert!(start(options()).is_ok());
}

#[tokio::test]
async fn a_budget_without_end_is_none_too_long() {
    let responder = Responder::start(|_| Reply::cancel("no"));
    let connector = Connector::built_in().unwrap();
    let mut endless = options();
    endless.before_budget = Duration::MAX;
    endless.breaker_after = Duration::MAX;
    endless.breaker_hold = Duration::MAX;
    let yaml = both_sides(&responder.url("/"), ", backoff: {max_tries: 2}");
    let webhooks = start(&connector, &yaml, endless, &Notes::default());
    let event = Event::new("adjust").unwrap();
    let asked = webhooks.before(&event).await.unwrap();
    assert!(asked.is_cancelled());
}
