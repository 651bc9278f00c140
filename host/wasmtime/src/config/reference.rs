//! Opens references: reads environment variables and files.
//!
//! Nothing that was read appears in a problem; a file is named as the configuration names it.
//! A line end in a secret is only pointed out: it may be meant, and nearly never is.

use std::{collections::HashMap, ffi::OsString, path::Path};

use zeroize::Zeroizing;

use super::{
    handle::{Handle, Target},
    resolver::{Reference, Resolver},
    secret::Secret,
};
use crate::file as bounded;

/// What the handles stand for.
#[derive(Default)]
pub(super) struct Opened {
    /// The value of each handle, if it has one.
    pub(super) values: Vec<Option<Secret>>,
    /// Why the others have none, by their place in the list.
    pub(super) missing: Vec<(usize, String)>,
    /// What is odd about values, by their place in the list.
    pub(super) odd: Vec<(usize, String)>,
}

/// Opens what the handles refer to.
pub(super) fn open(
    handles: &[Handle],
    folder: &Path,
    resolver: Option<&Resolver>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Opened {
    let mut files: HashMap<&str, Result<Secret, String>> = HashMap::new();
    let mut opened = Opened::default();
    for (index, handle) in handles.iter().enumerate() {
        let elsewhere = |reference| resolver.and_then(|resolver| resolver.resolve(reference));
        let value = match &handle.target {
            Target::Literal(secret) => Ok(secret.clone()),
            Target::Env(name) => {
                elsewhere(Reference::Env(name)).unwrap_or_else(|| environment(name, &variable))
            }
            // One file may serve thousands of webhooks.
            Target::File(path) => files
                .entry(path)
                .or_insert_with(|| {
                    elsewhere(Reference::File(path)).unwrap_or_else(|| file(path, folder))
                })
                .clone(),
            Target::Invalid => {
                opened.values.push(None);
                continue;
            }
        };
        opened.values.push(match value {
            Ok(secret) => {
                let odd = odd(handle, &secret).map(|message| (index, message));
                opened.odd.extend(odd);
                Some(secret)
            }
            Err(message) => {
                opened.missing.push((index, message));
                None
            }
        });
    }
    opened
}

/// That a secret from elsewhere holds a line end.
fn odd(handle: &Handle, secret: &Secret) -> Option<String> {
    if !handle.is_secret || !secret.expose().contains(['\n', '\r']) {
        return None;
    }
    match &handle.target {
        Target::Env(name) => Some(format!(
            "the environment variable `{name}` holds a line end, which is part of the secret; \
             set it without one"
        )),
        Target::File(path) => Some(format!(
            "the file `{path}` holds a line end that is not its last, which is part of the \
             secret; remove it"
        )),
        Target::Literal(_) | Target::Invalid => None,
    }
}

fn environment(name: &str, variable: &impl Fn(&str) -> Option<OsString>) -> Result<Secret, String> {
    let value =
        variable(name).ok_or_else(|| format!("the environment variable `{name}` is not set"))?;
    let text = value
        .into_string()
        .map_err(|_| format!("the environment variable `{name}` is not UTF-8"))?;
    if text.is_empty() {
        return Err(format!("the environment variable `{name}` is empty"));
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
        let mut opened = open(&[handle(target, false)], folder, None, variable);
        assert_eq!(
            (opened.values.len(), opened.values[0].is_none()),
            (1, !opened.missing.is_empty())
        );
        assert!(opened.odd.is_empty());
        match opened.missing.pop() {
            Some((_, message)) => Err(message),
            None => Ok(opened.values.remove(0).unwrap().expose().to_owned()),
        }
    }

    fn handle(target: Target, is_secret: bool) -> Handle {
        Handle {
            target,
            is_secret,
            span: Span::default(),
            path: "webhooks[0].url".to_owned(),
        }
    }

    #[test]
    fn a_line_end_in_a_secret_is_odd() {
        let folder = tempfile::tempdir().unwrap();
        let odd = |target, content: &str| {
            fs::write(folder.path().join("key"), content).unwrap();
            let variable = |_: &str| Some(OsString::from(content));
            let mut odd = open(&[handle(target, true)], folder.path(), None, variable).odd;
            odd.pop().map(|(_, message)| message)
        };
        let env = || Target::Env("KEY".to_owned());
        let file = || Target::File("key".to_owned());
        assert_eq!(odd(env(), "a"), None);
        assert!(odd(env(), "a\n").is_some_and(|m| m.contains("`KEY` holds a line end")));
        assert_eq!(odd(file(), "a\n"), None);
        assert!(odd(file(), "a\n\n").is_some_and(|m| m.contains("`key` holds a line end")));
        assert!(odd(file(), "a\r\nb").is_some_and(|m| !m.contains("a\r")));
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
        let invalid = handle(Target::Invalid, true);
        let literal = handle(Target::Literal(Secret::new("s".to_owned())), true);
        let opened = open(&[invalid, literal], Path::new("/"), None, |_| None);
        assert!(opened.values[0].is_none() && opened.missing.is_empty());
        assert_eq!(opened.values[1].as_ref().map(Secret::expose), Some("s"));
    }
}
