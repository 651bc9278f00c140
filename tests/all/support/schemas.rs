//! The schemas that the connector states, as two validators of other makers read them:
//! one in Rust, and one in Python, which is left running.

use jsonschema::Validator;
use serde_json::{Value, json};
use servo_webhooks::{Catalogue, Connector};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};

static CONNECTOR: LazyLock<Connector> = LazyLock::new(|| Connector::built_in().unwrap());
static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

static SECOND: LazyLock<Option<Mutex<Second>>> = LazyLock::new(|| Second::start().map(Mutex::new));

/// The validator in Python.
struct Second {
    /// Ends when its questions do, which is with this process.
    _child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    known: HashSet<String>,
}

impl Second {
    fn start() -> Option<Self> {
        if !super::imports("jsonschema") {
            // Whichever test comes first starts it, and is not skipped itself.
            super::skip(
                "every body of every test, for a second validator",
                "of Python's packages jsonschema is missing",
            );
            return None;
        }
        let mut child = Command::new("python3")
            .arg(super::data("verifiers/schemas.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Self {
            questions: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            _child: child,
            known: HashSet::new(),
        })
    }

    fn fault(&mut self, event: &str, body: &Value) -> Option<String> {
        let mut question = json!({"event": event, "body": body});
        if self.known.insert(event.to_owned()) {
            question["schema"] = schema(event);
        }
        writeln!(self.questions, "{question}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let fault: Option<String> = serde_json::from_str(&answer).unwrap();
        fault.map(|fault| format!("in Python: {fault}"))
    }
}

/// The schema of an event's body, such as `after:measure`.
pub fn schema(event: &str) -> Value {
    let described = servo_webhooks::schema(&CONNECTOR, &Catalogue::default(), event);
    serde_json::from_str(described.unwrap().schema.get()).unwrap()
}

fn validator(event: &str) -> Arc<Validator> {
    let mut known = KNOWN.lock().unwrap();
    let made = known.entry(event.to_owned()).or_insert_with(|| {
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        Arc::new(options.build(&schema(event)).unwrap())
    });
    Arc::clone(made)
}

/// What is wrong with a body by either validator, if anything is.
pub fn fault(event: &str, body: &Value) -> Option<String> {
    fault_in_rust(event, body).or_else(|| fault_in_python(event, body).flatten())
}

/// By the validator in Python, if there is one.
pub fn fault_in_python(event: &str, body: &Value) -> Option<Option<String>> {
    let mut second = SECOND.as_ref()?.lock().unwrap();
    Some(second.fault(event, body))
}

/// By the validator in Rust.
pub fn fault_in_rust(event: &str, body: &Value) -> Option<String> {
    let validator = validator(event);
    let error = validator.iter_errors(body).next()?;
    Some(format!("{event}{}: {error}", error.instance_path()))
}
