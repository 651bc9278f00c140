//! A request that is not sent, for people: masked, or whole on request.

use http::HeaderName;
use serde_json::{Map, Value, json};
use servo_webhooks::{PreparedRequest, Webhook};
use std::fmt::Write;
use std::sync::Arc;

const MASK: &str = "***";

/// Path and query of the URL and the values of the configuration's own headers are
/// masked unless they are to be revealed.
#[derive(Clone, Copy, Debug)]
pub struct Masking {
    /// Shows what may be confidential.
    pub reveal: bool,
}

impl Masking {
    /// All headers, those of the configuration first; without the value where it is masked.
    fn headers<'a>(
        self,
        webhook: &'a Webhook,
        request: &'a PreparedRequest,
    ) -> impl Iterator<Item = (&'a HeaderName, Option<String>)> {
        let own = request.own.iter().map(move |name| {
            let is_shown = self.reveal || name == http::header::USER_AGENT;
            let value = is_shown.then(|| webhook.header(name.as_str()));
            (name, value.flatten())
        });
        let others = request.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name, Some(value))
        });
        own.chain(others)
    }

    /// As JSON, one member for each part of the request.
    pub fn to_json(self, webhook: &Webhook, request: &PreparedRequest) -> Value {
        let url = if self.reveal {
            request.url.to_string()
        } else {
            format!("{}/{MASK}", origin(request))
        };
        let mut headers = Map::new();
        for (name, value) in self.headers(webhook, request) {
            let shown = value.unwrap_or_else(|| MASK.to_owned());
            headers.insert(name.to_string(), Value::String(shown));
        }
        let mut record = json!({"method": "POST", "url": url, "headers": headers});
        match std::str::from_utf8(&request.body) {
            Ok(text) => record["body"] = json!(text),
            Err(_) => record["body_bytes"] = json!(request.body.len()),
        }
        record
    }

    /// As a command for a POSIX shell. What is masked is a variable, whose name begins with
    /// `prefix`; a comment before it says which to set, and the shell which is missing.
    pub fn to_curl(self, webhook: &Webhook, request: &PreparedRequest, prefix: &str) -> String {
        let mut variables = Vec::new();
        // `?`: the shell ends with the name of one that is not set.
        let mut expanded = |name: &str| {
            let name = format!("{prefix}{name}");
            let expansion = format!("\"${{{name}?}}\"");
            variables.push(name);
            expansion
        };
        let mut curl = "curl --globoff --request POST ".to_owned();
        curl.push_str(&if self.reveal {
            quoted(&request.url.to_string())
        } else {
            expanded("URL")
        });
        for (name, value) in self.headers(webhook, request) {
            let signature = name == "x-servo-signature" || name == "webhook-signature";
            let value = value.filter(|_| self.reveal || !signature);
            let header = if let Some(value) = value {
                match &*value {
                    // With a colon curl would leave it out.
                    "" => quoted(&format!("{name};")),
                    value => quoted(&format!("{name}: {value}")),
                }
            } else {
                // Nothing but the variable is the shell's: a name may have a backtick.
                let name = name.as_str();
                quoted(&format!("{name}: ")) + &expanded(&variable(name))
            };
            let _ = write!(curl, " \\\n  --header {header}");
        }
        let body = String::from_utf8_lossy(&request.body);
        let _ = write!(curl, " \\\n  --data-raw {}", quoted(&body));
        if variables.is_empty() {
            return curl;
        }
        let variables = variables.join(", ");
        format!("# Set {variables} first, or pass --reveal to print the values.\n{curl}")
    }
}

/// What the variables of a webhook begin with: nothing where it is the only one.
pub fn prefix(webhook: &Webhook, all: &[Arc<Webhook>]) -> String {
    let named = |webhook: &Webhook| match &webhook.name {
        Some(name) if name.starts_with(|char: char| char.is_ascii_alphabetic()) => word(name),
        _ => format!("WEBHOOK_{}", webhook.index),
    };
    let name = named(webhook);
    match all.iter().filter(|other| named(other) == name).count() {
        _ if all.len() < 2 => String::new(),
        0 | 1 => format!("{name}_"),
        _ => format!("{name}_{}_", webhook.index),
    }
}

fn origin(request: &PreparedRequest) -> String {
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

/// As part of a variable's name.
fn word(text: &str) -> String {
    let upper = text.to_ascii_uppercase();
    upper.replace(|char: char| !char.is_ascii_alphanumeric(), "_")
}

/// `X_SERVO_SIGNATURE`; `HEADER_PATH` where the shell has a use of its own for the name.
fn variable(header: &str) -> String {
    let name = word(header);
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
