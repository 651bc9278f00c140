//! Names of pub/sub channels: what a webhook listens to, and where its answers go.

use super::fields::Fields;
use rules::notification::{CHANNEL_LIMIT, is_channel_name};

const EXAMPLE: &str = "for example the_news";

/// Reads a field with one channel or a list of them.
pub fn read(fields: &mut Fields<'_>, key: &str) -> Vec<String> {
    let mut channels: Vec<String> = Vec::new();
    for (path, text) in fields.texts(key, EXAMPLE) {
        if !is_channel_name(&text) {
            fields.error(&path, refusal());
        } else if channels.contains(&text) {
            fields.warning(
                &path,
                format!("\"{text}\" is listed twice but delivered once; remove one"),
            );
        } else {
            channels.push(text);
        }
    }
    channels
}

/// Reads a field with one channel.
pub fn read_one(fields: &mut Fields<'_>, key: &str) -> Option<String> {
    let text = fields.text(key)?;
    if is_channel_name(&text) {
        return Some(text);
    }
    fields.error(key, refusal());
    None
}

fn refusal() -> String {
    format!(
        "a channel name has letters, digits, ., - and _, begins and ends with a letter or digit, \
         and has at most {CHANNEL_LIMIT} characters; {EXAMPLE}"
    )
}

#[cfg(test)]
mod tests {
    use crate::config::test_webhook::{LEFT_OUT, good, refuses, warns};
    use serde_json::json;

    #[test]
    fn one_or_a_list() {
        let webhook = good(&json!({"events": LEFT_OUT, "channels": "the_news"}));
        assert_eq!(webhook.channels, ["the_news"]);
        let longest = "a".repeat(253);
        let webhook = good(
            &json!({"events": LEFT_OUT, "channels": ["a", "b.c-d", longest], "response_channel": "e"}),
        );
        assert_eq!(webhook.channels, ["a", "b.c-d", &longest]);
        assert_eq!(webhook.response_channel.as_deref(), Some("e"));
    }

    #[test]
    fn answers_are_published() {
        let webhook = good(&json!({"response_channel": "answers"}));
        assert!(
            webhook.before.policy.ends_with("publish") && webhook.after.policy.ends_with("publish")
        );
        assert!(!good(&json!({})).after.policy.contains("publish"));
    }

    #[test]
    fn names() {
        for name in [
            "-a",
            "a_",
            ".",
            "a b",
            "a*",
            "",
            "é",
            "a\n",
            &"a".repeat(254),
        ] {
            refuses(
                &json!({"events": LEFT_OUT, "channels": name}),
                "/0/channels",
                "a channel name has",
            );
            refuses(
                &json!({"events": LEFT_OUT, "channels": ["a", name]}),
                "/0/channels/1",
                "a channel name has",
            );
            refuses(
                &json!({"response_channel": name}),
                "/0/response_channel",
                "a channel name has",
            );
        }
    }

    #[test]
    fn types() {
        refuses(
            &json!({"events": LEFT_OUT, "channels": 7}),
            "/0/channels",
            "quotes",
        );
        refuses(
            &json!({"events": LEFT_OUT, "channels": [null]}),
            "/0/channels/0",
            "not null",
        );
        refuses(
            &json!({"response_channel": ["a"]}),
            "/0/response_channel",
            "not a list",
        );
    }

    #[test]
    fn duplicates() {
        warns(
            &json!({"events": LEFT_OUT, "channels": ["a", "a"]}),
            "/0/channels/1",
            "once",
        );
    }

    #[test]
    fn a_secret_for_events_and_channels() {
        warns(&json!({"channels": "a"}), "/0/channels", "another secret");
    }
}
