//! Why a view cannot be shown, in words that help.

use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};

/// Asks a browser for a name and the token.
const BASIC: &str = "Basic realm=\"servo-webhooks\", charset=\"UTF-8\"";

/// Why a view cannot be shown.
#[derive(Debug)]
pub struct Trouble {
    /// Of the answer.
    pub status: StatusCode,
    /// As a heading.
    pub title: &'static str,
    /// What is wrong, and what to do.
    pub detail: String,
    /// Beside those that every answer has.
    pub header: Option<(HeaderName, &'static str)>,
}

impl Trouble {
    /// With what is wrong and what to do.
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            header: None,
        }
    }

    /// There is no such thing.
    pub fn missing(title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, title, detail)
    }

    /// What was filled in is wrong.
    pub fn unfit(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "That cannot be done", detail)
    }

    /// For a while.
    pub fn unavailable(title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            header: Some((RETRY_AFTER, "1")),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, title, detail)
        }
    }

    /// Somebody who may not, or may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Refused", detail)
    }

    /// Somebody who is not signed in.
    pub fn unknown(detail: impl Into<String>) -> Self {
        Self {
            header: Some((WWW_AUTHENTICATE, BASIC)),
            ..Self::new(StatusCode::UNAUTHORIZED, "Sign in", detail)
        }
    }

    /// A path that has other methods.
    pub fn method(allowed: &'static str) -> Self {
        let detail = format!("This address takes {allowed}.");
        Self {
            header: Some((ALLOW, allowed)),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "Another method is needed",
                detail,
            )
        }
    }

    /// Its own header, as it is sent.
    pub fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let (name, value) = self.header.as_ref()?;
        Some((name.clone(), HeaderValue::from_static(value)))
    }
}
