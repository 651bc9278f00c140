//! What the original connector sent: the same values go out, and the same signatures.

use crate::support::data;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A request of the original connector.
#[derive(Deserialize)]
struct Capture {
    name: String,
    secret: String,
    #[serde(default)]
    signed: bool,
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    headers: serde_json::Map<String, Value>,
    body: String,
}

/// The body of an event, its results as they are spelt.
#[derive(Deserialize)]
struct Body {
    event: String,
    created_at: String,
    results: Box<RawValue>,
    id: Option<String>,
}

impl Capture {
    /// None of a channel's message, and none of a body with NaN, which is not JSON.
    fn event(&self) -> Option<Body> {
        serde_json::from_str(&self.request.body).ok()
    }
}

impl Body {
    /// The event as a host states it.
    fn stated(&self, id: &str) -> String {
        let Self {
            event,
            created_at,
            results,
            ..
        } = self;
        let results = match event.split_once(':').unwrap().0 {
            "after" => format!(",\"results\":{results}"),
            _ => String::new(),
        };
        format!(
            "{{\"event\":\"{event}\",\"created_at\":\"{created_at}\",\"id\":\"{id}\"{results}}}\n"
        )
    }
}

/// The numbers of a JSON text, digit for digit.
fn numbers(json: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut chars = json.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' => {
                while let Some(char) = chars.next().filter(|char| *char != '"') {
                    if char == '\\' {
                        chars.next();
                    }
                }
            }
            '-' | '0'..='9' => {
                let mut number = char.to_string();
                while let Some(char) = chars.next_if(|char| "0123456789+-.eE".contains(*char)) {
                    number.push(char);
                }
                numbers.push(number);
            }
            _ => {}
        }
    }
    numbers
}

fn captures() -> Vec<Capture> {
    let text = std::fs::read_to_string(data("captures/original.json")).unwrap();
    // One event was recorded with a NaN, which is not JSON; its body stays as it was.
    serde_json::from_str(&text.replace(": NaN\n", ": null\n")).unwrap()
}

#[test]
fn the_same_events_and_results_go_out() {
    let events: Vec<Body> = captures().iter().filter_map(Capture::event).collect();
    assert_eq!(events.len(), 82);
    let names: BTreeSet<&str> = events.iter().map(|event| event.event.as_str()).collect();
    let responder = Responder::start(|_| Reply::status(200));
    let url = responder.url("/webhook");
    let program = Program::new(
        &json!([{"name": "store", "events": names, "url": url, "secret": "s3cr3t"}]).to_string(),
    );
    let lines = events.iter().enumerate();
    let lines: String = lines
        .map(|(id, event)| event.stated(&id.to_string()))
        .collect();
    program.run(&lines, &[]).exits(0);

    let received = responder.received();
    assert_eq!(received.len(), 82);
    let mut digits = 0;
    for request in received {
        let text = String::from_utf8(request.body.to_vec()).unwrap();
        let ours: Body = serde_json::from_str(&text).unwrap();
        let id = ours.id.unwrap();
        let original = &events[id.parse::<usize>().unwrap()];
        assert_eq!(ours.event, original.event);
        let [sent, recorded] = [&ours.results, &original.results].map(|results| results.get());
        let value = |json| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(value(sent), value(recorded), "{id}");
        assert_eq!(numbers(sent), numbers(recorded), "{id}");
        digits += numbers(sent).len();
        assert_eq!(ours.created_at, format!("{}+00:00", original.created_at));
        let body = value(&text);
        let keys: Vec<_> = body.as_object().unwrap().keys().take(3).collect();
        assert_eq!(keys, ["event", "created_at", "results"]);
    }
    assert!(digits > 50, "only {digits} numbers");
}

/// A message's body is sent as it is: so the recorded bytes can be signed end to end.
#[test]
fn the_same_signatures_over_the_same_bytes() {
    let signed: Vec<Capture> = captures()
        .into_iter()
        .filter(|capture| capture.signed)
        .collect();
    assert_eq!(signed.len(), 84);
    let responder = Responder::start(|_| Reply::status(200));
    let webhooks: Vec<Value> = signed
        .iter()
        .enumerate()
        .map(|(index, capture)| {
            let (url, channel) = (responder.url(&format!("/{index}")), format!("c{index}"));
            json!({"name": format!("{index} {}", capture.name), "channels": channel, "url": url, "secret": capture.secret})
        })
        .collect();
    let lines: String = signed
        .iter()
        .enumerate()
        .map(|(index, capture)| {
            json!({"channel": format!("c{index}"), "content_type": "application/json", "content": capture.request.body}).to_string()
                + "\n"
        })
        .collect();
    Program::new(&json!(webhooks).to_string())
        .run(&lines, &[])
        .exits(0);
    for (index, capture) in signed.iter().enumerate() {
        let received = responder.at(&format!("/{index}"));
        let [received] = received.as_slice() else {
            panic!("{} came {} times", capture.name, received.len())
        };
        assert_eq!(received.body, capture.request.body, "{}", capture.name);
        assert_eq!(
            received.header("x-servo-signature"),
            capture.request.headers["x-servo-signature"],
            "{}",
            capture.name
        );
    }
}
