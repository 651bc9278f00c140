//! The jobs of an operator, done in a terminal as the documentation tells them.
//!
//! Each is a person's errand from its beginning to what they see at its end. How output and
//! completions look in every shell and at every width is in `terminals` and `completions`.

mod audit;
mod containers;
mod deliveries;
mod faults;
mod outage;
mod rotation;
mod screens;
mod vetoes;

use crate::support::program::Program;
use crate::support::terminal::{self, CTRL_C, Ended, Setup, Terminal};
use serde_json::Value;
use std::time::{Duration, Instant};

/// However busy the machine is.
const PATIENCE: Duration = Duration::from_secs(180);

const MEASURE: &str = r#"{"event":"after:measure","id":"m"}"#;

/// A folder to work in, with the secrets that there are.
struct Operator(Program);

/// A responder of somebody else's, in a terminal of its own.
struct Responder {
    terminal: Terminal,
    url: String,
}

impl Operator {
    fn new() -> Option<Self> {
        terminal::is_there().then(|| Self(Program::empty()))
    }

    fn setup(&self) -> Setup {
        Setup::new(120, &self.0.path(""))
            .rows(60)
            .variable("SERVO_WEBHOOKS_SECRET", "s3cr3t")
            .variable("OLD", "s3cr3t")
            .variable("NEW", "n3w")
    }

    /// Types a command of the shell, and reads what it says.
    fn types(&self, command: &str) -> Ended {
        self.setup().start(&["sh", "-c", command]).finish()
    }

    /// Leaves a responder to itself.
    fn listens(&self, arguments: &str) -> Responder {
        let command = format!("exec servo-webhooks listen --port 0 {arguments}");
        let terminal = self.setup().start(&["sh", "-c", &command]);
        let screen = terminal.until_shown("(Ctrl-C to end)");
        let (_, rest) = screen.split_once("listening on ").unwrap();
        let url = rest.split_whitespace().next().unwrap().to_owned();
        Responder { terminal, url }
    }

    fn configures(&self, text: &str) {
        self.0.write("servo.yaml", text);
    }

    fn reads(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.path(file)).unwrap_or_default()
    }

    /// Waits until a file is as it should be; gives it.
    fn until(&self, file: &str, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.reads(file);
            if is_so(&text) {
                return text;
            }
            assert!(Instant::now() < deadline, "{file}, {what}:\n{text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends these events on this machine.
    fn runs(&self, events: &[&str]) -> Ended {
        self.0.write("events.jsonl", events.join("\n") + "\n");
        self.types("servo-webhooks run --events events.jsonl --allow loopback")
    }
}

impl Responder {
    /// Ends it with Ctrl-C, and reads its last screen.
    fn stops(mut self) -> Ended {
        self.terminal.press(CTRL_C);
        self.terminal.finish()
    }
}

fn adjustment(cores: u32) -> String {
    format!(
        r#"{{"event":"before:adjust","parameters":{{"adjustments":[{{"component_name":"web","setting_name":"cpu","value":{cores}}}]}}}}"#
    )
}

/// Each line of a text, as JSON.
fn lines(text: &str) -> Vec<Value> {
    let parsed = text.lines().map(serde_json::from_str);
    parsed.collect::<Result<_, _>>().expect(text)
}

/// Fails with the screen unless all of this is on it, however it is broken into lines.
fn shows(ended: &Ended, parts: &[&str]) {
    let joined: String = ended.screen.lines().collect();
    for part in parts {
        assert!(joined.contains(part), "{part}:\n{}", ended.screen);
    }
}
