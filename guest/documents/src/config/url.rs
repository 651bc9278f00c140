//! The URL of a webhook, as far as it can be told from its text. A URL given by reference
//! is the host's to check, by the same rules.

use super::Value;
use super::fields::Fields;
use super::placeholder;
use super::values::{handle, kind};
use std::net::Ipv6Addr;

const EXAMPLE: &str = "for example https://example.com/hook";
const FORMS: &str = "write one, or {env: NAME} or {file: PATH}";

/// Reads the field `url`. Nothing behind the scheme is ever repeated in a message.
pub fn read(fields: &mut Fields<'_>) -> Value {
    let nothing = Value::Text(String::new());
    let Some(value) = fields.get("url") else {
        fields.error("", format!("needs a url; {FORMS}"));
        return nothing;
    };
    if let Some(handle) = handle(value) {
        return Value::Handle(handle);
    }
    let Some(text) = value.as_str() else {
        fields.error(
            "url",
            format!("must be a URL, not {}; {FORMS}", kind(value)),
        );
        return nothing;
    };
    if let Some(why) = placeholder::in_url(text) {
        fields.error("url", why);
        return nothing;
    }
    let url = match text.split_once('#') {
        Some((url, _)) => {
            fields.warning(
                "url",
                "the fragment, from # on, is never sent; remove it".to_owned(),
            );
            url
        }
        None => text,
    };
    if let Err(why) = check(url) {
        fields.error("url", why);
    }
    Value::Text(url.to_owned())
}

/// Whether a URL, without a fragment, is one that a webhook can have.
///
/// # Errors
/// Says what to write, and nothing of the URL.
pub fn check(url: &str) -> Result<(), String> {
    let odd = |char: char| char.is_whitespace() || char.is_control() || char == '\\';
    if url.chars().any(odd) {
        return Err("must not contain spaces, control characters or backslashes; write %20 for a space, / for a backslash".to_owned());
    }
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    if !["http", "https"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
    {
        return Err(format!("must start with http:// or https://; {EXAMPLE}"));
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(
            "must not contain a user or password; put credentials in a header such as Authorization"
                .to_owned(),
        );
    }
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    check_host(host)?;
    if port.is_some_and(|port| !is_port(port)) {
        return Err("has an invalid port; write a number from 1 to 65535, or remove it".to_owned());
    }
    Ok(())
}

fn check_host(host: &str) -> Result<(), String> {
    if host.is_empty() {
        return Err(format!("has no host; {EXAMPLE}"));
    }
    if let Some(address) = host.strip_prefix('[') {
        let address = address
            .strip_suffix(']')
            .and_then(|address| address.parse::<Ipv6Addr>().ok());
        return match address {
            Some(_) => Ok(()),
            None => Err(
                "has no IPv6 address between its brackets; for example https://[2001:db8::1]/"
                    .to_owned(),
            ),
        };
    }
    if host.contains(':') {
        return Err(
            "has too many colons; put an IPv6 address in brackets, as in https://[2001:db8::1]/"
                .to_owned(),
        );
    }
    // Wider than the names of DNS, which has an underscore only in practice.
    if host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    {
        return Ok(());
    }
    Err("has an invalid host; use letters, digits, . and -, and the xn-- form of an international name".to_owned())
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use crate::config::Value;
    use crate::config::test_webhook::{LEFT_OUT, good, read, refuses, warns, with};
    use serde_json::json;

    #[test]
    fn kept_as_written() {
        for url in [
            "http://a",
            "HTTPS://Example.com:8443/x?y=z",
            "https://[::1]:80/",
            "https://[2001:db8::1]",
            "http://127.0.0.1:65535",
            "https://my_service.local./",
            "https://example.com?x=http://a@b",
            "https://example.com/a@b:c",
        ] {
            assert_eq!(good(&json!({"url": url})).url, Value::Text(url.to_owned()));
        }
        assert_eq!(good(&json!({"url": {"handle": 7}})).url, Value::Handle(7));
    }

    #[test]
    fn refused() {
        for (url, says) in [
            ("", "http://"),
            ("example.com", "http://"),
            ("//example.com", "http://"),
            ("https:example.com", "http://"),
            ("ftp://example.com", "http://"),
            ("httpsx://example.com", "http://"),
            ("https://", "no host"),
            ("https:///path", "no host"),
            ("https://?query", "no host"),
            ("https://:80/", "no host"),
            ("https://user@example.com/", "credentials in a header"),
            ("https://:p@example.com/", "credentials in a header"),
            ("https://example.com:0/", "1 to 65535"),
            ("https://example.com:65536/", "1 to 65535"),
            ("https://example.com:+80/", "1 to 65535"),
            ("https://example.com:/", "1 to 65535"),
            ("https://example.com:http/", "1 to 65535"),
            ("https://[::1]:x/", "1 to 65535"),
            ("https://[::1/", "brackets"),
            ("https://[]/", "brackets"),
            ("https://[127.0.0.1]/", "brackets"),
            ("https://::1/", "brackets"),
            ("https://exam ple.com/", "spaces"),
            (" https://example.com/", "spaces"),
            ("https://example.com/\n", "spaces"),
            ("https://example.com/\u{0}", "control"),
            ("https:\\\\example.com\\", "backslashes"),
            ("https://müller.example/", "xn--"),
            ("https://a%2eb/", "invalid host"),
            ("https://$HOST/", "invalid host"),
            ("${URL}", "write {env: NAME}"),
            ("$URL", "write {env: NAME}"),
            ("{{ URL }}", "write {env: NAME}"),
            ("env:URL", "write {env: NAME}"),
            ("file:url.txt", "http://"),
            ("https://${HOST}/a", "holds a placeholder"),
            ("https://example.com/{{ path }}", "holds a placeholder"),
        ] {
            refuses(&json!({"url": url}), "/0/url", says);
        }
    }

    #[test]
    fn missing_or_of_another_type() {
        refuses(&json!({"url": LEFT_OUT}), "/0", "{env: NAME}");
        refuses(&json!({"url": null}), "/0/url", "not null");
        refuses(&json!({"url": 1}), "/0/url", "not a number");
        refuses(
            &json!({"url": ["https://example.com/"]}),
            "/0/url",
            "not a list",
        );
        refuses(&json!({"url": {"handle": -1}}), "/0/url", "not a mapping");
    }

    #[test]
    fn a_fragment_is_dropped() {
        let changes = json!({"url": "https://example.com/a#b#c"});
        warns(&changes, "/0/url", "#");
        assert_eq!(
            read(&[with(&changes)]).webhooks[0].url,
            Value::Text("https://example.com/a".to_owned())
        );
    }

    #[test]
    fn nothing_confidential_is_repeated() {
        for url in [
            "https://hunter2:hunter2@example.com/hunter2",
            "https://u:hunter2/@example.com/",
            "https://example.com:hunter2/hunter2?hunter2",
            "https://example.com/#hunter2",
            "https://hunter 2/hunter2",
            "hunter2",
            "hunter2://hunter2",
        ] {
            let read = read(&[with(&json!({"url": url}))]);
            assert!(
                !read.problems.is_empty() && !format!("{read:?}").contains("hunter"),
                "{read:?}"
            );
        }
    }
}
