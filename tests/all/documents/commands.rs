//! The commands that the documents show.

use super::{Page, block, pages};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::{has, missing};
use std::net::TcpListener;
use std::process::Command;

#[test]
fn the_commands_run() {
    let program = Program::empty()
        .variable("SERVO_WEBHOOKS_SECRET", "s")
        .variable("SERVO_WEBHOOKS_ALLOW", "loopback");
    let responder = Responder::start(|_| Reply::status(200));
    let usage = block("sh", "servo-webhooks generate");
    let mut ran = 0;
    for line in usage
        .lines()
        .filter_map(|line| line.strip_prefix("servo-webhooks "))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        program.call(&words).exits(0);
        if words[0] == "generate" {
            // From here on to a responder of our own.
            let written = std::fs::read_to_string(program.path("servo.yaml")).unwrap();
            program.write(
                "servo.yaml",
                written.replace("https://example.com", &responder.url("")),
            );
            program.write("events.jsonl", block("jsonl", "the_news"));
        }
        ran += 1;
    }
    assert_eq!(ran, 5);
    assert_eq!(responder.received().len(), 3);
    // The answers that it shows are ones.
    let listen = block("sh", "503,200@2s");
    let steps = listen.split('"').nth(1).unwrap();
    let arguments = [
        "listen",
        "--port",
        "0",
        "--secret",
        "file:/nowhere",
        "--answer",
        steps,
    ];
    let finished = program.call(&arguments).exits(2);
    assert!(finished.stderr.contains("/nowhere"), "{}", finished.stderr);
    let reference = Page::read("docs/reference/command-line.md").text;
    for command in [
        "run",
        "list",
        "show",
        "deliveries",
        "decisions",
        "replay",
        "forget",
        "store",
        "schema",
        "trigger",
        "generate",
        "check",
        "explain",
        "listen",
        "verify",
        "component",
        "demo",
        "completions",
    ] {
        assert!(
            reference.contains(&format!("\n## servo-webhooks {command}\n")),
            "{command} is not in the reference"
        );
    }
}

/// The calls of the program in the documents: the page, and the arguments.
fn calls() -> Vec<(String, Vec<String>)> {
    let mut calls = Vec::new();
    for page in pages() {
        let blocks = ["sh", "bash", "console"].map(|language| page.blocks(language));
        let lines: Vec<String> = blocks
            .concat()
            .iter()
            .flat_map(|block| block.lines().map(str::to_owned))
            .collect();
        let prose = page.prose().join("\n");
        let spans = prose.split('`').skip(1).step_by(2).map(str::to_owned);
        for call in lines.into_iter().chain(spans) {
            let call = call.trim_start_matches("$ ");
            if let Some(rest) = call.strip_prefix("servo-webhooks ") {
                let words = rest.split_whitespace().map(str::to_owned).collect();
                calls.push((page.name.clone(), words));
            }
        }
    }
    calls
}

/// No page shows an option that its command does not have.
#[test]
fn each_command_that_is_shown_has_its_options() {
    let reference = Page::read("docs/reference/command-line.md").text;
    let mut options = 0;
    let calls = calls();
    assert!(calls.len() > 30, "{} calls", calls.len());
    for (page, words) in calls {
        let Some((command, rest)) = words.split_first() else {
            continue;
        };
        let heading = format!("\n## servo-webhooks {command}\n");
        let Some((_, section)) = reference.split_once(&heading) else {
            panic!("{page}: there is no command {command}")
        };
        let section = section.split("\n## ").next().unwrap();
        for option in rest.iter().filter(|word| word.starts_with("--")) {
            let option = option.split('=').next().unwrap();
            let stands = |end: &str| section.contains(&format!("{option}{end}"));
            let is_there = option == "--help" || stands(" <") || stands("`");
            assert!(is_there, "{page}: {command} has no {option}");
            options += 1;
        }
    }
    assert!(options > 20, "{options} options");
}

/// The script to paste into an empty folder works, here on a free port.
#[test]
fn the_first_delivery_is_made() {
    for tool in ["bash", "openssl"] {
        if !has(tool) {
            return missing(tool);
        }
    }
    let port = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let pasted = block("bash", "servo-webhooks listen");
    assert!(pasted.contains("\nsleep 1\n"), "{pasted}");
    // A busy machine may need more than a second.
    let waits =
        format!("\nuntil (exec 3<> /dev/tcp/127.0.0.1/{port}) 2> /dev/null; do sleep 0.05; done\n");
    let script = pasted
        .replace("\nsleep 1\n", &waits)
        .replace("8080", &port.to_string());
    let program = Program::empty();
    let folder = program.command(&[]).get_program().to_owned();
    let folder = std::path::Path::new(&folder).parent().unwrap().to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-ec", &script])
        .current_dir(program.path(""))
        .env("PATH", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{error}");
    assert!(said.contains("verified -> 200"), "{said}\n{error}");
    assert!(said.contains("delivered"), "{said}\n{error}");
}
