//! Placeholders of other programs, which nothing expands here.
//!
//! A secret that reads `${SECRET}` would sign, and every request would be refused for a
//! reason that nobody sees. So it is an error; who really has such a secret puts it into
//! a variable or a file.

/// What to write in place of a text that is a placeholder as a whole: `{env: SECRET}`.
/// The forms are `${..}`, `$(..)`, `{{..}}`, `$NAME`, `env:NAME` and `file:PATH`.
#[must_use]
pub fn instead(text: &str) -> Option<String> {
    let text = text.trim();
    let within = |open: &str, close: &str, odd: [char; 2]| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        (!inner.contains(odd)).then_some(inner.trim())
    };
    if let Some(path) = text.strip_prefix("file:") {
        let path = path.trim_start();
        let is_path = !path.is_empty() && !path.contains(char::is_whitespace);
        return is_path.then(|| "{file: PATH}".to_owned());
    }
    let name = within("${", "}", ['{', '}'])
        .or_else(|| within("$(", ")", ['(', ')']))
        .or_else(|| within("{{", "}}", ['{', '}']))
        .map(|inner| inner.split([':', '-', '?', '+', '=']).next().unwrap_or(""))
        .or_else(|| {
            let name = text
                .strip_prefix('$')
                .or_else(|| text.strip_prefix("env:").map(str::trim_start))?;
            is_name(name).then_some(name)
        })?;
    Some(reference(name))
}

/// What to say of a URL that is a placeholder, or holds one.
pub fn in_url(text: &str) -> Option<String> {
    if let Some(write) = instead(text) {
        return Some(format!(
            "looks like a placeholder, which is not expanded; write {write}"
        ));
    }
    is_within(text).then(|| {
        "holds a placeholder, which is not expanded; put the whole value into a variable and write {env: NAME}"
            .to_owned()
    })
}

/// The same of a header's value, in which `env:prod` is a tag and `$a` may be anything.
pub fn in_header(text: &str) -> Option<String> {
    let is_word = text.starts_with("env:") || text.starts_with("file:");
    let is_lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
    let unsure = is_word || (text.starts_with('$') && is_lower);
    if unsure && !is_within(text) {
        return None;
    }
    in_url(text)
}

/// Whether `${..}` or `{{..}}` stands somewhere in a text.
fn is_within(text: &str) -> bool {
    [("${", '}'), ("{{", '}')].iter().any(|(open, close)| {
        let inner = text.split_once(open).map(|(_, rest)| rest);
        inner.is_some_and(|inner| inner.contains(*close))
    })
}

/// A name in lower case is not repeated: it could be the secret.
fn reference(name: &str) -> String {
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let plain = name.starts_with(|char: char| char.is_ascii_uppercase())
        && name.len() <= 64
        && name.bytes().all(upper);
    format!("{{env: {}}}", if plain { name } else { "NAME" })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::{instead, is_within};

    #[test]
    fn placeholders() {
        for (text, expected) in [
            ("${SECRET}", "{env: SECRET}"),
            ("${SECRET:-none}", "{env: SECRET}"),
            (" ${ SECRET }\n", "{env: SECRET}"),
            ("$SECRET", "{env: SECRET}"),
            ("$(SECRET)", "{env: SECRET}"),
            ("$(cat /run/secret)", "{env: NAME}"),
            ("{{ SECRET }}", "{env: SECRET}"),
            ("{{ .Values.secret }}", "{env: NAME}"),
            ("env:SECRET", "{env: SECRET}"),
            ("env: SECRET", "{env: SECRET}"),
            ("file:/run/secret", "{file: PATH}"),
            ("file: secret", "{file: PATH}"),
            ("$hunter2", "{env: NAME}"),
            ("${}", "{env: NAME}"),
        ] {
            assert_eq!(instead(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn secrets() {
        for text in [
            "s3cr3t",
            "",
            "$",
            "a$SECRET",
            "$SECRET!",
            "${SECRET}x",
            "${a}${b}",
            "env:",
            "env:a b",
            "file:",
            "file:a b",
            "{SECRET}",
            "$5",
            "$(a)(b)",
            "environment",
            "{{a}{b}}",
        ] {
            assert_eq!(instead(text), None, "{text}");
        }
    }

    #[test]
    fn within_a_text() {
        for text in ["Bearer ${TOKEN}", "https://{{ host }}/", "${A}"] {
            assert!(is_within(text), "{text}");
        }
        for text in ["Bearer $TOKEN", "a{b}c", "${", "a}${"] {
            assert!(!is_within(text), "{text}");
        }
    }
}
