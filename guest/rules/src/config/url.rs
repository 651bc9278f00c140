//! The URL of a webhook, as far as it can be told from its text. Hosts parse it in
//! full; a URL given by reference is theirs alone to check.

use super::Value;
use super::fields::Fields;
use super::values::{handle, kind};

const REFERENCE: &str = "{env: NAME} or {file: PATH}";

/// Reads the field `url`. Nothing behind the host is ever repeated in a message.
pub fn read(fields: &mut Fields<'_>) -> Value {
    let nothing = Value::Text(String::new());
    let Some(value) = fields.get("url") else {
        fields.error("", format!("needs a url; write one, or {REFERENCE}"));
        return nothing;
    };
    if let Some(handle) = handle(value) {
        return Value::Handle(handle);
    }
    let Some(text) = value.as_str() else {
        fields.error(
            "url",
            format!("must be a URL, {REFERENCE}, not {}", kind(value)),
        );
        return nothing;
    };
    let url = match text.split_once('#') {
        Some((url, _)) => {
            fields.warning("url", "the part after # is never sent; drop it".to_owned());
            url
        }
        None => text,
    };
    if let Err(why) = check(url) {
        fields.error("url", why);
    }
    Value::Text(url.to_owned())
}

fn check(url: &str) -> Result<(), String> {
    if url
        .chars()
        .any(|char| char.is_whitespace() || char.is_control() || char == '\\')
    {
        return Err(
            "must not hold spaces, control characters or backslashes; write them as %20 and so on"
                .to_owned(),
        );
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err("must start with http:// or https://".to_owned());
    };
    if !["http", "https"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
    {
        return Err("must start with http:// or https://".to_owned());
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(
            "must not hold a user or password; put credentials in a header such as Authorization"
                .to_owned(),
        );
    }
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() {
        return Err("needs a host, as in https://example.com/".to_owned());
    }
    let good_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    match port {
        Some(port) if !good_port(port) => {
            Err("the port must be a number from 1 to 65535".to_owned())
        }
        _ => Ok(()),
    }
}
