//! The rules as they are.

use super::calls::{UnderTest, number, pairs, text};
use documents::config::{self, HttpVersion, OnError, Retries, Severity, Value as Field};
use rules::answer::{Answer, Attempt, Outcome, Verdict};
use rules::header::Header;
use rules::notification::{Content, Event, Message, Notification};
use rules::reason::{Body, Ending};
use rules::render::{Error, Rendering};
use rules::signature::SigningContext;
use serde_json::{Value, json};

pub struct Native;

fn listed(headers: &[Header]) -> Value {
    json!(
        headers
            .iter()
            .map(|header| [&header.name, &header.value])
            .collect::<Vec<_>>()
    )
}

fn retries(retries: &Retries) -> Value {
    json!({"max_tries": retries.max_tries, "max_time": retries.max_time, "policy": retries.policy})
}

fn field(field: &Field) -> Value {
    match field {
        Field::Text(text) => json!(text),
        Field::Handle(handle) => json!({ "handle": handle }),
    }
}

impl UnderTest for Native {
    fn parse_config(&self, document: &str, events: &[String], source: &str) -> Value {
        let read = config::parse(document, events, source);
        let webhooks = read.webhooks.iter().map(|webhook| {
            json!({
                "name": webhook.name,
                "description": webhook.description,
                "enabled": webhook.enabled,
                "events": webhook.events,
                "channels": webhook.channels,
                "response_channel": webhook.response_channel,
                "url": field(&webhook.url),
                "headers": webhook.headers.iter().map(|header| json!([header.name, field(&header.value)])).collect::<Vec<_>>(),
                "secrets": webhook.secrets,
                "timeout": webhook.timeout,
                "http_version": match webhook.http_version {
                    HttpVersion::Auto => "auto",
                    HttpVersion::Http1 => "1.1",
                    HttpVersion::Http2 => "2",
                },
                "on_error": match webhook.on_error {
                    OnError::Proceed => "proceed",
                    OnError::Cancel => "cancel",
                },
                "before": retries(&webhook.before),
                "after": retries(&webhook.after),
                "shape": webhook.shape,
                "scheme": webhook.scheme,
                "warm": webhook.warm,
                "settings": webhook.settings.len(),
            })
        });
        let problems = read.problems.iter().map(|problem| {
            let severity = match problem.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            json!({"severity": severity, "path": problem.path, "at_key": problem.at_key, "message": problem.message})
        });
        json!({"webhooks": webhooks.collect::<Vec<_>>(), "problems": problems.collect::<Vec<_>>(), "answer_headers": read.answer_headers})
    }

    fn select(&self, listeners: &[Vec<String>], event: &str) -> Value {
        json!(rules::selector::select(listeners, event))
    }

    fn render(&self, shape: &str, notification: &Value) -> Value {
        let own = |value: &Value| text(value).to_owned();
        let notification = if let Some(event) = notification.get("event") {
            Notification::Event(Event {
                name: own(&event["name"]),
                id: own(&event["id"]),
                created: own(&event["created"]),
                parameters: own(&event["parameters"]),
                results: event["results"].as_str().map(str::to_owned),
            })
        } else {
            let message = &notification["message"];
            Notification::Message(Message {
                channel: own(&message["channel"]),
                id: own(&message["id"]),
                created: own(&message["created"]),
                content_type: own(&message["content_type"]),
                content: Content::Text(own(&message["content"])),
            })
        };
        match rules::render::render(shape, &notification) {
            Ok(Rendering::Send(request)) => json!({"send": {
                "content_type": request.content_type,
                "schema_version": request.schema_version,
                "headers": listed(&request.headers),
                "body": request.body,
                "warning": request.warning,
            }}),
            Ok(Rendering::Skip(why)) => json!({ "skip": why }),
            Err(Error::Notification(why)) => json!({"error": {"notification": why}}),
            Err(Error::Expression(why)) => json!({"error": {"expression": why}}),
            Err(Error::Other(why)) => json!({"error": {"other": why}}),
        }
    }

    fn sign(&self, scheme: &str, secrets: &[String], context: &Value, body: &str) -> Value {
        let context = SigningContext {
            delivery: text(&context["delivery"]).to_owned(),
            attempt: number(&context["attempt"]).try_into().unwrap(),
            now: number(&context["now"]),
        };
        match rules::signature::sign(scheme, secrets, &context, body.as_bytes()) {
            Ok(headers) => json!({"headers": listed(&headers)}),
            Err(error) => json!({"error": {"secret": error.secret, "message": error.message}}),
        }
    }

    fn judge(&self, policy: &str, attempt: &Value) -> Value {
        let outcome = if let Some(answer) = attempt["outcome"].get("answer") {
            let headers = pairs(&answer["headers"]).into_iter();
            Outcome::Answer(Answer {
                status: number(&answer["status"]).try_into().unwrap(),
                headers: headers
                    .map(|(name, value)| Header { name, value })
                    .collect(),
                body: answer.get("body").map(|body| Body {
                    text: text(&body["text"]).to_owned(),
                    ending: match text(&body["ending"]) {
                        "whole" => Ending::Whole,
                        "oversized" => Ending::Oversized,
                        _ => Ending::Broken,
                    },
                }),
            })
        } else {
            Outcome::NoAnswer(text(&attempt["outcome"]["no_answer"]).to_owned())
        };
        let ruling = rules::answer::judge(
            policy,
            &Attempt {
                number: number(&attempt["number"]).try_into().unwrap(),
                elapsed: number(&attempt["elapsed"]),
                now: number(&attempt["now"]),
                outcome,
            },
        );
        let (verdict, why, wait) = match ruling.verdict {
            Verdict::Delivered => ("delivered", None, None),
            Verdict::Cancel(reason) => ("cancel", Some(reason), None),
            Verdict::Retry(wait) => ("retry", None, Some([wait.at_least, wait.at_most])),
            Verdict::Failed(why) => ("failed", Some(why), None),
            Verdict::Gone(why) => ("gone", Some(why), None),
        };
        json!({"verdict": verdict, "why": why, "wait": wait, "read_body": ruling.read_body, "publish": ruling.publish, "warning": ruling.warning})
    }

    fn schema(&self, shape: &str, event_type: &Value) -> Value {
        match documents::schema::schema(shape, &about(event_type)) {
            Ok(found) => json!({
                "content_type": found.content_type,
                "schema": serde_json::from_str::<Value>(&found.schema).unwrap(),
            }),
            Err(why) => json!({ "error": why }),
        }
    }

    fn sample(&self, event_type: &Value, id: &str, created: &str) -> Value {
        match documents::sample::sample(&about(event_type), id, created) {
            Ok(event) => json!({
                "name": event.name,
                "id": event.id,
                "created": event.created,
                "parameters": event.parameters,
                "results": event.results,
            }),
            Err(why) => json!({ "error": why }),
        }
    }
}

fn about(event_type: &Value) -> documents::schema::EventType<'_> {
    documents::schema::EventType {
        name: text(&event_type["name"]),
        parameters: event_type["parameters"].as_str(),
        value: event_type["value"].as_str(),
    }
}
