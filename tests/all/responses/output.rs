//! What `listen` shows.

use super::{BIG, MEASURE, ended, listen, responder, servo};
use serde_json::json;

#[test]
fn a_request_is_one_line_with_its_time_and_the_end_a_summary() {
    let program = responder();
    let (running, url) = listen(&program, &["--answer", r"503,cancel:not now\, please,200"]);
    servo(&url, "s3cr3t", ", backoff: {max_tries: 2}")
        .run(&[BIG, MEASURE].concat(), &[])
        .exits(0);
    servo(&url, "wrong", ", backoff: false")
        .run(MEASURE, &[])
        .exits(1);
    let shown = ended(running, 1).stdout;
    let lines: Vec<&str> = shown.lines().collect();
    // HH:MM:SSZ, the event, the delivery, what was found, what was answered.
    let time = |line: &str| {
        let digits = line.get(..8).is_some_and(|time| {
            time.split(':')
                .all(|part| part.len() == 2 && part.parse::<u8>().is_ok())
        });
        assert!(digits && line.get(8..10) == Some("Z "), "{line}");
    };
    lines[..4].iter().for_each(|line| time(line));
    for (line, parts) in lines.iter().zip([
        &["before:adjust", " verified -> 503"][..],
        &["before:adjust", " attempt 2 verified -> 200 cancel: not now, please"],
        &["after:measure", " verified -> 200"],
        &["after:measure", " refused: X-Servo-Signature does not match: signed with a different secret, or the body was changed -> 401"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{parts:?}: {line}");
    }
    assert!(lines[0].len() <= 80 && lines[2].len() <= 80, "{shown}");
    assert_eq!(
        lines[4..],
        [
            "4 requests: 3 verified, 1 refused",
            "  after:measure 2",
            "  before:adjust 2"
        ]
    );
}

#[test]
fn json_has_times_and_a_summary_too() {
    let program = responder();
    let (running, url) = listen(&program, &["--json"]);
    servo(&url, "s3cr3t", "").run(MEASURE, &[]).exits(0);
    let finished = ended(running, 0);
    let request = finished.of_type("request").remove(0);
    let time: jiff::Timestamp = request["time"].as_str().unwrap().parse().unwrap();
    assert!(time > jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(
        (&request["method"], &request["path"]),
        (&json!("POST"), &json!("/hook"))
    );
    let summary = finished.of_type("summary").remove(0);
    assert_eq!(summary["requests"], 1);
    assert_eq!(summary["verified"], 1);
    assert_eq!(summary["refused"], 0);
    assert_eq!(summary["events"], json!({"after:measure": 1}));
    // Nothing came: that is said as well.
    let (running, _) = listen(&program, &[]);
    assert_eq!(ended(running, 0).stdout, "no requests\n");
}
