//! `--follow`: goes on with what comes, ends at Ctrl-C, and notices that nobody reads.

use super::history::{History, with_store};
use crate::support::program::Running;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

const MORE: &str = r#"{"event": "after:measure", "id": "m-2"}
{"event": "before:adjust", "id": "a-2"}
"#;

fn follow(history: &History, command: &[&str]) -> Running {
    let arguments = [command, &["--follow"]].concat();
    history.program.start(&with_store(&arguments))
}

#[test]
fn deliveries_are_told_as_they_come_and_change() {
    let history = History::new();
    let running = follow(&history, &["deliveries", "--json"]);
    running.until("what was there", |out| out.lines().count() >= 2);
    history.program.run(MORE, &["--store", "store"]).exits(1);
    let has = |out: &str, id: &str, state: &str| {
        out.lines()
            .any(|line| line.contains(id) && line.contains(state))
    };
    running.until("what is new", |out| {
        has(out, "\"m-2\"", "\"delivered\"") && has(out, "\"m-2\"", "\"failed\"")
    });
    history.mend();
    history.call(&["replay", "--webhook", "bad"]).exits(0);
    let mut delivering = history.program.start_run(&["--store", "store"]);
    delivering.close();
    delivering.finish().exits(0);
    running.until("what was replayed", |out| {
        let got_through = out.lines().filter(|line| line.contains("\"replays\":1"));
        got_through
            .filter(|line| line.contains("\"delivered\""))
            .count()
            == 2
    });
    running.signal("INT");
    let finished = running.finish().exits(0);
    assert_eq!(finished.stderr, "");
    assert!(
        finished
            .lines()
            .iter()
            .all(|line| line["type"] == "delivery")
    );
}

/// How often an id stands in a text, as a word: it may be a part of a UUID.
fn times(text: &str, id: &str) -> usize {
    let words = text.split(|char: char| char.is_whitespace() || char == '"');
    words.filter(|word| *word == id).count()
}

#[test]
fn decisions_are_told_as_they_come() {
    let history = History::new();
    for json in [&["--json"][..], &[]] {
        let running = follow(&history, &[&["decisions", "--cancelled"], json].concat());
        running.until("the one that was there", |out| times(out, "a-1") > 0);
        history.program.run(MORE, &["--store", "store"]).exits(1);
        running.until("the new one", |out| times(out, "a-2") > 0);
        running.signal("TERM");
        let finished = running.finish().exits(0);
        assert_eq!(times(&finished.stdout, "d-1"), 0, "{}", finished.stdout);
        assert_eq!(times(&finished.stdout, "a-1"), 1, "{}", finished.stdout);
    }
}

#[test]
fn a_reader_that_went_away_ends_it() {
    let history = History::new();
    for command in ["deliveries", "decisions"] {
        let arguments = with_store(&[command, "--follow", "--json"]);
        let mut child = history.program.command(&arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut String::new()).unwrap();
        drop(lines);
        history.program.run(MORE, &["--store", "store"]).exits(1);
        let deadline = Instant::now() + Duration::from_secs(60);
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("{command} did not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.code(), Some(1), "{command}");
    }
}
