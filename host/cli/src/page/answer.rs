//! Answers: a page with the headers that keep it to itself.

use super::layout::STYLE;
use super::page_request::EVERY;
use crate::serve::body::{AnswerBody, boxed};
use crate::small_server::respond;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, REFRESH,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use maud::Markup;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Nothing is loaded but the style that is in the page and the icon, and nobody frames it.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    policy.parse().ok()
});

/// What every answer has. The origin of a form says where it is from, so it is not left out as
/// `no-referrer` would have it; other sites are told nothing.
const HEADERS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// A page, and where it loads itself again from if it does.
pub fn page(status: StatusCode, markup: Markup, again: Option<&str>) -> Response<AnswerBody> {
    let mut response = sealed(status, "text/html; charset=utf-8", markup.into_string());
    // Made by `link`, of visible ASCII characters.
    let refresh = again.and_then(|again| format!("{EVERY}; url={again}").parse().ok());
    if let Some(refresh) = refresh {
        response.headers_mut().insert(REFRESH, refresh);
    }
    response
}

/// On to another view, once something is done.
pub fn see(location: &str) -> Response<AnswerBody> {
    let mut response = sealed(StatusCode::SEE_OTHER, "text/plain", String::new());
    // Made by `link`, of visible ASCII characters.
    if let Ok(location) = location.parse() {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// The icon.
pub fn icon() -> Response<AnswerBody> {
    let icon = include_str!("icon.svg").to_owned();
    sealed(StatusCode::OK, "image/svg+xml", icon)
}

fn sealed(status: StatusCode, kind: &'static str, body: String) -> Response<AnswerBody> {
    let mut response = boxed(respond(status, kind, body));
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(policy) = &*POLICY {
        headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    }
    response
}
