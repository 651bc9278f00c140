//! Files that are no files, or too large.

use super::{WEBHOOKS, fifo};
use crate::support::program::Program;
use crate::support::{has, missing};
use std::process::{Command, Stdio};

/// What is no file that can be read whole: where it is, and what is said of it.
fn unreadable(program: &Program) -> Vec<(String, &'static str)> {
    fifo(program, "fifo");
    let huge = std::fs::File::create(program.path("huge")).unwrap();
    huge.set_len(3 << 30).unwrap();
    vec![
        ("fifo".to_owned(), "a FIFO"),
        ("/dev/zero".to_owned(), "a device"),
        ("huge".to_owned(), "longer than"),
        (".".to_owned(), "a folder"),
    ]
}

#[test]
fn no_file_is_read_past_its_bound_or_waited_for() {
    let program = Program::new(WEBHOOKS).variable("KEY", "s");
    program.write("head", "X-Servo-Signature: 00\n");
    for (file, says) in unreadable(&program) {
        let secret = format!("file:{file}");
        for arguments in [
            &["check", "-c", &file][..],
            &["run", "--events", "head", "-c", &file],
            &["check", "--catalogue", &file],
            &["check", "--component", &file],
            &["serve", "--bind", "127.0.0.1:0", "--component", &file],
            &["serve", "--bind", "127.0.0.1:0", "--token-file", &file],
            &["trigger", "after:measure", "--ca-file", &file],
            &["listen", "--port", "0", "--secret", &secret],
            &[
                "verify",
                "--headers",
                &file,
                "--body",
                "head",
                "--secret",
                "env:KEY",
            ],
            &[
                "verify",
                "--headers",
                "head",
                "--body",
                &file,
                "--secret",
                "env:KEY",
            ],
            &[
                "verify",
                "--headers",
                "head",
                "--body",
                "head",
                "--secret",
                &secret,
            ],
        ] {
            let finished = program.call(arguments).exits(2);
            let said = &finished.stderr;
            assert!(
                said.contains(says) && said.contains(&file),
                "{arguments:?}: {said}"
            );
            // Three gigabytes have never been in memory.
            assert!(
                finished.peak < 512 << 20,
                "{arguments:?}: {}",
                finished.peak
            );
        }
    }
}

#[test]
fn a_configuration_that_has_become_huge_is_not_read_at_a_hangup() {
    let program = Program::new(WEBHOOKS);
    let mut running = program.start(&["run", "--events", "-"]);
    running.feed("{\"event\":\"after:describe\",\"id\":\"one\"}\n");
    running.until("it runs", |out| out.contains("one"));
    let huge = std::fs::File::create(program.path("servo.yaml")).unwrap();
    huge.set_len(3 << 30).unwrap();
    running.signal("HUP");
    running.until_logged("configuration not reloaded");
    running.feed("{\"event\":\"after:describe\",\"id\":\"two\"}\n");
    running.until("it goes on", |out| out.contains("two"));
    running.close();
    let finished = running.finish().exits(0);
    assert!(finished.stderr.contains("16 MiB"), "{}", finished.stderr);
    assert!(finished.peak < 512 << 20, "{}", finished.peak);
}

#[test]
fn a_configuration_may_come_from_a_command() {
    if !has("bash") {
        return missing("bash");
    }
    let program = Program::new(WEBHOOKS);
    let command = program.command(&["check", "--allow", "loopback", "-c"]);
    let mut shell = Command::new("bash");
    let script = "\"$0\" \"$@\" <(sleep 0.2; cat servo.yaml)";
    shell
        .args(["-c", script])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(program.path(""));
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(output.stdout, b"ok: 1 webhook, no problems\n");
}

#[test]
fn mebibytes_that_have_no_number_of_bytes_are_refused() {
    let program = Program::new(WEBHOOKS);
    for arguments in [
        &[
            "run",
            "--events",
            "-",
            "--max-waiting-mib",
            "17592186044416",
        ][..],
        &["serve", "--max-waiting-mib", "17592186044417"],
    ] {
        let finished = program.call(arguments).exits(2);
        let said = &finished.stderr;
        assert!(
            said.contains("--max-waiting-mib") && said.contains("at most 17592186044415"),
            "{said}"
        );
    }
}

#[test]
fn the_soft_limit_of_descriptors_is_raised_at_the_start() {
    let program = Program::new(WEBHOOKS);
    let limits = |arguments: &[&str], log: &str| {
        let ready = program.command(arguments);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "ulimit -Sn 100; ulimit -Hn 500; exec \"$0\" \"$@\""])
            .arg(ready.get_program())
            .args(ready.get_args())
            .args(["--log-level", log])
            .current_dir(program.path(""))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    for arguments in [
        &["run", "--events", "-"][..],
        &["trigger", "after:measure", "--allow", "loopback"],
        &[
            "serve",
            "--bind",
            "192.0.2.1:0",
            "--token-file",
            "servo.yaml",
        ],
        &["listen", "--address", "192.0.2.1", "--port", "0"],
    ] {
        let said = limits(arguments, "debug").stderr;
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(
            said.contains("descriptors from=100 to=500"),
            "{arguments:?}: {said}"
        );
        let said = limits(arguments, "warn").stderr;
        assert!(!String::from_utf8_lossy(&said).contains("descriptors"));
    }
}
