//! The guide of the morning after: its commands run, and its output is theirs.

use super::Page;
use crate::support::program::{Program, Running};
use crate::support::responder::{Reply, Responder};
use crate::support::root;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PAGE: &str = "docs/guides/what-happened-last-night.md";

/// Writes the page anew, with what the commands say.
const UPDATE: &str = "UPDATE_GUIDE";

const NIGHT: &str = r#"{"event": "after:measure", "id": "measure-41"}
{"event": "before:adjust", "id": "adjust-17"}
{"event": "before:adjust", "id": "adjust-18"}
{"event": "after:measure", "id": "measure-42"}
"#;

/// The process that has the store, and what it sends to.
struct Night {
    program: Program,
    running: Running,
    repaired: Arc<AtomicBool>,
    _responder: Responder,
}

impl Night {
    fn new() -> Self {
        let repaired = Arc::new(AtomicBool::new(false));
        let is_repaired = Arc::clone(&repaired);
        let responder = Responder::start(move |request| {
            let id = request.json()["id"].as_str().unwrap_or_default().to_owned();
            match (&*request.path, &*id) {
                ("/warehouse", _) if !is_repaired.load(Ordering::SeqCst) => Reply::status(422),
                ("/approve", "adjust-17") => Reply::cancel("no changes while we launch"),
                // The veto comes first.
                ("/audit", "adjust-17") => Reply::Hang,
                ("/audit", "adjust-18") => Reply::status(500),
                _ => Reply::status(200),
            }
        });
        let webhook = |name: &str, event: &str| {
            let url = responder.url(&format!("/{name}"));
            format!("- {{name: {name}, events: '{event}', url: '{url}', secret: s}}\n")
        };
        let configuration = [
            webhook("chat", "after:measure"),
            webhook("warehouse", "after:measure"),
            webhook("approve", "before:adjust"),
            webhook("audit", "before:adjust"),
        ];
        let program =
            Program::new(&configuration.concat()).variable("SERVO_WEBHOOKS_STORE", "store");
        let mut running = program.start_run(&[]);
        running.feed(NIGHT);
        running.until("all is settled", |out| {
            out.matches("\"type\":\"delivery\"").count() == 4
        });
        let night = Self {
            program,
            running,
            repaired,
            _responder: responder,
        };
        night.settled("failed", 2);
        night
    }

    /// Waits until the store has so many deliveries in a state.
    fn settled(&self, state: &str, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let found = self
                .program
                .call(&["deliveries", "--json", "--state", state]);
            let found = found.exits(0).lines().len();
            if found == count {
                return;
            }
            assert!(Instant::now() < deadline, "{found} are {state}");
        }
    }
}

/// Parts of a page: lines of text, and commands with what they said.
enum Part {
    Text(String),
    Call(String, String),
}

fn parts(page: &str) -> Vec<Part> {
    let (mut parts, mut shows) = (Vec::new(), false);
    for line in page.lines() {
        if line.starts_with("```") {
            shows = line == "```console";
        } else if let (true, Some(call)) = (shows, line.strip_prefix("$ ")) {
            parts.push(Part::Call(call.to_owned(), String::new()));
            continue;
        } else if let (true, Some(Part::Call(_, said))) = (shows, parts.last_mut()) {
            let _ = writeln!(said, "{line}");
            continue;
        }
        parts.push(Part::Text(line.to_owned()));
    }
    parts
}

fn is_id(word: &str) -> bool {
    word.len() == 36 && word.matches('-').count() == 4
}

fn ids(text: &str) -> Vec<&str> {
    text.split_whitespace().filter(|word| is_id(word)).collect()
}

/// What is the same in each run: ids, times and numbers are not.
fn shape(text: &str) -> Vec<Vec<String>> {
    let word = |word: &str| -> String {
        if is_id(word) {
            return "ID".to_owned();
        }
        // Of times, spans and sizes; answers are what they are.
        let bare = word.trim_matches(['(', ')', ',', ':', ';', '.']);
        let starts = bare.starts_with(|char: char| char.is_ascii_digit());
        if starts && !["200", "422", "500"].contains(&bare) {
            let unit: String = bare.chars().filter(|char| !char.is_ascii_digit()).collect();
            let unit = unit.replace(['m', 's'], "");
            return format!("N{unit}");
        }
        word.to_owned()
    };
    let line = |line: &str| line.split_whitespace().map(word).collect();
    text.lines().map(line).collect()
}

#[test]
fn the_commands_say_what_the_guide_shows() {
    let page = Page::read(PAGE).text;
    let night = Night::new();
    let updates = std::env::var_os(UPDATE).is_some();
    // The ids of the page, and those of this night.
    let mut known: HashMap<String, String> = HashMap::new();
    let (mut written, mut calls) = (String::new(), 0);
    let mut first_failed = None;
    for part in parts(&page) {
        let (call, shown) = match part {
            Part::Text(line) => {
                let _ = writeln!(written, "{line}");
                continue;
            }
            Part::Call(call, shown) => (call, shown),
        };
        let mut words: Vec<String> = call.split_whitespace().map(str::to_owned).collect();
        for word in words.iter_mut().filter(|word| is_id(word)) {
            let real = known.get(word).or(first_failed.as_ref());
            *word = real.expect("an id that was shown before").clone();
        }
        if words.get(1).is_some_and(|name| name == "replay")
            && !words.contains(&"--dry-run".to_owned())
        {
            night.repaired.store(true, Ordering::SeqCst);
        }
        let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let said = night.program.call(&arguments).exits(0);
        assert_eq!(said.stderr, "", "{call}");
        if updates {
            let _ = writeln!(written, "$ {}\n{}", words.join(" "), said.stdout.trim_end());
        } else {
            assert_eq!(
                shape(&said.stdout),
                shape(&shown),
                "{call}:\n{}",
                said.stdout
            );
        }
        let pairs = ids(&shown).into_iter().zip(ids(&said.stdout));
        known.extend(pairs.map(|(shown, real)| (shown.to_owned(), real.to_owned())));
        if first_failed.is_none() {
            first_failed = ids(&said.stdout).first().map(|id| (*id).to_owned());
        }
        if night.repaired.load(Ordering::SeqCst) {
            night.settled("failed", 0);
            night.settled("waiting", 0);
        }
        calls += 1;
    }
    if updates {
        std::fs::write(root().join(PAGE), written).unwrap();
    }
    assert_eq!(calls, 10);
    let Night { mut running, .. } = night;
    running.close();
    let told = running.finish().of_type("delivery");
    let delivered = told.iter().filter(|line| line["outcome"] == "delivered");
    assert_eq!(
        delivered.count(),
        4,
        "two at once, and two that were sent again"
    );
}
