//! The responder of the guide, and the rules of `listen`.

use super::block;
use crate::support::program::Program;
use crate::support::{has, missing};
use serde_json::Value;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The responder of the guide, until it is dropped.
struct Script(std::process::Child);

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_responder_vetoes_and_knows_duplicates() {
    if !has("python3") {
        return missing("python3");
    }
    let program = Program::empty();
    program.write("responder.py", block("python", "ThreadingHTTPServer"));
    let port = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let _script = Script(
        Command::new("python3")
            .arg(program.path("responder.py"))
            .arg(port.to_string())
            .env("SERVO_SECRET", "s3cr3t")
            .stdout(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "the responder does not listen");
        std::thread::sleep(Duration::from_millis(5));
    }
    let configuration = |secret: &str| {
        format!(
            "- {{name: approve, events: [before:adjust, after:adjust], url: 'http://127.0.0.1:{port}/', secret: {secret}, backoff: false}}\n"
        )
    };
    program.write("servo.yaml", configuration("s3cr3t"));
    let adjust = |cpu: &str| {
        format!(
            "{{\"event\":\"before:adjust\",\"parameters\":{{\"adjustments\":[{{\"component_name\":\"web\",\"setting_name\":\"cpu\",\"value\":{cpu}}}]}}}}\n"
        )
    };
    let lines = [
        adjust("2.5"),
        adjust("4.5"),
        "{\"event\":\"after:adjust\"}\n".to_owned(),
    ]
    .concat();
    let finished = program.run(&lines, &[]).exits(0);
    let events = finished.of_type("event");
    assert_eq!(
        (&events[0]["outcome"], &events[0]["reason"]),
        (&Value::from("proceed"), &Value::Null)
    );
    assert_eq!(
        (&events[1]["outcome"], &events[1]["reason"]),
        (&Value::from("cancelled"), &Value::from("at most 4 CPUs"))
    );
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "delivered");
    // Another secret is refused.
    program.write("servo.yaml", configuration("wrong"));
    let finished = program.run(&adjust("9"), &[]).exits(0);
    assert_eq!(finished.of_type("event")[0]["webhooks"][0]["status"], 401);
}

#[test]
fn the_rules_of_listen_answer() {
    let program = Program::empty();
    program.write("rules.yaml", block("yaml", "cancel:at most 2 cores"));
    let arguments = [
        "listen",
        "--port",
        "0",
        "--script",
        "rules.yaml",
        "--count",
        "1",
    ];
    let running = program.start(&arguments);
    running.until_logged("(Ctrl-C to end)");
    let said = running.said();
    let (_, rest) = said.split_once("listening on ").unwrap();
    let url = rest.split(' ').next().unwrap();
    let servo = Program::new(&format!(
        "- {{events: before:adjust, url: '{url}/', secret: s}}\n"
    ));
    let event = r#"{"event": "before:adjust", "parameters": {"adjustments": [{"component_name": "web", "setting_name": "cpu", "value": 2.5}]}}"#;
    let finished = servo.run(&format!("{event}\n"), &[]).exits(0);
    assert_eq!(finished.of_type("event")[0]["reason"], "at most 2 cores");
    running.finish().exits(0);
}
