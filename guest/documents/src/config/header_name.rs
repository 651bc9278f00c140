//! Which headers a webhook may set.

use rules::protected_header::{Owner, owner};
use rules::suggestion::quoted;

/// Why a name is refused, and what to do; none if a webhook may set it.
#[must_use]
pub fn refusal(name: &str) -> Option<String> {
    // RFC 9110, section 5.6.2.
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Some("is not a valid header name; use letters, digits and -".to_owned());
    }
    let owner = match owner(name)? {
        Owner::Url => return Some("header \"Host\" comes from the url; remove it".to_owned()),
        Owner::Transport => "the transport",
        Owner::Format => "the body's format",
        Owner::Protocol => "the webhook's own protocol and signature",
        Owner::Signature => "the signature",
    };
    Some(format!(
        "header {} is reserved for {owner}; remove it",
        quoted(name)
    ))
}

#[cfg(test)]
mod tests {
    use crate::config::Severity;
    use crate::config::test_webhook::{good, only, read, refuses, with};
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
    fn what_a_webhook_may_set_is_what_the_vectors_say() {
        let text = include_str!("../../../../tests/vectors/own-headers.json");
        let said: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = said["vectors"].as_array().unwrap();
        assert!(vectors.len() > 150);
        for vector in vectors {
            let field = |key: &str| vector["input"][key].as_str().unwrap();
            let found = {
                let headers = json!({"headers": {field("name"): field("value")}});
                !read(&[with(&headers)])
                    .problems
                    .iter()
                    .any(|one| one.severity == Severity::Error)
            };
            assert_eq!(found, vector["expected"] == "own", "{}", vector["why"]);
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
