//! Placeholders of other programs, which nothing expands here.
//!
//! A secret that reads `${SECRET}` would sign, and every request would be refused for a
//! reason that nobody sees. So it is an error; who really has such a secret puts it into
//! a variable or a file.

/// What to write in place of a secret that is a placeholder: `{env: SECRET}`. For the hosts,
/// which keep the secrets. The forms are `${..}`, `$(..)`, `{{..}}`, `$NAME`, `env:NAME` and `file:PATH`.
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

/// What to say of a URL or a header's value.
const REFUSED: &str =
    "holds a placeholder, which is not expanded; write {env: NAME} or {file: PATH}";

/// Whether a URL is a placeholder or holds one, which no URL could.
pub fn in_url(text: &str) -> Option<String> {
    let is_one = text.starts_with('$') || text.starts_with("env:");
    (is_one || is_within(text)).then(|| REFUSED.to_owned())
}

/// The same of a header's value, in which `env:prod` is a tag and `$5` a price.
pub fn in_header(text: &str) -> Option<String> {
    let name = text.strip_prefix('$').unwrap_or("0");
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    let is_one = text.starts_with("$(") || (!name.is_empty() && name.bytes().all(upper));
    (is_one || is_within(text)).then(|| REFUSED.to_owned())
}

/// Whether `${..}` or `{{..}}` stands somewhere in a text.
fn is_within(text: &str) -> bool {
    text.contains("${") || text.contains("{{")
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
    use super::{in_header, in_url, instead};

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
            ("${SECRET_2=x}", "{env: SECRET_2}"),
            ("$hunter2", "{env: NAME}"),
            ("$_hunter2", "{env: NAME}"),
            ("${_SECRET}", "{env: NAME}"),
            ("${2SECRET}", "{env: NAME}"),
            ("${SECRETs}", "{env: NAME}"),
            ("${SECRET.1}", "{env: NAME}"),
            ("${}", "{env: NAME}"),
        ] {
            assert_eq!(instead(text).as_deref(), Some(expected), "{text}");
        }
        let long = "S".repeat(64);
        assert_eq!(
            instead(&format!("${long}")),
            Some(format!("{{env: {long}}}"))
        );
        let longer = format!("$S{long}");
        assert_eq!(instead(&longer).as_deref(), Some("{env: NAME}"));
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
    fn urls_and_headers() {
        for text in [
            "Bearer ${TOKEN}",
            "{{ token }}",
            "${A}",
            "$TOKEN",
            "$TO_KEN",
            "$(TOKEN)",
        ] {
            assert!(in_header(text).is_some(), "{text}");
        }
        for text in [
            "Bearer $TOKEN",
            "a{b}c",
            "$5",
            "$",
            "$a",
            "env:prod",
            "file:a",
            "",
        ] {
            assert_eq!(in_header(text), None, "{text}");
        }
        for text in ["https://${HOST}/", "https://a/{{ b }}", "$URL", "env:URL"] {
            assert!(in_url(text).is_some(), "{text}");
        }
        assert!(in_url("https://example.com/$a?b=$c(d)").is_none());
    }
}
