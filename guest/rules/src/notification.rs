//! What a webhook is told about: one side of an event, or a channel message.

/// The most characters an event's name has, after its preposition.
pub const NAME_LIMIT: usize = 128;

/// The most characters an event's id has.
pub const ID_LIMIT: usize = 256;

/// The most characters a channel's name has, as in servox.
pub const CHANNEL_LIMIT: usize = 253;

/// One side of an event. `parameters` and `results` are JSON texts and reach the
/// responder digit for digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// With its preposition: `before:adjust`.
    pub name: String,
    /// 1 to 256 characters.
    pub id: String,
    /// RFC 3339 with offset.
    pub created: String,
    /// An object, `{}` for none.
    pub parameters: String,
    /// An array of `{"connector", "value"}`; none before an event.
    pub results: Option<String>,
}

impl Event {
    /// Whether it has not happened yet.
    #[must_use]
    pub fn is_before(&self) -> bool {
        self.name.starts_with("before:")
    }
}

/// The bytes of a message: text wherever they are UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// UTF-8.
    Text(String),
    /// Anything else.
    Binary(Vec<u8>),
}

impl Content {
    /// The bytes as they are sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// A message on a pub/sub channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The channel's name.
    pub channel: String,
    /// 1 to 256 characters.
    pub id: String,
    /// RFC 3339 with offset.
    pub created: String,
    /// Sent as it is.
    pub content_type: String,
    /// Sent as it is.
    pub content: Content,
}

/// What a webhook is told about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// One side of an event.
    Event(Event),
    /// A message on a channel.
    Message(Message),
}

/// Which side of an event a hook is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before it happens: the event waits for the answer.
    Before,
    /// After it happened; channel messages count as this.
    After,
}

/// Splits `before:adjust` into its side and the event's own name.
///
/// # Errors
/// Says which part is not as it should be.
pub fn split_name(name: &str) -> Result<(Side, &str), String> {
    let (side, event) = if let Some(event) = name.strip_prefix("before:") {
        (Side::Before, event)
    } else if let Some(event) = name.strip_prefix("after:") {
        (Side::After, event)
    } else {
        return Err("event needs a before: or after: prefix".to_owned());
    };
    if is_event_name(event) {
        Ok((side, event))
    } else {
        Err(format!(
            "an event name starts with a letter or _, continues with letters, digits, _ . or -, and has at most {NAME_LIMIT} characters"
        ))
    }
}

/// Whether a text names an event: `[A-Za-z_][A-Za-z0-9_.-]*`, at most 128 characters.
#[must_use]
pub fn is_event_name(name: &str) -> bool {
    let first = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let rest = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    first && rest && name.len() <= NAME_LIMIT
}

/// Whether a text is an id: 1 to 256 characters.
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= ID_LIMIT
}

/// Whether a text names a channel, in servox's grammar: letters, digits, `.`, `-` and
/// `_`, starting and ending with a letter or digit, at most 253 characters.
#[must_use]
pub fn is_channel_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.len() <= CHANNEL_LIMIT
        && text.bytes().all(inner)
        && outer(text.bytes().next())
        && outer(text.bytes().last())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names() {
        assert_eq!(split_name("before:adjust"), Ok((Side::Before, "adjust")));
        assert_eq!(
            split_name("after:_k8s.rollout-1"),
            Ok((Side::After, "_k8s.rollout-1"))
        );
        for name in [
            "adjust",
            "AFTER:adjust",
            "after:",
            "after:1st",
            "after: adjust",
            "after:é",
            "on:adjust",
            ":adjust",
        ] {
            assert!(split_name(name).is_err(), "{name}");
        }
        let why = split_name("on:measure").unwrap_err();
        assert_eq!(why, "event needs a before: or after: prefix");
        let why = split_name("after:1st").unwrap_err();
        assert!(why.starts_with("an event name starts with"), "{why}");
        assert!(is_event_name(&"e".repeat(128)));
        assert!(!is_event_name(&"e".repeat(129)));
    }

    #[test]
    fn an_id_has_1_to_256_characters_of_any_kind() {
        for text in ["e", " ", &"é".repeat(256)] {
            assert!(is_id(text), "{text}");
        }
        for text in ["", &"é".repeat(257)] {
            assert!(!is_id(text), "{text}");
        }
    }

    /// As in servox: letters, digits, `.`, `-` and `_`, a letter or digit at both ends.
    #[test]
    fn channels_have_the_grammar_of_servox() {
        let longest = "a".repeat(253);
        for name in ["a", "7", "the_news", "a.b-c_d", "A..B", &longest] {
            assert!(is_channel_name(name), "{name}");
        }
        for name in [
            "",
            "-a",
            "a_",
            ".",
            "a b",
            "a*",
            "é",
            "a\n",
            &format!("{longest}a"),
        ] {
            assert!(!is_channel_name(name), "{name:?}");
        }
    }

    #[test]
    fn an_event_has_a_side_in_its_name() {
        let event = |name: &str| Event {
            name: name.to_owned(),
            id: String::new(),
            created: String::new(),
            parameters: String::new(),
            results: None,
        };
        assert!(event("before:adjust").is_before());
        assert!(!event("after:adjust").is_before() && !event("after:before:x").is_before());
    }
}
