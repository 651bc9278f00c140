//! The file of what failed.

use super::{EVENTS, configuration, lines};
use crate::support::program::{Program, binary};
use crate::support::responder::{Reply, Responder};
use crate::support::{has, missing};
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// However busy the machine is.
const PATIENCE: Duration = Duration::from_secs(180);

#[test]
fn what_is_rejected_or_waits_at_the_end_is_kept() {
    let hanging = Responder::start(|_| Reply::Hang);
    let program = Program::new(&format!(
        "- {{name: hook, events: 'after:measure', url: '{}', secret: s, timeout: 1h}}\n",
        hanging.url("/")
    ));
    let line = |id: usize| format!("{{\"event\":\"after:measure\",\"id\":\"{id}\"}}\n");
    let all: String = (0..20).map(line).collect();
    let run = |more: &[&str]| {
        let always = [
            "run",
            "--events",
            "-",
            "--allow",
            "loopback",
            "--failed",
            "failed",
            "--max-waiting",
            "10",
            "--drain-timeout",
            "0s",
        ];
        program.start(&[&always, more].concat())
    };
    let ids = || {
        let mut ids: Vec<usize> = lines(&program, "failed")
            .iter()
            .map(|line| line["id"].as_str().unwrap().parse().unwrap())
            .collect();
        ids.sort_unstable();
        ids
    };
    // One endpoint has half of the room: five wait, fifteen are rejected.
    let mut running = run(&["--on-full", "reject"]);
    running.feed(&all);
    running.until("all are told of", |out| out.lines().count() == 20);
    running.signal("TERM");
    running.finish().exits(1);
    assert_eq!(ids(), (0..20).collect::<Vec<_>>());
    std::fs::remove_file(program.path("failed")).unwrap();
    // When there is no more room, one is read and waits for it.
    let mut running = run(&[]);
    running.feed(&all);
    running.until("some are accepted", |out| out.lines().count() >= 5);
    running.signal("TERM");
    let finished = running.finish().exits(1);
    let accepted = finished.of_type("event").len();
    let last = ids();
    assert!(last.iter().copied().eq(0..last.len()), "{last:?}");
    let waiting = format!("line {}: its event was not settled", accepted + 1);
    let waited = usize::from(finished.stderr.contains(&waiting));
    assert_eq!(last.len(), accepted + waited, "{}", finished.stderr);
}

#[test]
fn a_file_that_cannot_be_written_is_said() {
    let responder = Responder::start(|_| Reply::status(400));
    let program = Program::new(&configuration(&responder));
    program.write("events", EVENTS);
    std::fs::create_dir(program.path("folder")).unwrap();
    for (file, says) in [
        ("folder", "directory"),
        ("missing/failed", "No such file"),
        ("events", "events are read from"),
        ("/dev/null", "not a regular file"),
    ] {
        let finished = program
            .call(&[
                "run", "--events", "events", "--allow", "loopback", "--failed", file,
            ])
            .exits(2);
        let said = format!("--failed {file}: ");
        assert!(finished.stderr.contains(&said), "{}", finished.stderr);
        assert!(finished.stderr.contains(says), "{}", finished.stderr);
    }
    assert_eq!(responder.connections(), 0, "nothing was begun");
    program.run("", &["--failed", "f", "--dry-run"]).exits(2);
}

#[test]
fn a_disk_that_becomes_full_leaves_whole_lines_and_is_said() {
    if !has("prlimit") {
        return missing("prlimit");
    }
    let responder = Responder::start(|_| Reply::status(400));
    let program = Program::new(&configuration(&responder));
    let line = |id: usize| format!("{{\"event\":\"after:measure\",\"id\":\"{id:0>100}\"}}\n");
    // A limit on the size of files says no as a full disk does, if its signal is ignored.
    let script = format!(
        "trap '' XFSZ; exec '{}' run --events - --allow loopback --webhook store --failed failed",
        binary().display()
    );
    let mut shell = Command::new("sh");
    let mut child = shell
        .args(["-c", &script])
        .current_dir(program.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(line(0).as_bytes()).unwrap();
    // By then it has all the memory that it needs, which is limited too.
    let deadline = Instant::now() + PATIENCE;
    while std::fs::read(program.path("failed")).is_ok_and(|text| text.is_empty())
        || !program.path("failed").exists()
    {
        assert!(Instant::now() < deadline);
        sleep(Duration::from_millis(2));
    }
    let limited = Command::new("prlimit")
        .args(["--fsize=1000", "--pid", &child.id().to_string()])
        .status();
    assert!(limited.unwrap().success());
    let rest: String = (1..100).map(line).collect();
    input.write_all(rest.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(
        said.matches("--failed failed: cannot be written; retrying")
            .count(),
        1,
        "{said}"
    );
    let kept = lines(&program, "failed").len();
    assert!((1..100).contains(&kept), "{kept}");
    let expected = format!("--failed failed: {} lines were not written", 100 - kept);
    assert!(said.contains(&expected), "{said}");
    assert_eq!(said.matches("not delivered").count(), 100);
}

#[test]
fn a_second_signal_leaves_time_to_keep_what_waits() {
    const WAITING: usize = 200;
    let hanging = Responder::start(|_| Reply::Hang);
    let program = Program::new(&format!(
        "- {{name: hook, events: 'after:measure', url: '{}', secret: s, timeout: 1h}}\n",
        hanging.url("/")
    ));
    let padding = "x".repeat(2000);
    let line = |id: usize| {
        format!(
            "{{\"event\":\"after:measure\",\"id\":\"{id}\",\"parameters\":{{\"padding\":\"{padding}\"}}}}\n"
        )
    };
    let mut running = program.start_run(&["--failed", "failed", "--drain-timeout", "1h"]);
    running.feed(&(0..WAITING).map(line).collect::<String>());
    running.until("all are accepted", |out| out.lines().count() == WAITING);
    running.signal("TERM");
    running.until_logged("SIGTERM: reading no more events");
    running.signal("TERM");
    running.finish().exits(1);
    let mut ids: Vec<usize> = lines(&program, "failed")
        .iter()
        .map(|line| line["id"].as_str().unwrap().parse().unwrap())
        .collect();
    ids.sort_unstable();
    assert!(ids.iter().copied().eq(0..WAITING), "{}", ids.len());
}
