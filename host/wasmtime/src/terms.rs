//! What a statement asks of whoever takes it, beside the event: a name that the servo must
//! have, and the one webhook that it is for.

use crate::webhook::Webhook;
use rules::foreign::capped;
use serde_json::value::RawValue;

/// Most statements have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The servo that it is of.
    pub source: Option<Box<str>>,
    /// Else all that listen.
    pub recipient: Option<Recipient>,
}

/// One webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Its name.
    Name(Box<str>),
    /// Its place in the configuration, from 0.
    Index(usize),
}

impl Terms {
    /// Whether the servo has the name that is asked for.
    ///
    /// # Errors
    /// Says which one it has, and what to do.
    pub fn check_source(&self, source: &str) -> Result<(), String> {
        let Some(wanted) = self.source.as_deref().filter(|wanted| *wanted != source) else {
            return Ok(());
        };
        let is = match source {
            "" => "this servo has no name".to_owned(),
            source => format!("this servo is \"{}\"", capped(source)),
        };
        let wanted = capped(wanted);
        Err(format!(
            "source is \"{wanted}\", but {is}; use --source \"{wanted}\", or leave \"source\" out"
        ))
    }
}

impl Recipient {
    /// Reads a text or a whole number.
    pub fn read(raw: &RawValue) -> Option<Self> {
        let text = raw.get();
        if text.starts_with('"') {
            return serde_json::from_str(text).ok().map(Self::Name);
        }
        text.parse().ok().map(Self::Index)
    }

    /// Whether it is this one.
    pub fn is(&self, webhook: &Webhook) -> bool {
        match self {
            Self::Name(name) => webhook.name.as_deref() == Some(name),
            Self::Index(index) => webhook.index == *index,
        }
    }
}

impl std::fmt::Display for Recipient {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => write!(out, "\"{}\"", capped(name)),
            Self::Index(index) => write!(out, "{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_and_places() {
        let read = |json: &str| Recipient::read(&RawValue::from_string(json.to_owned()).unwrap());
        assert_eq!(read("\"3\""), Some(Recipient::Name("3".into())));
        assert_eq!(read("3"), Some(Recipient::Index(3)));
        for json in ["-1", "1.0", "1e0", "[]", "true"] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn a_source_is_of_this_servo() {
        let of = |source: Option<&str>| Terms {
            source: source.map(Into::into),
            recipient: None,
        };
        assert_eq!(of(None).check_source("web"), Ok(()));
        assert_eq!(of(Some("web")).check_source("web"), Ok(()));
        let why = of(Some("web")).check_source("").unwrap_err();
        assert!(
            why.contains("has no name") && why.contains("--source \"web\""),
            "{why}"
        );
        let why = of(Some("web")).check_source("api").unwrap_err();
        assert!(why.contains("this servo is \"api\""), "{why}");
    }
}
