//! A mapping's fields by their type, with what is wrong with them.

use super::pointer::escape;
use super::problem::Report;
use super::values::{kind, old_boolean};
use rules::duration;
use rules::suggestion::{nearest, quoted};
use serde_json::{Map, Value as Json};

/// One mapping of the document.
pub struct Fields<'a> {
    members: &'a Map<String, Json>,
    path: String,
    report: &'a mut Report,
}

impl<'a> Fields<'a> {
    /// The mapping at a path.
    pub fn new(members: &'a Map<String, Json>, path: String, report: &'a mut Report) -> Self {
        Self {
            members,
            path,
            report,
        }
    }

    /// A mapping inside this one, at a path below it.
    pub fn below<'b>(&'b mut self, path: &str, members: &'b Map<String, Json>) -> Fields<'b> {
        let path = self.at(path);
        Fields {
            members,
            path,
            report: self.report,
        }
    }

    /// The JSON pointer of something below: `key`, or `key/1`; empty: the mapping itself.
    fn at(&self, below: &str) -> String {
        if below.is_empty() {
            self.path.clone()
        } else {
            format!("{}/{below}", self.path)
        }
    }

    /// Something to mend, at a path below.
    pub fn error(&mut self, below: &str, message: String) {
        self.report.error(&self.at(below), message);
    }

    /// Something to mend in the key of a path below.
    pub fn key_error(&mut self, below: &str, message: String) {
        self.report.key_error(&self.at(below), message);
    }

    /// Something to look at, at a path below.
    pub fn warning(&mut self, below: &str, message: String) {
        self.report.warning(&self.at(below), message);
    }

    /// Whether a key is there at all.
    pub fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a Json> {
        self.members.get(key)
    }

    /// Refuses every key that is not known.
    pub fn refuse_unknown(&mut self, known: &[&str]) {
        for key in self
            .members
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
        {
            let hint = match nearest(key, known.iter().copied()) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("known keys are {}", known.join(", ")),
            };
            self.key_error(&escape(key), format!("unknown key {}; {hint}", quoted(key)));
        }
    }

    /// A text.
    pub fn text(&mut self, key: &str) -> Option<String> {
        match self.get(key)? {
            Json::String(text) => return Some(text.clone()),
            other => self.error(key, not_text(other, "write one, or remove the key")),
        }
        None
    }

    /// True or false.
    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Json::Bool(value) => return Some(*value),
            Json::String(text) => match old_boolean(text) {
                Some(meant) => self.error(
                    key,
                    format!("must be a boolean, not a string; write {meant}"),
                ),
                None => self.error(
                    key,
                    "must be a boolean, not a string; write true or false".to_owned(),
                ),
            },
            other => self.error(
                key,
                format!(
                    "must be a boolean, not {}; write true or false",
                    kind(other)
                ),
            ),
        }
        None
    }

    /// A duration, in nanoseconds.
    pub fn duration(&mut self, key: &str) -> Option<u64> {
        let text = match self.get(key)? {
            Json::Number(number) => number.to_string(),
            Json::String(text) => text.clone(),
            other => {
                self.error(
                    key,
                    format!(
                        "must be a duration, not {}; for example 5s or 1h30m",
                        kind(other)
                    ),
                );
                return None;
            }
        };
        match duration::parse(&text) {
            Ok(nanoseconds) => Some(nanoseconds),
            Err(why) => {
                let meant = sexagesimal(&text);
                self.error(
                    key,
                    meant.map_or(why, |seconds| {
                        format!("is a time in YAML 1.1 only; write {seconds}s")
                    }),
                );
                None
            }
        }
    }

    /// One of several words; a number counts as its text.
    pub fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.get(key)?;
        let text = match value {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let not = match value {
                Json::String(_) | Json::Number(_) => String::new(),
                other => format!(", not {}", kind(other)),
            };
            let meant = nearest(&text, words.iter().copied()).or(words.first().copied());
            let message = format!(
                "must be one of {}{not}; for example {}",
                words.join(", "),
                meant.unwrap_or("")
            );
            self.error(key, message);
        }
        found.map(|(_, choice)| *choice)
    }

    /// One text or a list of texts, each with its path below; `example` says what to write.
    pub fn texts(&mut self, key: &str, example: &str) -> Vec<(String, String)> {
        let items: Vec<(String, &Json)> = match self.get(key) {
            None => return Vec::new(),
            Some(Json::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (format!("{key}/{index}"), item))
                .collect(),
            Some(item) => vec![(key.to_owned(), item)],
        };
        let mut texts = Vec::with_capacity(items.len());
        for (path, item) in items {
            match item {
                Json::String(text) => texts.push((path, text.clone())),
                other => self.error(&path, not_text(other, example)),
            }
        }
        texts
    }
}

/// What is wrong with a value that is no text, without repeating it.
pub fn not_text(value: &Json, write: &str) -> String {
    match value {
        Json::Number(_) | Json::Bool(_) => {
            format!(
                "must be a string, not {}; put quotes around it",
                kind(value)
            )
        }
        other => format!("must be a string, not {}; {write}", kind(other)),
    }
}

/// The seconds that YAML 1.1 read in `1:30`.
fn sexagesimal(text: &str) -> Option<u64> {
    let parts: Option<Vec<u64>> = text.split(':').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| parts.len() > 1)?;
    parts
        .iter()
        .try_fold(0_u64, |sum, part| sum.checked_mul(60)?.checked_add(*part))
}
