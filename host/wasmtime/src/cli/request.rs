//! A request that is not sent, for people: masked, or whole on request.

use http::HeaderName;
use serde_json::{Map, Value, json};
use servo_webhooks::Prepared;
use std::fmt::Write;

const MASK: &str = "***";

/// Path and query of the URL and the values of the configuration's own headers are
/// masked unless they are to be revealed.
#[derive(Clone, Copy, Debug)]
pub struct Masking {
    /// Shows what may be confidential.
    pub reveal: bool,
}

impl Masking {
    fn is_shown(self, request: &Prepared, name: &HeaderName) -> bool {
        self.reveal || !request.own.contains_key(name) || name == http::header::USER_AGENT
    }

    /// As JSON, one member for each part of the request.
    pub fn to_json(self, request: &Prepared) -> Value {
        let url = if self.reveal {
            request.url.to_string()
        } else {
            format!("{}/{MASK}", origin(request))
        };
        let mut headers = Map::new();
        for (name, value) in &request.headers {
            let shown = if self.is_shown(request, name) {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            } else {
                MASK.to_owned()
            };
            headers.insert(name.to_string(), Value::String(shown));
        }
        let mut record = json!({"method": "POST", "url": url, "headers": headers});
        match std::str::from_utf8(&request.body) {
            Ok(text) => record["body"] = json!(text),
            Err(_) => record["body_bytes"] = json!(request.body.len()),
        }
        record
    }

    /// As a command for a POSIX shell. What is masked is a variable, to be set before.
    pub fn to_curl(self, request: &Prepared) -> String {
        let mut out = "curl --globoff --request POST ".to_owned();
        out.push_str(&if self.reveal {
            quoted(&request.url.to_string())
        } else {
            "\"$URL\"".to_owned()
        });
        for (name, value) in &request.headers {
            let signature = name == "x-servo-signature" || name == "webhook-signature";
            let value = String::from_utf8_lossy(value.as_bytes());
            let is_shown = self.reveal || (self.is_shown(request, name) && !signature);
            let header = if is_shown && value.is_empty() {
                // With a colon curl would leave it out.
                quoted(&format!("{name};"))
            } else if is_shown {
                quoted(&format!("{name}: {value}"))
            } else {
                // Nothing but the variable is the shell's: a name may have a backtick.
                format!(
                    "{}\"${{{}}}\"",
                    quoted(&format!("{name}: ")),
                    variable(name.as_str())
                )
            };
            let _ = write!(out, " \\\n  --header {header}");
        }
        let body = String::from_utf8_lossy(&request.body);
        let _ = write!(out, " \\\n  --data-raw {}", quoted(&body));
        out
    }
}

fn origin(request: &Prepared) -> String {
    let scheme = request.url.scheme_str().unwrap_or_default();
    let authority = request
        .url
        .authority()
        .map_or("", |authority| authority.as_str());
    format!("{scheme}://{authority}")
}

/// One word of a POSIX shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `X_SERVO_SIGNATURE`; `HEADER_PATH` where the shell has a use of its own for the name.
fn variable(header: &str) -> String {
    let name = header
        .to_ascii_uppercase()
        .replace(|char: char| !char.is_ascii_alphanumeric(), "_");
    if name.starts_with("X_") || ["AUTHORIZATION", "WEBHOOK_SIGNATURE"].contains(&name.as_str()) {
        name
    } else {
        format!("HEADER_{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        for (header, expected) in [
            ("x-servo-signature", "X_SERVO_SIGNATURE"),
            ("authorization", "AUTHORIZATION"),
            ("webhook-signature", "WEBHOOK_SIGNATURE"),
            ("path", "HEADER_PATH"),
            ("ld-preload", "HEADER_LD_PRELOAD"),
            ("ifs", "HEADER_IFS"),
            ("url", "HEADER_URL"),
            ("2fa", "HEADER_2FA"),
            ("`id`", "HEADER__ID_"),
        ] {
            assert_eq!(variable(header), expected);
        }
    }
}
