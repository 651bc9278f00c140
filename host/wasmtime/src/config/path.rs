//! Places in the tree as paths: JSON pointers from the connector, and what people read.
//!
//! A readable path is `webhooks[2].headers["X-Foo"]`; a key that may hide a value
//! (`secret=hunter2`) is cut before it.

use std::{borrow::Cow, fmt::Write};

/// Characters of a key that are shown, at most.
const MAX_KEY: usize = 64;

/// What is around a webhook's keys, and in them.
const AROUND: [&str; 5] = ["webhooks", "max_tries", "max_time", "value", "file"];

/// Whether a key is one of a configuration's own.
pub(super) fn is_known(key: &str) -> bool {
    documents::config::KEYS.contains(&key) || AROUND.contains(&key)
}

/// A step into the tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step<'a> {
    Index(usize),
    Key(Cow<'a, str>),
    /// A key that is not to be shown.
    Hidden,
}

/// Writes a path for people.
pub(super) fn readable(root: &str, steps: &[Step<'_>]) -> String {
    let mut path = root.to_owned();
    for step in steps {
        // Writing to a string cannot fail.
        let _ = match step {
            Step::Index(index) => write!(path, "[{index}]"),
            Step::Hidden => write!(path, "[\"…\"]"),
            Step::Key(key) if is_identifier(key) => write!(path, ".{key}"),
            Step::Key(key) => write!(path, "[\"{}\"]", label(key)),
        };
    }
    path
}

/// A key as it may be shown: one with odd characters may have swallowed a value, and of it only a
/// known key at its start is shown.
pub(super) fn label(key: &str) -> String {
    let usual = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    let start: String = key
        .chars()
        .take_while(|c| usual(*c))
        .take(MAX_KEY)
        .collect();
    if start.len() == key.len() {
        start
    } else if is_known(&start) {
        format!("{start}…")
    } else {
        "…".to_owned()
    }
}

/// The tokens of a JSON pointer, unescaped (RFC 6901, section 4).
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(|token| {
        if token.contains('~') {
            Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(token)
        }
    })
}

fn is_identifier(key: &str) -> bool {
    let start = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    start && key.len() <= MAX_KEY && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{Step, label, readable, tokens};

    fn path(root: &str, keys: &[&str]) -> String {
        let steps: Vec<_> = keys
            .iter()
            .map(|key| Step::Key((*key).to_owned().into()))
            .collect();
        readable(root, &steps)
    }

    #[test]
    fn paths_read_well() {
        let steps = [
            Step::Index(2),
            Step::Key("backoff".into()),
            Step::Key("max_time".into()),
        ];
        assert_eq!(readable("webhooks", &steps), "webhooks[2].backoff.max_time");
        assert_eq!(readable("", &steps), "[2].backoff.max_time");
        assert_eq!(path("w", &["headers", "X-Foo"]), "w.headers[\"X-Foo\"]");
        assert_eq!(path("w", &["1a", ""]), "w[\"1a\"][\"\"]");
    }

    #[test]
    fn keys_that_may_hide_a_value_are_cut() {
        assert_eq!(label("secret:hunter2"), "secret…");
        assert_eq!(label("secret=hunter2"), "secret…");
        assert_eq!(label("https://x/y"), "…");
        assert_eq!(label("hunter2\""), "…");
        assert_eq!(label(&"k".repeat(64)), "k".repeat(64));
        assert_eq!(label(&"k".repeat(65)), "…");
        assert_eq!(label("größe"), "größe");
    }

    #[test]
    fn pointers_are_unescaped() {
        let all = |pointer| tokens(pointer).map(String::from).collect::<Vec<_>>();
        assert_eq!(all("/0/a~1b/~01/"), ["0", "a/b", "~1", ""]);
        assert_eq!(all(""), Vec::<String>::new());
    }
}
