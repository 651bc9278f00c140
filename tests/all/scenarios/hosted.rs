//! Tells a scenario to our own service, held as `serve --handler` holds it.

use super::comparison::{difference, differences as compare, in_any_order};
use super::requests;
use super::responder::Responder;
use super::story::{Story, line};
use super::telling::Nobody;
use crate::support::program::binary;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use servo_webhooks::service::{Checked, Limits};
use servo_webhooks::{Allow, Compiler, Component, Options, Service};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::time::timeout;

/// No step takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether it can be told: `wasi:http` has no word for a version of HTTP, a service no
/// files, and an instance that ends with its request cannot know of an earlier 410.
pub fn is_possible(story: &Story) -> bool {
    let switched_off = || {
        let outcomes = Value::from(story.expected_list("outcomes"));
        outcomes.to_string().contains("\"switched_off\"")
    };
    let http2 = story.list("needs").contains(&json!("http2"));
    !http2 && story.map("files").is_empty() && !switched_off()
}

/// Compiled once, by the program.
fn checked() -> Checked {
    static CHECKED: OnceLock<Checked> = OnceLock::new();
    let compiler = || Compiler::new(binary(), ["compile", "--service"]);
    let checked = CHECKED.get_or_init(|| Checked::new(&Component::service(), &compiler()).unwrap());
    checked.clone()
}

/// What differs from what is expected.
pub fn differences(story: &Story) -> Vec<String> {
    let responder = Responder::start(story.map("answers"));
    let nobody = Nobody::new();
    let place = |text: &str| {
        text.replace("{responder}", &format!("http://{}", responder.address))
            .replace("{nobody}", &format!("http://{}", nobody.address))
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (outcomes, lines) = runtime.block_on(async {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let service = start(story, place, &lines);
        let outcomes = tell(story, &service).await;
        let lines = std::mem::take(&mut *lines.lock().unwrap());
        (outcomes, lines)
    });
    runtime.shutdown_background();
    let received = responder.received();
    let mut wrong = match outcomes {
        Err(why) => vec![why],
        Ok(None) => Vec::new(),
        Ok(Some(outcomes)) => {
            let mut wrong = told(story, &outcomes, &lines);
            wrong.extend(requests::differences(story, &received));
            wrong
        }
    };
    let said = Value::from(lines).to_string();
    for secret in story.secrets() {
        if said.contains(&secret) {
            wrong.push(difference("what the service says", "no secrets", &secret));
        }
    }
    wrong
}

/// The service with the scenario's configuration, in variables.
fn start(story: &Story, place: impl Fn(&str) -> String, lines: &Arc<Mutex<Vec<Value>>>) -> Service {
    let mut variables = vec![("SERVO_WEBHOOKS_BOUND".to_owned(), "loopback".to_owned())];
    let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
    set(
        "SERVO_WEBHOOKS_CONFIG",
        place(&Value::from(story.list("webhooks")).to_string()),
    );
    for (key, name) in [("source", "SOURCE"), ("before_budget", "BEFORE_BUDGET")] {
        if let Some(value) = story.option(key) {
            set(&format!("SERVO_WEBHOOKS_{name}"), value.to_owned());
        }
    }
    let catalogue = story.map("catalogue");
    if !catalogue.is_empty() {
        set(
            "SERVO_WEBHOOKS_CATALOGUE",
            Value::from(catalogue).to_string(),
        );
    }
    for (name, text) in story.map("environment") {
        set(&name, place(text.as_str().unwrap()));
    }
    let mut options = Options::default();
    options.allow = Allow::parse(story.allow().split(',')).unwrap();
    let lines = Arc::clone(lines);
    let line = move |line: &RawValue| {
        lines
            .lock()
            .unwrap()
            .push(serde_json::from_str(line.get()).unwrap())
    };
    Service::start(
        checked(),
        variables,
        &options,
        Limits::default(),
        Arc::new(line),
    )
    .unwrap()
}

/// Hands in one step after the other, each when the one before is settled. No outcomes: the
/// configuration was refused, as it should be.
async fn tell(story: &Story, service: &Service) -> Result<Option<Vec<Value>>, String> {
    let (status, _) = ask(service, Request::get("/health"), "").await?;
    let refused = !story.expected("refused").is_null();
    match (status, refused) {
        (503, true) => return Ok(None),
        (200, false) => {}
        _ => {
            return Err(difference(
                "GET /health",
                &format!("refused: {refused}"),
                &status.to_string(),
            ));
        }
    }
    let mut outcomes = Vec::new();
    for step in story.list("steps") {
        let request = Request::post("/events").header("content-type", "application/json");
        let (status, body) = ask(service, request, line(step).trim_end()).await?;
        let taken = [200, 202, 503].contains(&status);
        outcomes.push(if taken { body } else { Value::Null });
        let settled = timeout(PATIENCE, service.idle()).await;
        settled.map_err(|_| difference("a step", "settled in time", "it is not"))?;
    }
    Ok(Some(outcomes))
}

async fn ask(
    service: &Service,
    request: http::request::Builder,
    body: &str,
) -> Result<(u16, Value), String> {
    let body = Bytes::from(body.to_owned());
    let request = request.header("host", "localhost").body(body).unwrap();
    let answer = timeout(PATIENCE, service.answer(request)).await;
    let answer = answer.map_err(|_| "no answer in time".to_owned())?;
    let answer = answer.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

fn told(story: &Story, outcomes: &[Value], lines: &[Value]) -> Vec<String> {
    let of_type = |kind: &str| -> Vec<Value> {
        let lines = lines.iter().filter(|line| line["type"] == kind);
        lines.cloned().collect()
    };
    let taken: Vec<_> = outcomes
        .iter()
        .filter(|outcome| !outcome.is_null())
        .cloned()
        .collect();
    let mut wrong = compare(
        "outcomes",
        &in_its_words(story.expected("outcomes")),
        &outcomes.into(),
    );
    wrong.extend(compare("lines", &taken.into(), &of_type("event").into()));
    for (key, kind) in [("deliveries", "delivery"), ("publications", "publish")] {
        let expected = in_its_words(&story.expected_list(key).into());
        let expected = expected.as_array().map_or(&[][..], Vec::as_slice);
        wrong.extend(in_any_order(key, expected, &of_type(kind)));
    }
    wrong
}

/// What is expected, where the service cannot name the option that allows an address.
fn in_its_words(expected: &Value) -> Value {
    let text = expected.to_string();
    let text = text.replace("~SERVO_WEBHOOKS_ALLOW", "~does not let requests go there");
    serde_json::from_str(&text).unwrap()
}
