//! Headers of an answer, as the connector gets them.

use crate::config::webhook::Webhook;
use crate::connector::wit;
use http::{HeaderMap, HeaderValue};
use std::borrow::Cow;

impl Webhook {
    /// The answer headers that its connector wants to see.
    pub(crate) fn judged_headers<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> Vec<wit::HeaderParam<'a>> {
        let values = |name: &'a String| {
            headers
                .get_all(name.as_str())
                .iter()
                .map(move |value| (name, value))
        };
        self.answer_headers
            .iter()
            .flat_map(values)
            .map(|(name, value)| wit::HeaderParam {
                name,
                // None is illegible, see below.
                value: value.to_str().unwrap_or("?"),
            })
            .collect()
    }
}

/// The same headers with `?` for what is not ASCII: what else stands in a header must not
/// turn a cancel into consent.
pub(crate) fn legible(headers: &HeaderMap) -> Cow<'_, HeaderMap> {
    if headers.values().all(|value| value.to_str().is_ok()) {
        return Cow::Borrowed(headers);
    }
    let legible = |byte: u8| {
        if byte.is_ascii_graphic() || b" \t".contains(&byte) {
            byte
        } else {
            b'?'
        }
    };
    let mut headers = headers.clone();
    for value in headers.values_mut() {
        let bytes: Vec<u8> = value.as_bytes().iter().copied().map(legible).collect();
        *value = HeaderValue::from_bytes(&bytes).unwrap_or(HeaderValue::from_static("?"));
    }
    Cow::Owned(headers)
}
