//! What `listen` saves.

use super::{BIG, MEASURE, ended, listen, responder, servo};
use crate::support::program::Program;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn files(program: &Program, folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(program.path(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
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
