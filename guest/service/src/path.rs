//! JSON pointers of the connector as what people read: `webhooks[0].backoff.max_time`.

use std::fmt::Write;

/// Characters of a key that are shown, at most.
const MAX_KEY: usize = 64;

/// The path of a pointer into the list of webhooks.
pub fn readable(pointer: &str) -> String {
    let mut path = "webhooks".to_owned();
    for token in pointer.split('/').skip(1) {
        let key = token.replace("~1", "/").replace("~0", "~");
        let index = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        // Writing to a string cannot fail.
        let _ = if index {
            write!(path, "[{key}]")
        } else if is_identifier(&key) {
            write!(path, ".{key}")
        } else {
            write!(path, "[\"{}\"]", label(&key))
        };
    }
    path
}

/// A key with odd characters may have swallowed a value.
fn label(key: &str) -> &str {
    let usual = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    if key.chars().count() <= MAX_KEY && key.chars().all(usual) {
        key
    } else {
        "…"
    }
}

fn is_identifier(key: &str) -> bool {
    let start = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    start && rest && key.len() <= MAX_KEY
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn paths_read_well() {
        for (pointer, path) in [
            ("", "webhooks"),
            ("/2/backoff/max_time", "webhooks[2].backoff.max_time"),
            ("/0/headers/X-Foo", "webhooks[0].headers[\"X-Foo\"]"),
            ("/0/a~1b", "webhooks[0][\"…\"]"),
            ("/0/secret=hunter2", "webhooks[0][\"…\"]"),
        ] {
            assert_eq!(readable(pointer), path);
        }
    }
}
