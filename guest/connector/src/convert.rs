//! Between the records of the WIT and those of the rules, one to one.

use crate::wit;
use documents::config::{Configuration, HttpVersion, OnError, Retries, Severity, Value, Webhook};
use rules::answer::{Answer, Attempt, Outcome, Ruling, Verdict};
use rules::header::Header;
use rules::notification::{Content, Event, Message, Notification};
use rules::reason::{Body, Ending};
use rules::render::{Error, Rendering};

pub fn configuration(from: Configuration) -> wit::Configuration {
    wit::Configuration {
        webhooks: from.webhooks.into_iter().map(webhook).collect(),
        problems: from
            .problems
            .into_iter()
            .map(|problem| wit::Problem {
                severity: match problem.severity {
                    Severity::Warning => wit::Severity::Warning,
                    Severity::Error => wit::Severity::Error,
                },
                path: problem.path,
                at_key: problem.at_key,
                message: problem.message,
            })
            .collect(),
        answer_headers: from.answer_headers,
    }
}

fn webhook(from: Webhook) -> wit::Webhook {
    wit::Webhook {
        name: from.name,
        description: from.description,
        enabled: from.enabled,
        events: from.events,
        channels: from.channels,
        response_channel: from.response_channel,
        url: value(from.url),
        headers: from
            .headers
            .into_iter()
            .map(|header| wit::CustomHeader {
                name: header.name,
                value: value(header.value),
            })
            .collect(),
        secrets: from.secrets,
        timeout: from.timeout,
        http_version: match from.http_version {
            HttpVersion::Auto => wit::HttpVersion::Auto,
            HttpVersion::Http1 => wit::HttpVersion::Http1,
            HttpVersion::Http2 => wit::HttpVersion::Http2,
        },
        on_error: match from.on_error {
            OnError::Proceed => wit::OnError::Proceed,
            OnError::Cancel => wit::OnError::Cancel,
        },
        before: retries(from.before),
        after: retries(from.after),
        shape: from.shape,
        warm: from.warm,
        scheme: from.scheme,
        settings: from
            .settings
            .into_iter()
            .map(|setting| wit::Setting {
                name: setting.name,
                value: setting.value,
                path: setting.path,
            })
            .collect(),
    }
}

fn value(from: Value) -> wit::Value {
    match from {
        Value::Text(text) => wit::Value::Text(text),
        Value::Handle(handle) => wit::Value::Handle(handle),
    }
}

fn retries(from: Retries) -> wit::Retries {
    wit::Retries {
        max_tries: from.max_tries,
        max_time: from.max_time,
        policy: from.policy,
    }
}

pub fn notification(from: wit::Notification) -> Notification {
    match from {
        wit::Notification::Event(event) => Notification::Event(Event {
            name: event.name,
            id: event.id,
            created: event.created,
            parameters: event.parameters,
            results: event.results,
        }),
        wit::Notification::Message(message) => Notification::Message(Message {
            channel: message.channel,
            id: message.id,
            created: message.created,
            content_type: message.content_type,
            content: content(message.content),
        }),
    }
}

pub fn event_out(from: Event) -> wit::Event {
    wit::Event {
        name: from.name,
        id: from.id,
        created: from.created,
        parameters: from.parameters,
        results: from.results,
    }
}

pub fn content(from: wit::Content) -> Content {
    match from {
        wit::Content::Text(text) => Content::Text(text),
        wit::Content::Binary(bytes) => Content::Binary(bytes),
    }
}

pub fn rendering(from: Rendering) -> wit::Rendering {
    match from {
        Rendering::Send(request) => wit::Rendering::Send(wit::Request {
            content_type: request.content_type,
            schema_version: request.schema_version,
            headers: headers(request.headers),
            body: request.body,
            warning: request.warning,
        }),
        Rendering::Skip(why) => wit::Rendering::Skip(why),
    }
}

pub fn render_error(from: Error) -> wit::RenderError {
    match from {
        Error::Notification(why) => wit::RenderError::Notification(why),
        Error::Expression(why) => wit::RenderError::Expression(why),
        Error::Other(why) => wit::RenderError::Other(why),
    }
}

pub fn headers(from: Vec<Header>) -> Vec<wit::Header> {
    from.into_iter()
        .map(|header| wit::Header {
            name: header.name,
            value: header.value,
        })
        .collect()
}

pub fn attempt(from: wit::Attempt) -> Attempt {
    Attempt {
        number: from.number,
        elapsed: from.elapsed,
        now: from.now,
        outcome: match from.outcome {
            wit::Outcome::Answer(answer) => Outcome::Answer(Answer {
                status: answer.status,
                headers: answer
                    .headers
                    .into_iter()
                    .map(|header| Header {
                        name: header.name,
                        value: header.value,
                    })
                    .collect(),
                body: answer.body.map(|body| Body {
                    text: body.text,
                    ending: match body.ending {
                        wit::Ending::Whole => Ending::Whole,
                        wit::Ending::Oversized => Ending::Oversized,
                        wit::Ending::Broken => Ending::Broken,
                    },
                }),
            }),
            wit::Outcome::NoAnswer(why) => Outcome::NoAnswer(why),
        },
    }
}

pub fn ruling(from: Ruling) -> wit::Ruling {
    wit::Ruling {
        verdict: match from.verdict {
            Verdict::Delivered => wit::Verdict::Delivered,
            Verdict::Cancel(reason) => wit::Verdict::Cancel(reason),
            Verdict::Retry(wait) => wit::Verdict::Retry(wit::Wait {
                at_least: wait.at_least,
                at_most: wait.at_most,
            }),
            Verdict::Failed(why) => wit::Verdict::Failed(why),
            Verdict::Gone(why) => wit::Verdict::Gone(why),
        },
        read_body: from.read_body,
        publish: from.publish,
        warning: from.warning,
    }
}

pub fn event_type(from: &wit::EventType) -> documents::schema::EventType<'_> {
    documents::schema::EventType {
        name: &from.name,
        parameters: from.parameters.as_deref(),
        value: from.value.as_deref(),
    }
}
