//! Which headers a webhook may set. Those that belong to the transport, to the format of the
//! body or to the signature are not its own; `User-Agent` is.

use rules::suggestion::quoted;

/// Names that belong to the transport.
const TRANSPORT: [&str; 13] = [
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "http2-settings",
    "accept-encoding",
    "date",
    "cookie",
    "via",
    "forwarded",
];

/// Beginnings of names, and to whom they belong.
const FAMILIES: [(&str, &str); 6] = [
    ("content-", "the body's format"),
    ("proxy-", "the transport"),
    ("x-forwarded-", "the transport"),
    ("x-servo-", "the webhook's own protocol and signature"),
    ("webhook-", "the signature"),
    ("ce-", "the body's format"),
];

/// Why a name is refused, and what to do; none if a webhook may set it.
#[must_use]
pub fn refusal(name: &str) -> Option<String> {
    // RFC 9110, section 5.6.2.
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Some("is not a valid header name; use letters, digits and -".to_owned());
    }
    let lower = name.to_ascii_lowercase();
    if lower == "host" {
        return Some("header \"Host\" comes from the url; remove it".to_owned());
    }
    let owner = FAMILIES
        .iter()
        .find(|(start, _)| lower.starts_with(start))
        .map(|(_, owner)| *owner);
    let owner = owner.or_else(|| {
        TRANSPORT
            .contains(&lower.as_str())
            .then_some("the transport")
    })?;
    Some(format!(
        "header {} is reserved for {owner}; remove it",
        quoted(name)
    ))
}

#[cfg(test)]
mod tests {
    use crate::config::probe::{good, only, read, refuses, with};
    use serde_json::json;

    #[test]
    fn names_of_others() {
        for (name, says) in [
            ("Host", "comes from the url"),
            ("Content-Type", "the body's format"),
            ("content-length", "the body's format"),
            ("Transfer-Encoding", "the transport"),
            ("Connection", "the transport"),
            ("Keep-Alive", "the transport"),
            ("TE", "the transport"),
            ("Trailer", "the transport"),
            ("Upgrade", "the transport"),
            ("Expect", "the transport"),
            ("HTTP2-Settings", "the transport"),
            ("Proxy-Authorization", "the transport"),
            ("ACCEPT-ENCODING", "the transport"),
            ("Date", "the transport"),
            ("Cookie", "the transport"),
            ("Via", "the transport"),
            ("Forwarded", "the transport"),
            ("X-Forwarded-For", "the transport"),
            ("X-Servo-Signature", "signature"),
            ("Webhook-Id", "the signature"),
            ("ce-id", "the body's format"),
        ] {
            refuses(
                &json!({"headers": {name: "x"}}),
                &format!("/0/headers/{name}"),
                says,
            );
            refuses(
                &json!({"headers": [{"name": name, "value": "x"}]}),
                "/0/headers/0/name",
                says,
            );
        }
        for name in [
            "Accept",
            "Tea",
            "Dated",
            "X-Host",
            "Proxy",
            "Contents",
            "Cookie2",
            "Set-Cookie",
        ] {
            assert_eq!(good(&json!({"headers": {name: "x"}})).headers[0].name, name);
        }
    }

    #[test]
    fn names_are_tokens() {
        for (name, path) in [
            ("X A", "X A"),
            ("", ""),
            ("X/A", "X~1A"),
            ("X~:", "X~0:"),
            ("é", "é"),
            ("X\r\nA", "X\r\nA"),
        ] {
            let problem = only(read(&[with(&json!({"headers": {name: "x"}}))]));
            assert_eq!(
                (problem.path, problem.at_key),
                (format!("/0/headers/{path}"), true)
            );
            refuses(
                &json!({"headers": [{"name": name, "value": "x"}]}),
                "/0/headers/0/name",
                "valid header name",
            );
        }
        assert_eq!(
            good(&json!({"headers": {"!#$%&'*+-.^_`|~09aZ": ""}}))
                .headers
                .len(),
            2
        );
    }
}
