//! The component in its sandbox, a fresh instance for each call.

use super::calls::{UnderTest, number, pairs, text};
use serde_json::{Value, json};
use servo_webhooks::__internal::connector::{Contract, Shape, wit};
use servo_webhooks::{Component, Connector};

pub struct Sandboxed(Connector);

impl Sandboxed {
    /// The built-in component, or that which the environment names.
    pub fn new() -> Self {
        let component = match std::env::var_os("SERVO_WEBHOOKS_CONNECTOR") {
            Some(file) => Component::from_file(file.as_ref()).unwrap(),
            None => Component::built_in(),
        };
        Self(Connector::new(&component).unwrap())
    }
}

fn retries(retries: &wit::Retries) -> Value {
    json!({"max_tries": retries.max_tries, "max_time": retries.max_time, "policy": retries.policy})
}

fn field(field: &wit::Value) -> Value {
    match field {
        wit::Value::Text(text) => json!(text),
        wit::Value::Handle(handle) => json!({ "handle": handle }),
    }
}

/// A host knows by `webhook.warm` which shapes have expressions; here there is the token
/// alone.
fn shape_of(token: &str) -> Shape {
    Shape {
        token: token.to_owned(),
        warm: token.contains("\"when\"") || token.contains("\"payload\""),
    }
}

impl UnderTest for Sandboxed {
    fn parse_config(&self, document: &str, events: &[String], source: &str) -> Value {
        let read = Contract::of(&self.0)
            .parse_config(document, events, source)
            .unwrap();
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
                    wit::HttpVersion::Auto => "auto",
                    wit::HttpVersion::Http1 => "1.1",
                    wit::HttpVersion::Http2 => "2",
                },
                "on_error": match webhook.on_error {
                    wit::OnError::Proceed => "proceed",
                    wit::OnError::Cancel => "cancel",
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
                wit::Severity::Warning => "warning",
                wit::Severity::Error => "error",
            };
            json!({"severity": severity, "path": problem.path, "at_key": problem.at_key, "message": problem.message})
        });
        json!({"webhooks": webhooks.collect::<Vec<_>>(), "problems": problems.collect::<Vec<_>>(), "answer_headers": read.answer_headers})
    }

    fn select(&self, listeners: &[Vec<String>], event: &str) -> Value {
        json!(Contract::of(&self.0).select(listeners, event).unwrap())
    }

    fn render(&self, shape: &str, notification: &Value) -> Value {
        let notification = if let Some(event) = notification.get("event") {
            wit::Notification::Event(wit::EventParam {
                name: text(&event["name"]),
                id: text(&event["id"]),
                created: text(&event["created"]),
                parameters: text(&event["parameters"]),
                results: event["results"].as_str(),
            })
        } else {
            let message = &notification["message"];
            wit::Notification::Message(wit::Message {
                channel: text(&message["channel"]),
                id: text(&message["id"]),
                created: text(&message["created"]),
                content_type: text(&message["content_type"]),
                content: wit::Content::Text(text(&message["content"])),
            })
        };
        let listed = |headers: &[wit::HeaderResult]| {
            json!(
                headers
                    .iter()
                    .map(|header| [&header.name, &header.value])
                    .collect::<Vec<_>>()
            )
        };
        match Contract::of(&self.0)
            .render(&shape_of(shape), notification, 1 << 16)
            .unwrap()
        {
            Ok(wit::Rendering::Send(request)) => json!({"send": {
                "content_type": request.content_type,
                "schema_version": request.schema_version,
                "headers": listed(&request.headers),
                "body": request.body,
                "warning": request.warning,
            }}),
            Ok(wit::Rendering::Skip(why)) => json!({ "skip": why }),
            Err(wit::RenderError::Notification(why)) => json!({"error": {"notification": why}}),
            Err(wit::RenderError::Expression(why)) => json!({"error": {"expression": why}}),
            Err(wit::RenderError::Other(why)) => json!({"error": {"other": why}}),
        }
    }

    fn sign(&self, scheme: &str, secrets: &[String], context: &Value, body: &str) -> Value {
        let context = wit::SigningContext {
            delivery: text(&context["delivery"]),
            attempt: number(&context["attempt"]).try_into().unwrap(),
            now: number(&context["now"]),
        };
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        match Contract::of(&self.0)
            .sign(scheme, &secrets, context, wit::Content::Text(body))
            .unwrap()
        {
            Ok(headers) => {
                json!({"headers": headers.iter().map(|header| [&header.name, &header.value]).collect::<Vec<_>>()})
            }
            Err(error) => json!({"error": {"secret": error.secret, "message": error.message}}),
        }
    }

    fn judge(&self, policy: &str, attempt: &Value) -> Value {
        let answer = attempt["outcome"].get("answer");
        let headers = answer
            .map(|answer| pairs(&answer["headers"]))
            .unwrap_or_default();
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| wit::HeaderParam { name, value })
            .collect();
        let outcome = match answer {
            Some(answer) => wit::Outcome::Answer(wit::Answer {
                status: number(&answer["status"]).try_into().unwrap(),
                headers: &headers,
                body: answer.get("body").map(|body| wit::AnswerBody {
                    text: text(&body["text"]),
                    ending: match text(&body["ending"]) {
                        "whole" => wit::Ending::Whole,
                        "oversized" => wit::Ending::Oversized,
                        _ => wit::Ending::Broken,
                    },
                }),
            }),
            None => wit::Outcome::NoAnswer(text(&attempt["outcome"]["no_answer"])),
        };
        let attempt = wit::Attempt {
            number: number(&attempt["number"]).try_into().unwrap(),
            elapsed: number(&attempt["elapsed"]),
            now: number(&attempt["now"]),
            outcome,
        };
        let ruling = Contract::of(&self.0).judge(policy, attempt).unwrap();
        let (verdict, why, wait) = match ruling.verdict {
            wit::Verdict::Delivered => ("delivered", None, None),
            wit::Verdict::Cancel(reason) => ("cancel", Some(reason), None),
            wit::Verdict::Retry(wait) => ("retry", None, Some([wait.at_least, wait.at_most])),
            wit::Verdict::Failed(why) => ("failed", Some(why), None),
            wit::Verdict::Gone(why) => ("gone", Some(why), None),
        };
        json!({"verdict": verdict, "why": why, "wait": wait, "read_body": ruling.read_body, "publish": ruling.publish, "warning": ruling.warning})
    }

    fn schema(&self, shape: &str, event_type: &Value) -> Value {
        match Contract::of(&self.0)
            .schema(&shape_of(shape), about(event_type))
            .unwrap()
        {
            Ok(found) => json!({
                "content_type": found.content_type,
                "schema": serde_json::from_str::<Value>(&found.schema).unwrap(),
            }),
            Err(why) => json!({ "error": why }),
        }
    }

    fn sample(&self, event_type: &Value, id: &str, created: &str) -> Value {
        match Contract::of(&self.0)
            .sample(about(event_type), id, created)
            .unwrap()
        {
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

fn about(event_type: &Value) -> wit::EventType<'_> {
    wit::EventType {
        name: text(&event_type["name"]),
        parameters: event_type["parameters"].as_str(),
        value: event_type["value"].as_str(),
    }
}
