//! What is answered to a request that cannot be taken: RFC 9457.

use http::StatusCode;
use serde_json::{Value, json};

/// Seconds after which whoever was sent away may come back.
pub const RETRY_SECONDS: &str = "1";

/// A refusal.
#[derive(Debug)]
pub struct Problem {
    /// Of HTTP.
    pub status: u16,
    detail: String,
    /// One more header of the answer.
    pub header: Option<(&'static str, &'static str)>,
}

impl Problem {
    /// With what was wrong and what to do.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            header: None,
        }
    }

    /// The event, or what should be one.
    pub fn event(detail: impl Into<String>) -> Self {
        Self::new(400, detail)
    }

    /// Who asks did not show that it may.
    pub fn unauthorized(detail: &str) -> Self {
        Self {
            header: Some(("www-authenticate", "Bearer")),
            ..Self::new(401, detail)
        }
    }

    /// A path that has other methods.
    pub fn method(allowed: &'static str) -> Self {
        Self {
            header: Some(("allow", allowed)),
            ..Self::new(405, format!("use {allowed}"))
        }
    }

    /// The answer's body.
    pub fn body(&self) -> Value {
        let status = StatusCode::from_u16(self.status).ok();
        json!({
            "title": status.and_then(|status| status.canonical_reason()),
            "status": self.status,
            "detail": self.detail,
        })
    }
}
