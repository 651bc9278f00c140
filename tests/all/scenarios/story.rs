//! A scenario as it is written: what happens, and what must come of it.

use serde_json::{Map, Value};
use std::fmt;
use std::path::Path;

/// One scenario of `tests/scenarios`.
pub struct Story {
    file: String,
    told: Value,
}

impl From<Value> for Story {
    fn from(told: Value) -> Self {
        let file = "a test".to_owned();
        Self { file, told }
    }
}

impl fmt::Debug for Story {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl fmt::Display for Story {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |key: &str| self.told[key].as_str().unwrap_or_default().to_owned();
        write!(out, "{}: {} ({})", self.file, text("name"), text("why"))
    }
}

impl Story {
    /// All scenarios of a file.
    pub fn read(path: &Path) -> Vec<Self> {
        let mut read: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let Value::Array(stories) = read["scenarios"].take() else {
            panic!("{file} has no scenarios");
        };
        let story = |told| Self {
            file: file.clone(),
            told,
        };
        stories.into_iter().map(story).collect()
    }

    pub fn into_told(self) -> Value {
        self.told
    }

    /// Whether nothing could be otherwise.
    pub fn expects_nothing(&self) -> bool {
        let expect = &self.told["expect"];
        ["requests", "outcomes", "refused"]
            .iter()
            .all(|key| match &expect[key] {
                Value::Object(members) => members.is_empty(),
                Value::Array(items) => items.is_empty(),
                _ => true,
            })
    }

    pub fn expected(&self, key: &str) -> &Value {
        &self.told["expect"][key]
    }

    pub fn list(&self, key: &str) -> &[Value] {
        self.told[key].as_array().map_or(&[], Vec::as_slice)
    }

    /// A list of what is expected.
    pub fn expected_list(&self, key: &str) -> &[Value] {
        self.expected(key).as_array().map_or(&[], Vec::as_slice)
    }

    pub fn map(&self, key: &str) -> Map<String, Value> {
        self.told[key].as_object().cloned().unwrap_or_default()
    }

    pub fn option(&self, key: &str) -> Option<&str> {
        self.told[key].as_str()
    }

    /// What is allowed beside public addresses, with commas.
    pub fn allow(&self) -> String {
        match &self.told["allow"] {
            Value::Array(items) => items
                .iter()
                .map(|item| item.as_str().unwrap())
                .collect::<Vec<_>>()
                .join(","),
            _ => "loopback".to_owned(),
        }
    }

    /// Texts that may not be seen in anything that the program says.
    pub fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        for webhook in self.list("webhooks") {
            match &webhook["secret"] {
                Value::Array(items) => found.extend(items.iter().cloned()),
                one => found.push(one.clone()),
            }
        }
        found.extend(self.map("environment").into_values());
        found.extend(self.map("files").into_values());
        let texts = found
            .iter()
            .filter_map(Value::as_str)
            .map(|text| text.trim().to_owned());
        // A short one may stand in any word.
        texts.filter(|text| text.len() >= 6).collect()
    }
}

/// A step as a line of `run`: JSON texts are put in as they are.
pub fn line(step: &Value) -> String {
    let mut members = step.as_object().unwrap().clone();
    let mut parts = Vec::new();
    if let Some(count) = members.remove("padding") {
        let count = usize::try_from(count.as_u64().unwrap()).unwrap();
        parts.push(format!(
            "\"parameters\":{{\"padding\":\"{}\"}}",
            "x".repeat(count)
        ));
    }
    for key in ["parameters", "results"] {
        if let Some(text) = members.remove(&format!("{key}_json")) {
            parts.push(format!("\"{key}\":{}", text.as_str().unwrap()));
        }
    }
    parts.extend(
        members
            .iter()
            .map(|(key, value)| format!("{}:{value}", Value::from(key.as_str()))),
    );
    format!("{{{}}}\n", parts.join(","))
}
