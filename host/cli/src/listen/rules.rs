//! Answers that depend on the request: rules, each with a condition in jq.
//!
//! A condition is the `when` of a webhook, and the connector decides it: the same jq as in a
//! configuration, in the same sandbox, which stops what runs for ever, and no jq of the
//! program's own.

mod position;
mod seen;

use super::record::Request;
use super::script::{Script, Step};
use crate::exit::Exit;
use crate::{input, notice};
use ::rules::sanitize::sanitize;
use anyhow::{Context, anyhow};
use position::{number_in, without_wrapper};
use seen::{event, input, seen};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use servo_webhooks::__internal::{config::Document, file};
use servo_webhooks::{
    Catalogue, Configuration, Connector, Error, Explanation, LoadOptions, Options, Problem,
    Severity, Webhooks,
};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a request, written as JSON, at the most: as many as an event may have.
const LONGEST: usize = 16 << 20;

const FORM: &str = "rules are a YAML list such as `- {when: '.body.event == \"before:adjust\"', answer: \"cancel:not now\"}`";

/// The rules of a file, in order.
pub struct Rules {
    webhooks: Webhooks,
    rules: Vec<Rule>,
}

struct Rule {
    /// The file and the line, for people.
    place: String,
    answer: Script,
    /// Requests that it has answered.
    answered: AtomicUsize,
}

/// What the rules make of a request.
#[derive(Default)]
pub struct Choice {
    /// The answer and the place of its rule; none if no condition holds.
    pub step: Option<(Step, String)>,
    /// Conditions that failed on the way, and why.
    pub failed: Vec<String>,
}

/// Why there are no rules: what is wrong is said already, or is to be said.
pub enum Unusable {
    /// All is said.
    Said,
    /// As one error.
    Error(anyhow::Error),
}

impl From<anyhow::Error> for Unusable {
    fn from(error: anyhow::Error) -> Self {
        Self::Error(error)
    }
}

impl Unusable {
    /// What the command ends with.
    pub fn into_exit(self) -> Result<Exit, crate::exit::Failure> {
        match self {
            Self::Said => Ok(Exit::Unusable),
            Self::Error(error) => Err(crate::exit::Failure::unusable(error)),
        }
    }
}

impl Rules {
    /// Reads rules, in a runtime. All that is wrong with them is said at once.
    pub fn read(path: &Path) -> Result<Self, Unusable> {
        let file = input::label(path);
        let document = document(path, &file)?;
        let items: Vec<Value> = serde_json::from_str(document.json()).context("rules")?;
        if items.is_empty() {
            return Err(anyhow!("{file}: there are no rules; {FORM}").into());
        }
        let mut problems = document.problems().to_vec();
        let (mut rules, mut hooks) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let mut wrong = |key: &str, at_key: bool, message: String| {
                let pointer = format!("/{index}{key}");
                problems.push(document.locate(Severity::Error, &pointer, at_key, message));
            };
            if let Some((answer, hook)) = rule(item, index, &mut wrong) {
                let pointer = format!("/{index}");
                let place = document.locate(Severity::Error, &pointer, false, String::new());
                rules.push(Rule {
                    place: format!("{file}:{}", place.line),
                    answer,
                    answered: AtomicUsize::new(0),
                });
                hooks.push(hook);
            }
        }
        if !problems.is_empty() {
            return Err(say(&problems));
        }
        let connector = Connector::built_in().context("the connector")?;
        let configuration = match configuration(&connector, &hooks) {
            Ok(configuration) => configuration,
            Err(error) => {
                let found = error.into_problems().map_err(anyhow::Error::from)?;
                let located = found.iter().map(|problem| {
                    let index = number_in(&problem.path).unwrap_or_default();
                    let message = without_wrapper(&problem.message);
                    document.locate(Severity::Error, &format!("/{index}/when"), false, message)
                });
                return Err(say(&located.collect::<Vec<_>>()));
            }
        };
        let mut options = Options::default();
        options.max_event = LONGEST;
        let webhooks = Webhooks::start(configuration, options, ()).map_err(anyhow::Error::from)?;
        Ok(Self { webhooks, rules })
    }

    /// Whether any rule asks another responder.
    pub fn forward(&self) -> bool {
        self.rules.iter().any(|rule| rule.answer.forwards())
    }

    /// The answer of the first rule whose condition holds; those behind it are not looked at.
    /// One that fails does not hold.
    pub async fn choose(&self, request: &Request) -> Choice {
        let mut choice = Choice::default();
        let seen = match seen(request) {
            Ok(seen) => seen,
            Err(error) => {
                choice
                    .failed
                    .push(format!("no rule could be tried: {error}"));
                return choice;
            }
        };
        for (index, rule) in self.rules.iter().enumerate() {
            match self.explain(&seen, index).await {
                Ok(Explanation::Fires(_)) => {
                    let number = rule.answered.fetch_add(1, Ordering::Relaxed);
                    choice.step = Some((rule.answer.step(number).clone(), rule.place.clone()));
                    return choice;
                }
                Ok(Explanation::Fails(why)) => {
                    let why = without_wrapper(&why);
                    choice
                        .failed
                        .push(format!("the rule at {} failed: {why}", rule.place));
                }
                Ok(_) => {}
                Err(error) => choice.failed.push(format!(
                    "the rule at {} could not be tried: {error}",
                    rule.place
                )),
            }
        }
        choice
    }

    /// What a rule makes of a request.
    async fn explain(&self, seen: &RawValue, rule: usize) -> Result<Explanation, Error> {
        let found = self.webhooks.dry_run(&input(seen, rule)?).await?;
        let mut found = found.into_iter();
        let own = found.find(|dry_run| dry_run.webhook.index == rule);
        Ok(own.map_or(Explanation::Elsewhere, |own| own.explanation))
    }
}

/// The file of rules, as a document with places.
fn document(path: &Path, file: &str) -> Result<Document, Unusable> {
    let text = input::read(path, file::CONFIGURATION).with_context(|| file.to_owned())?;
    Document::parse(file, Path::new(""), &text).map_err(|problems| {
        let Some(problem) = problems.iter().next() else {
            return anyhow!("{file}: {FORM}").into();
        };
        // Whoever has written no list is told of a configuration's.
        let message = if problem.message.contains("generate") {
            FORM
        } else {
            &problem.message
        };
        anyhow!("{file}:{}:{}: {message}", problem.line, problem.column).into()
    })
}

/// The answer of a rule, and the webhook that stands for it.
fn rule(
    item: &Value,
    index: usize,
    wrong: &mut impl FnMut(&str, bool, String),
) -> Option<(Script, Value)> {
    let Some(rule) = item.as_object() else {
        let message = "a rule is a mapping with `when` and `answer`";
        wrong("", false, message.to_owned());
        return None;
    };
    let unknown = |key: &&String| !["when", "answer"].contains(&key.as_str());
    for key in rule.keys().filter(unknown) {
        let pointer = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        let key = sanitize(key);
        let message = format!("unknown key \"{key}\"; a rule has `when` and `answer`");
        wrong(&pointer, true, message);
    }
    let mut hook = Map::from_iter([
        (
            "events".to_owned(),
            json!(format!("after:{}", event(index))),
        ),
        ("url".to_owned(), json!("http://localhost/")),
        ("secret".to_owned(), json!("unused")),
    ]);
    let when = match rule.get("when") {
        None => None,
        // On lines of its own: a comment at its end would take the bracket with it.
        Some(Value::String(when)) => Some(format!(".parameters | (\n{when}\n)")),
        Some(Value::Bool(when)) => Some(when.to_string()),
        Some(_) => {
            let message = "must be a jq expression, as text";
            wrong("/when", false, message.to_owned());
            None
        }
    };
    hook.extend(when.map(|when| ("when".to_owned(), json!(when))));
    match script(rule.get("answer")) {
        Ok(script) => Some((script, Value::Object(hook))),
        Err(message) => {
            wrong("/answer", false, message);
            None
        }
    }
}

fn script(answer: Option<&Value>) -> Result<Script, String> {
    match answer {
        None => Err("`answer` is missing: a status, cancel:REASON, forward or hang".to_owned()),
        Some(Value::String(steps)) => steps.parse(),
        Some(Value::Number(status)) => status.to_string().parse(),
        Some(_) => Err("must be text, such as 503 or \"cancel:not now\"".to_owned()),
    }
}

fn configuration(connector: &Connector, hooks: &[Value]) -> Result<Configuration, Error> {
    let mut options = LoadOptions::default();
    // An event that is known is not warned of.
    let known: Map<String, Value> = (0..hooks.len())
        .map(|index| (event(index), json!({})))
        .collect();
    if let Ok(catalogue) = serde_json::from_value::<Catalogue>(json!({"events": known})) {
        options.catalogue = catalogue;
    }
    let text = Value::from(hooks).to_string();
    Configuration::read(connector, "rules", Path::new(""), text.as_bytes(), &options)
}

/// Each on a line of its own.
fn say(problems: &[Problem]) -> Unusable {
    for problem in problems {
        let Problem {
            file,
            line,
            column,
            message,
            ..
        } = problem;
        notice::error(&sanitize(&format!("{file}:{line}:{column}: {message}")));
    }
    Unusable::Said
}
