//! What is told of an attempt: a span of an HTTP client, by its semantic conventions.

use crate::attempt::info::AttemptInfo;
use crate::config::webhook::Webhook;
use crate::trace::attempt_end::AttemptEnd;
use crate::trace::delivery_span::of_event;
use crate::trace::span::{Description, Span};
use http::Version;
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanKind, Status};
use std::borrow::Cow;

/// An attempt that is made. One that is broken off is told of when it is dropped.
#[derive(Debug)]
pub(crate) struct AttemptSpan<'a> {
    span: Span,
    webhook: &'a Webhook,
    info: AttemptInfo<'a>,
    is_ended: bool,
}

/// Nobody waits for the answer any more.
const ABORTED: AttemptEnd<'static> = AttemptEnd {
    status: None,
    version: None,
    is_failed: true,
    class: "aborted",
    why: Some("given up before an answer came"),
};

impl<'a> AttemptSpan<'a> {
    pub(super) fn new(span: Span, webhook: &'a Webhook, info: AttemptInfo<'a>) -> Self {
        Self {
            span,
            webhook,
            info,
            is_ended: false,
        }
    }

    /// It came to an end.
    pub(crate) fn end(mut self, end: &AttemptEnd<'_>) {
        self.tell(end);
    }

    fn tell(&mut self, end: &AttemptEnd<'_>) {
        self.is_ended = true;
        let (webhook, info) = (self.webhook, self.info);
        self.span.end(|| {
            let mut attributes = vec![
                KeyValue::new("http.request.method", "POST"),
                KeyValue::new("servo_webhooks.webhook", webhook.label()),
                KeyValue::new("servo_webhooks.delivery", info.delivery.to_owned()),
                KeyValue::new("servo_webhooks.attempt", i64::from(info.number)),
            ];
            attributes.extend(of_event(info.event, info.id));
            if let Some(target) = &webhook.target {
                attributes.extend([
                    KeyValue::new("server.address", target.host().to_owned()),
                    KeyValue::new("server.port", i64::from(target.port())),
                    // Its path and query may be secret.
                    KeyValue::new("url.full", target.origin().to_owned()),
                ]);
            }
            if info.number > 1 {
                let again = i64::from(info.number) - 1;
                attributes.push(KeyValue::new("http.request.resend_count", again));
            }
            if let Some(status) = end.status {
                let status = i64::from(status);
                attributes.push(KeyValue::new("http.response.status_code", status));
            }
            if let Some(version) = end.version.and_then(number) {
                attributes.push(KeyValue::new("network.protocol.version", version));
            }
            if end.is_failed {
                let kind = match end.status {
                    Some(status) => status.to_string(),
                    None => end.class.to_owned(),
                };
                attributes.push(KeyValue::new("error.type", kind));
            }
            Description {
                kind: SpanKind::Client,
                name: Cow::Borrowed("POST"),
                attributes,
                status: match (end.is_failed, end.status) {
                    (false, _) => Status::Unset,
                    // The status says it.
                    (true, Some(_)) => Status::error(""),
                    (true, None) => Status::error(end.why.unwrap_or_default().to_owned()),
                },
            }
        });
    }
}

impl Drop for AttemptSpan<'_> {
    fn drop(&mut self) {
        if !self.is_ended {
            self.tell(&ABORTED);
        }
    }
}

/// As semantic conventions write it.
fn number(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}
