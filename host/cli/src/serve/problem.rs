//! What is answered to a request that cannot be taken: RFC 9457.

use super::access::Refusal;
use crate::small_server::respond;
use bytes::Bytes;
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value, json};

/// Seconds after which whoever was sent away may come back.
pub const RETRY_SECONDS: &str = "1";

/// A refusal.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    header: Option<(HeaderName, &'static str)>,
    more: Option<Box<Map<String, Value>>>,
}

impl Problem {
    /// With what was wrong and what to do.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            header: None,
            more: None,
        }
    }

    /// With more members.
    pub fn with(mut self, more: Map<String, Value>) -> Self {
        self.more = Some(Box::new(more));
        self
    }

    /// The event, or what should be one.
    pub fn event(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// For a while.
    pub fn unavailable(detail: &str) -> Self {
        Self {
            header: Some((RETRY_AFTER, RETRY_SECONDS)),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
    }

    /// A path that has other methods.
    pub fn method(allowed: &'static str) -> Self {
        let detail = format!("use {allowed}");
        Self {
            header: Some((ALLOW, allowed)),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, detail)
        }
    }

    /// As a number.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// What is wrong.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The answer.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut body = json!({
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        for (name, value) in self.more.iter().flat_map(|more| more.iter()) {
            body[name] = value.clone();
        }
        let mut response = respond(
            self.status,
            "application/problem+json",
            body.to_string() + "\n",
        );
        if let Some((name, value)) = &self.header {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = match refusal {
            Refusal::Missing => "missing header Authorization: Bearer TOKEN",
            Refusal::Wrong => "wrong token",
            Refusal::Page => {
                return Self::new(
                    StatusCode::FORBIDDEN,
                    "requests of web pages are refused without a token (this one has an Origin, or a Sec-Fetch-Site of another site)",
                );
            }
            Refusal::Host => {
                return Self::new(
                    StatusCode::FORBIDDEN,
                    "without a token, Host must be localhost or a loopback address; set a token to allow other names",
                );
            }
        };
        Self {
            header: Some((WWW_AUTHENTICATE, "Bearer")),
            ..Self::new(StatusCode::UNAUTHORIZED, detail)
        }
    }
}
