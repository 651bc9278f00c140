//! What `listen` shows, saves, decides by rules, and passes on to others.

use crate::support::program::{Finished, Program, Running};
use crate::support::responder::{Reply, Responder};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const MEASURE: &str = "{\"event\":\"after:measure\",\"id\":\"m\"}\n";
const BIG: &str = "{\"event\":\"before:adjust\",\"id\":\"a\",\"parameters\":{\"adjustments\":[{\"component_name\":\"web\",\"setting_name\":\"cpu\",\"value\":4}]}}\n";
const SMALL: &str = "{\"event\":\"before:adjust\",\"id\":\"b\",\"parameters\":{\"adjustments\":[{\"component_name\":\"web\",\"setting_name\":\"cpu\",\"value\":1}]}}\n";

fn listen(program: &Program, more: &[&str]) -> (Running, String) {
    let first = ["listen", "--port", "0", "--secret", "env:SECRET"];
    let running = program.start(&[&first[..], more].concat());
    running.until_logged("(Ctrl-C to end)");
    let said = running.said();
    let (_, rest) = said.split_once("listening on ").unwrap();
    let url = rest.split(' ').next().unwrap().to_owned();
    (running, url)
}

fn responder() -> Program {
    Program::empty()
        .variable("SECRET", "s3cr3t")
        .variable("OTHER", "other")
}

/// A servo whose one webhook goes there.
fn servo(url: &str, secret: &str, more: &str) -> Program {
    Program::new(&format!(
        "- {{name: hook, events: ['before:*', 'after:*'], url: '{url}/hook', secret: {secret}{more}}}\n"
    ))
}

fn ended(running: Running, code: i32) -> Finished {
    running.signal("INT");
    running.finish().exits(code)
}

fn files(program: &Program, folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(program.path(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

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

#[test]
fn a_saved_request_is_what_verify_reads() {
    let program = responder();
    let (running, url) = listen(&program, &["--save", "saved/requests"]);
    let events = [MEASURE, BIG, MEASURE].concat();
    servo(&url, "s3cr3t", "").run(&events, &[]).exits(0);
    servo(&url, "other", ", backoff: false")
        .run(MEASURE, &[])
        .exits(1);
    ended(running, 1);
    let files = files(&program, "saved/requests");
    assert_eq!(files.len(), 4);
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert!(files.iter().all(|file| mode(file) == 0o600));
    assert_eq!(mode(&program.path("saved/requests")), 0o700);
    for (file, secret, code) in [
        (&files[0], "env:SECRET", 0),
        (&files[0], "env:OTHER", 1),
        // The last by its name is the last that came.
        (&files[3], "env:OTHER", 0),
    ] {
        let path = file.display().to_string();
        program
            .call(&["verify", &path, "--secret", secret])
            .exits(code);
    }
    // Several at once, each told apart.
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let arguments: Vec<&str> = names.iter().map(String::as_str).collect();
    let arguments = [&["verify", "--secret", "env:SECRET"], &arguments[..]].concat();
    let finished = program.call(&arguments).exits(1);
    let told: Vec<&str> = finished.stdout.lines().collect();
    let verified = |name: &String| format!("{name}: verified: X-Servo-Signature");
    assert_eq!(
        told[..3],
        names[..3].iter().map(verified).collect::<Vec<_>>()
    );
    let wrong = format!(
        "{}: not verified: X-Servo-Signature does not match",
        names[3]
    );
    assert!(told[3].starts_with(&wrong), "{}", told[3]);
    let records = program
        .call(&[&arguments[..], &["--json"]].concat())
        .exits(1)
        .lines();
    assert_eq!(
        (&records[3]["file"], &records[3]["verified"]),
        (&json!(names[3]), &json!(false))
    );
    let saved = std::fs::read_to_string(&files[3]).unwrap();
    assert!(saved.starts_with("POST /hook HTTP/1.1\r\n"), "{saved}");
    assert!(
        files[3]
            .display()
            .to_string()
            .ends_with("-after_measure.http")
    );
    // From standard input, whole or in parts.
    let from_input = |arguments: &[&str], input: &str, code| {
        let secret = ["--secret", "env:OTHER"];
        let mut running = program.start(&[&["verify"], arguments, &secret].concat());
        running.feed(input);
        running.close();
        running.finish().exits(code)
    };
    from_input(&["-"], &saved, 0);
    let (head, body) = saved.split_once("\r\n\r\n").unwrap();
    program.write("head", head);
    program.write("body", body);
    from_input(&["--headers", "head", "--body", "-"], body, 0);
    from_input(&["--headers", "-", "--body", "body"], head, 0);
    let finished = from_input(&["--headers", "-", "--body", "-"], "", 2);
    assert!(
        finished
            .stderr
            .contains("--headers and --body cannot both be standard input"),
        "{}",
        finished.stderr
    );
    program
        .call(&["verify", "head", "--body", "body", "--secret", "env:OTHER"])
        .exits(2);
    let finished = program
        .call(&["verify", "head", "--secret", "env:OTHER"])
        .exits(2);
    assert!(
        finished.stderr.contains("no empty line"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_request_that_cannot_be_saved_is_told_and_answered() {
    let program = responder();
    let (running, url) = listen(&program, &["--save", "saved"]);
    // As with a full disk: there is no place for files any more.
    std::fs::remove_dir(program.path("saved")).unwrap();
    program.write("saved", "");
    servo(&url, "s3cr3t", "").run(MEASURE, &[]).exits(0);
    let shown = ended(running, 1).stdout;
    assert!(shown.contains("verified -> 200"), "{shown}");
    assert!(shown.contains("  warning: not saved: saved/"), "{shown}");
    assert!(shown.contains("  1 could not be saved"), "{shown}");
    // What cannot be a directory is told at the start.
    let finished = program
        .call(&["listen", "--port", "0", "--save", "saved"])
        .exits(2);
    assert!(
        finished.stderr.contains("--save saved"),
        "{}",
        finished.stderr
    );
}

#[test]
fn rules_answer_by_what_is_asked() {
    let program = responder();
    program.write(
        "rules.yaml",
        r#"
- when: .event == "before:adjust" and (.body.parameters.adjustments | any(.value > 2))  # too many
  answer: cancel:at most 2 cores
- when: .body.nothing[]
  answer: 500
- when: .headers["x-servo-attempt"] == "1" and .event == "after:measure" and .verified
  answer: 503,429
"#,
    );
    let (running, url) = listen(
        &program,
        &["--script", "rules.yaml", "--json", "--answer", "204"],
    );
    let servo = servo(&url, "s3cr3t", ", backoff: {max_tries: 2}");
    let finished = servo.run(&[BIG, SMALL].concat(), &[]).exits(0);
    let outcomes: Vec<Value> = finished
        .of_type("event")
        .iter()
        .map(|event| json!([event["outcome"], event["reason"]]))
        .collect();
    assert_eq!(
        outcomes,
        [
            json!(["cancelled", "at most 2 cores"]),
            json!(["proceed", null])
        ]
    );
    servo.run(MEASURE, &[]).exits(0);
    let finished = ended(running, 0);
    let answers: Vec<Value> = finished
        .of_type("request")
        .iter()
        .map(|request| json!([request["answer"], request["rule"]]))
        .collect();
    assert_eq!(
        answers,
        [
            json!(["200 cancel: at most 2 cores", "rules.yaml:2"]),
            json!(["204", null]),
            json!(["503", "rules.yaml:6"]),
            json!(["204", null]),
        ]
    );
    // A condition that fails decides nothing, and is told.
    let warnings = &finished.of_type("request")[1]["warnings"];
    let warning = warnings[0].as_str().unwrap();
    assert!(
        warning.starts_with("the rule at rules.yaml:4 failed: "),
        "{warning}"
    );
}

#[test]
fn wrong_rules_are_all_pointed_out_before_anything_is_answered() {
    let program = responder();
    for (rules, told) in [
        (
            "- {when: '.a |||', answer: 200}\n- {when: nope, answer: 200}\n",
            &["rules:1:10: ", "rules:2:10: ", "nope"][..],
        ),
        (
            "- {when: true, answer: maybe}\n- {wen: true}\n",
            &[
                "rules:1:24: write a status",
                "rules:2:4: unknown key \"wen\"",
                "`answer` is missing",
            ],
        ),
        ("- {answer: forward}\n", &["needs --forward-to URL"]),
        ("a: 1\n", &["rules:1:1: rules are a YAML list"]),
        ("[]\n", &["there are no rules"]),
    ] {
        program.write("rules", rules);
        let finished = program
            .call(&["listen", "--port", "0", "--script", "rules"])
            .exits(2);
        for part in told {
            assert!(
                finished.stderr.contains(part),
                "{part}: {}",
                finished.stderr
            );
        }
        assert!(
            !finished.stderr.contains("parameters"),
            "{}",
            finished.stderr
        );
    }
}

#[test]
fn verified_requests_are_forwarded_unchanged_and_answers_relayed() {
    let behind = Responder::start(|request| match request.json()["event"].as_str() {
        Some("before:adjust") => Reply::cancel("the other one says no"),
        _ => Reply::status(503),
    });
    let program = responder();
    let (running, url) = listen(
        &program,
        &[
            "--forward-to",
            &behind.url("/"),
            "--answer",
            "forward,forward,204",
        ],
    );
    let finished = servo(&url, "s3cr3t", ", backoff: {max_tries: 2}")
        .run(&[BIG, MEASURE].concat(), &[])
        .exits(0);
    assert_eq!(
        finished.of_type("event")[0]["reason"],
        "the other one says no"
    );
    servo(&url, "wrong", ", backoff: false")
        .run(MEASURE, &[])
        .exits(1);
    let received = behind.received();
    assert_eq!(received.len(), 2, "what does not verify is not forwarded");
    assert_eq!(received[0].path, "/hook");
    assert_eq!(
        received[0].header("x-servo-signature"),
        crate::support::hmac_sha1("s3cr3t", &received[0].body)
    );
    assert_eq!(received[0].header("x-servo-attempt"), "1");
    let shown = ended(running, 1).stdout;
    let origin = behind.url("");
    assert!(
        shown.contains(&format!("verified -> 200 from {origin}")),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("verified -> 503 from {origin}")),
        "{shown}"
    );
    // Nobody is there: the servo is told to come again.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let nobody = format!("http://{}/elsewhere", free.local_addr().unwrap());
    drop(free);
    let (running, url) = listen(&program, &["--forward-to", &nobody]);
    let finished = servo(&url, "s3cr3t", ", backoff: false")
        .run(MEASURE, &[])
        .exits(1);
    assert_eq!(finished.of_type("delivery")[0]["status"], 502);
    let shown = ended(running, 0).stdout;
    assert!(
        shown.contains("warning: not forwarded to http://127.0.0.1:"),
        "{shown}"
    );
    assert!(!shown.contains("elsewhere"), "{shown}");
    program
        .call(&["listen", "--forward-to", "ftp://a/"])
        .exits(2);
    program.call(&["listen", "--answer", "forward"]).exits(2);
}
