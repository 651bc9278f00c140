//! The events that a servo may emit beyond the standard ones.

use crate::error::Error;
use crate::event::error::CatalogueError;
use crate::file;
use rules::sanitize::sanitize;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::Path;

/// Events of the host's own, with the JSON Schemas of their parameters and results.
///
/// As JSON: `{"events": {"deploy": {"parameters": SCHEMA, "value": SCHEMA}}}`; both
/// schemas may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    events: BTreeMap<String, CustomEvent>,
}

/// In UTF-8; some editors begin a file with it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One event of the host's own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CustomEvent {
    /// JSON Schema of its parameters.
    pub parameters: Option<Box<RawValue>>,
    /// JSON Schema of the value that each connector returns.
    pub value: Option<Box<RawValue>>,
}

impl Catalogue {
    /// Reads a catalogue from a JSON file.
    ///
    /// # Errors
    /// If it cannot be read, or is no catalogue.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let text = file::read(path, file::CATALOGUE, file::Kind::FileOrPipe).map_err(|error| {
            CatalogueError {
                file: name.clone(),
                why: error.to_string(),
            }
        })?;
        Self::parse(&name, &text)
    }

    /// Reads a catalogue from JSON; `name` says in messages where it is.
    ///
    /// # Errors
    /// If it is no catalogue.
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, Error> {
        let fault = |why: String| CatalogueError {
            file: name.to_owned(),
            why,
        };
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let catalogue: Self =
            serde_json::from_slice(text).map_err(|error| fault(sanitize(&error.to_string())))?;
        for name in catalogue.events.keys() {
            crate::event::event::Event::new(name)
                .map_err(|error| fault(format!("\"{}\": {error}", sanitize(name))))?;
        }
        Ok(catalogue)
    }

    /// The names of its events.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.events.keys().cloned().collect()
    }

    /// An event of the catalogue.
    #[must_use]
    pub fn get(&self, event: &str) -> Option<&CustomEvent> {
        self.events.get(event)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write;

    fn read(text: &str) -> Result<Catalogue, Error> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Catalogue::from_file(file.path())
    }

    #[test]
    fn names_and_schemas() {
        let catalogue =
            read(r#"{"events": {"deploy": {"parameters": {"type": "object"}}, "scale": {}}}"#)
                .unwrap();
        assert_eq!(catalogue.names(), ["deploy", "scale"]);
        assert!(catalogue.get("deploy").unwrap().parameters.is_some());
        assert!(catalogue.get("measure").is_none());
    }

    #[test]
    fn what_is_no_catalogue() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"events": {"a b": {}}}"#,
            r#"{"events": {"a": {"results": {}}}}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(Catalogue::from_file(Path::new("/nonexistent")).is_err());
    }
}
