//! `GET /health`: what is wrong is told, and no probe fails for it.

use super::{Answer, EVENT, Served, configuration, listening, receive, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};

/// Where nothing listens.
const NOBODY: &str = "http://127.0.0.1:9/";

fn health(served: &Served, headers: &str) -> Answer {
    let answer = served.ask(&format!("GET /health HTTP/1.1\r\n{headers}"), b"");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["status"], "ok");
    answer
}

fn opened(served: &Served, headers: &str) {
    for _ in 0..5 {
        assert_eq!(receive(served.begin(EVENT, headers)).status, 202);
    }
    served.running.until("the breaker opens", |out| {
        out.contains("\"state\":\"open\"")
    });
}

const BREAKS: [&str; 4] = ["--breaker-after", "0s", "--breaker-hold", "1h"];

fn breaking() -> String {
    configuration(NOBODY, "after:measure")
        .replace("secret: s3cr3t", "secret: s3cr3t, backoff: false")
}

#[test]
fn an_outage_is_shown_and_is_no_illness() {
    let program = Program::new(&breaking());
    let served = serve(&program, &BREAKS);
    let well = health(&served, "").body;
    assert_eq!(
        (
            &well["breakers_open"],
            &well["breakers"],
            &well["reload_refused"]
        ),
        (&json!(0), &json!([]), &json!(false))
    );
    opened(&served, "");
    let body = health(&served, "").body;
    assert_eq!(body["breakers_open"], 1);
    let open = json!([{"webhook": "hook", "index": 0, "state": "open"}]);
    assert_eq!(body["breakers"], open);
    // What had failed before does not fail a clean end.
    let finished = served.end(0);
    let failed = |line: &&Value| line["outcome"] == "failed";
    assert!(finished.of_type("delivery").iter().filter(failed).count() >= 5);
}

#[test]
fn names_are_for_those_who_bring_the_token() {
    let program = Program::new(&breaking()).variable("SERVO_WEBHOOKS_TOKEN", "t0ken");
    let served = serve(&program, &BREAKS);
    let token = "Authorization: Bearer t0ken\r\n";
    opened(&served, token);
    let anybody = health(&served, "").body;
    assert_eq!(
        (&anybody["breakers_open"], &anybody["breakers"]),
        (&json!(1), &Value::Null)
    );
    assert!(!anybody.to_string().contains("hook"), "{anybody}");
    assert_eq!(
        health(&served, token).body["breakers"][0]["webhook"],
        "hook"
    );
    served.end(0);
}

#[test]
fn what_is_gone_is_shown_until_a_reload() {
    let sink = Responder::start(|_| Reply::status(410));
    let program = Program::new(&configuration(&sink.url("/"), "after:measure"));
    let served = serve(&program, &[]);
    assert_eq!(served.post(EVENT).status, 202);
    served.running.until_logged("switched off");
    let gone = json!([{"webhook": "hook", "index": 0}]);
    assert_eq!(health(&served, "").body["webhooks_switched_off"], gone);
    served.running.signal("HUP");
    served.running.until_logged("configuration reloaded");
    assert_eq!(health(&served, "").body["switched_off"], 0);
    served.end(0);
}

#[test]
fn a_refused_reload_is_shown_until_one_is_not() {
    let right = configuration(NOBODY, "before:adjust");
    let program = Program::new(&right);
    let served = serve(&program, &[]);
    let reload = |text: &str, says: &str| {
        program.write("servo.yaml", text);
        served.running.signal("HUP");
        served.running.until_logged(says);
    };
    let refused = || health(&served, "").body["reload_refused"].clone();
    reload("- {}\n", "configuration not reloaded");
    until(&refused, true);
    reload(&right, "configuration reloaded");
    until(&refused, false);
    served.end(0);
}

/// It is noted a moment after it is logged.
fn until(refused: &impl Fn() -> Value, expected: bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while refused() != expected {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn the_token_changes_with_its_file() {
    let program = Program::new(&configuration(NOBODY, "before:adjust"));
    program.write("token", "old\n");
    let served = serve(&program, &["--token-file", "token"]);
    let status = |token: &str| {
        let header = format!("Authorization: Bearer {token}\r\n");
        receive(served.begin(EVENT, &header)).status
    };
    let refused = || health(&served, "").body["reload_refused"].clone();
    assert_eq!((status("old"), status("new")), (202, 401));
    program.write("token", "new\n");
    served.running.signal("HUP");
    served.running.until_logged("token reloaded");
    assert_eq!((status("old"), status("new")), (401, 202));
    // One that cannot be used leaves it in force, and is no secret.
    program.write("token", "hunter2 hunter2\n");
    served.running.signal("HUP");
    served
        .running
        .until_logged("the previous token stays in force");
    until(&refused, true);
    assert_eq!(status("new"), 202);
    // A wrong configuration keeps no token from being changed.
    program.write("servo.yaml", "- {}\n");
    program.write("token", "newer\n");
    served.running.signal("HUP");
    served.running.until_logged("configuration not reloaded");
    assert_eq!((status("new"), status("newer")), (401, 202));
    let finished = served.end(0);
    assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
}

#[test]
fn the_file_of_the_token_may_be_named_by_a_variable() {
    let program = Program::new(&configuration(NOBODY, "before:adjust"))
        .variable("SERVO_WEBHOOKS_TOKEN_FILE", "token")
        .variable("SERVO_WEBHOOKS_BIND", "127.0.0.1:0");
    program.write("token", "t0ken");
    let served = listening(program.start(&["serve"]));
    assert_eq!(served.post(EVENT).status, 401);
    let answer = receive(served.begin(EVENT, "Authorization: Bearer t0ken\r\n"));
    assert_eq!(answer.status, 202);
    served.end(0);
}
