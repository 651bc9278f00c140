//! Opens references: reads environment variables and files.
//!
//! Nothing that was read appears in a problem; a file is named as the configuration names it.

use std::{collections::HashMap, ffi::OsString, path::Path};

use zeroize::Zeroizing;

use super::{
    extract::{Handle, Target},
    secret::Secret,
};
use crate::file as bounded;

/// The value of each handle, and what is wrong with the others by their place in the list.
pub(super) fn open(
    handles: &[Handle],
    folder: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
) -> (Vec<Option<Secret>>, Vec<(usize, String)>) {
    let mut files: HashMap<&str, Result<Secret, String>> = HashMap::new();
    let mut problems = Vec::new();
    let mut values = Vec::with_capacity(handles.len());
    for (index, handle) in handles.iter().enumerate() {
        let value = match &handle.target {
            Target::Literal(secret) => Ok(secret.clone()),
            Target::Env(name) => environment(name, &variable),
            // One file may serve thousands of webhooks.
            Target::File(path) => files
                .entry(path)
                .or_insert_with(|| file(path, folder))
                .clone(),
            Target::Invalid => {
                values.push(None);
                continue;
            }
        };
        values.push(match value {
            Ok(secret) => Some(secret),
            Err(message) => {
                problems.push((index, message));
                None
            }
        });
    }
    (values, problems)
}

fn environment(name: &str, variable: &impl Fn(&str) -> Option<OsString>) -> Result<Secret, String> {
    let value = variable(name)
        .ok_or_else(|| format!("the environment variable `{name}` is not set: set it"))?;
    let text = value
        .into_string()
        .map_err(|_| format!("the environment variable `{name}` is not UTF-8"))?;
    if text.is_empty() {
        return Err(format!(
            "the environment variable `{name}` is empty: give it a value"
        ));
    }
    Ok(Secret::new(text))
}

fn file(path: &str, folder: &Path) -> Result<Secret, String> {
    let bytes = bounded::read(&folder.join(path), bounded::SECRET, bounded::Kind::File)
        .map(Zeroizing::new)
        .map_err(|error| format!("the file `{path}` cannot be read: {error}"))?;
    let text =
        std::str::from_utf8(&bytes).map_err(|_| format!("the file `{path}` is not UTF-8"))?;
    let text = match text.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => text,
    };
    if text.is_empty() {
        return Err(format!("the file `{path}` is empty"));
    }
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{ffi::OsString, fs, path::Path};

    use super::{Handle, Secret, Target, open};
    use crate::config::source::Span;

    fn one(target: Target, folder: &Path) -> Result<String, String> {
        let variable = |name: &str| match name {
            "SET" => Some(OsString::from("value\n")),
            "EMPTY" => Some(OsString::new()),
            _ => None,
        };
        let handle = Handle {
            target,
            span: Span::default(),
            path: "webhooks[0].url".to_owned(),
        };
        let (mut values, mut problems) = open(&[handle], folder, variable);
        assert_eq!(
            (values.len(), values[0].is_none()),
            (1, !problems.is_empty())
        );
        match problems.pop() {
            Some((_, message)) => Err(message),
            None => Ok(values.remove(0).unwrap().expose().to_owned()),
        }
    }

    #[test]
    fn variables_are_taken_as_they_are() {
        let env = |name: &str| one(Target::Env(name.to_owned()), Path::new("/"));
        assert_eq!(env("SET"), Ok("value\n".to_owned()));
        assert!(env("EMPTY").is_err_and(|m| m.contains("`EMPTY` is empty")));
        assert!(env("UNSET").is_err_and(|m| m.contains("`UNSET` is not set")));
    }

    #[test]
    fn files_lose_one_newline() {
        let folder = tempfile::tempdir().unwrap();
        let read = |content: &[u8]| {
            fs::write(folder.path().join("key"), content).unwrap();
            one(Target::File("key".to_owned()), folder.path())
        };
        assert_eq!(read(b"a b"), Ok("a b".to_owned()));
        assert_eq!(read(b"a\n"), Ok("a".to_owned()));
        assert_eq!(read(b"a\r\n"), Ok("a".to_owned()));
        assert_eq!(read(b"a\n\n"), Ok("a\n".to_owned()));
        assert_eq!(read(b"a\r"), Ok("a\r".to_owned()));
        assert!(read(b"\n").is_err_and(|m| m.contains("is empty")));
        assert!(read(b"").is_err_and(|m| m.contains("is empty")));
        assert!(read(b"a\xff").is_err_and(|m| m.contains("not UTF-8")));
        assert_eq!(read(&[b'x'; 65536]).map(|text| text.len()), Ok(65536));
        assert!(read(&[b'x'; 65537]).is_err_and(|m| m.contains("64 KiB")));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let shown = folder.path().display().to_string();
        let missing = one(Target::File("./no/key".to_owned()), folder.path()).unwrap_err();
        assert!(
            missing.starts_with("the file `./no/key` cannot be read: "),
            "{missing}"
        );
        assert!(!missing.contains(&shown), "{missing}");
        let directory = one(Target::File(".".to_owned()), folder.path()).unwrap_err();
        assert!(directory.contains("not a regular file"), "{directory}");
    }

    #[test]
    fn what_is_invalid_was_reported_already() {
        let handle = Handle {
            target: Target::Invalid,
            span: Span::default(),
            path: String::new(),
        };
        let literal = Target::Literal(Secret::new("s".to_owned()));
        let literal = Handle {
            target: literal,
            span: Span::default(),
            path: String::new(),
        };
        let (values, problems) = open(&[handle, literal], Path::new("/"), |_| None);
        assert!(values[0].is_none() && problems.is_empty());
        assert_eq!(values[1].as_ref().map(Secret::expose), Some("s"));
    }
}
