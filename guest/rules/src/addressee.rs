//! Whom an input is for: the servo that it names, and the one webhook.

use crate::sanitize::sanitize;
use serde_json::value::RawValue;
use std::fmt;

/// Most inputs have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressee {
    /// The servo's name, if it has to have one.
    pub source: Option<Box<str>>,
    /// Else all that listen.
    pub webhook: Option<WebhookRef>,
}

/// One webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookRef {
    /// Its name.
    Name(Box<str>),
    /// Its place in the configuration, from 0.
    Index(usize),
}

impl Addressee {
    /// Whether the servo has the name that is asked for; `set` says how one is given to it,
    /// such as `use --source`.
    ///
    /// # Errors
    /// Says which one it has, and what to do.
    pub fn check_source(&self, source: &str, set: &str) -> Result<(), String> {
        let Some(wanted) = self.source.as_deref().filter(|wanted| *wanted != source) else {
            return Ok(());
        };
        let is = match source {
            "" => "this servo has no name".to_owned(),
            source => format!("this servo is \"{}\"", sanitize(source)),
        };
        let wanted = sanitize(wanted);
        Err(format!(
            "source is \"{wanted}\", but {is}; {set} \"{wanted}\", or leave \"source\" out"
        ))
    }
}

impl WebhookRef {
    /// Reads a text or a whole number; nothing from other JSON.
    #[must_use]
    pub fn read(raw: &RawValue) -> Option<Self> {
        let text = raw.get();
        if text.starts_with('"') {
            return serde_json::from_str(text).ok().map(Self::Name);
        }
        text.parse().ok().map(Self::Index)
    }

    /// Whether it is the webhook with this index and this name.
    #[must_use]
    pub fn is(&self, index: usize, name: Option<&str>) -> bool {
        match self {
            Self::Name(wanted) => name == Some(wanted),
            Self::Index(wanted) => index == *wanted,
        }
    }

    /// Why what it is for, such as `after:measure`, does not reach it: whether it is
    /// enabled, if there is such a webhook.
    #[must_use]
    pub fn unreached(&self, enabled: Option<bool>, what: &str) -> String {
        match enabled {
            None => format!("no webhook {self} is configured"),
            Some(false) => format!("webhook {self} is disabled"),
            Some(true) => format!("webhook {self} does not listen to {what}"),
        }
    }
}

impl fmt::Display for WebhookRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(out, "\"{}\"", sanitize(name)),
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
        let read = |json: &str| WebhookRef::read(&RawValue::from_string(json.to_owned()).unwrap());
        assert_eq!(read("\"3\""), Some(WebhookRef::Name("3".into())));
        assert_eq!(read("3"), Some(WebhookRef::Index(3)));
        for json in ["-1", "1.0", "1e0", "[]", "true"] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn one_of_several() {
        let named = WebhookRef::Name("store".into());
        assert!(named.is(0, Some("store")) && !named.is(0, Some("well")) && !named.is(0, None));
        let placed = WebhookRef::Index(1);
        assert!(placed.is(1, None) && !placed.is(0, Some("1")));
        let why = named.unreached(Some(true), "after:measure");
        assert_eq!(why, "webhook \"store\" does not listen to after:measure");
        assert_eq!(placed.unreached(None, ""), "no webhook 1 is configured");
        assert_eq!(placed.unreached(Some(false), ""), "webhook 1 is disabled");
    }

    #[test]
    fn a_source_is_of_this_servo() {
        let check = |wanted: Option<&str>, source: &str| {
            let addressee = Addressee {
                source: wanted.map(Into::into),
                webhook: None,
            };
            addressee.check_source(source, "use --source")
        };
        assert_eq!(check(None, "web"), Ok(()));
        assert_eq!(check(Some("web"), "web"), Ok(()));
        assert_eq!(
            check(Some("web"), "").unwrap_err(),
            "source is \"web\", but this servo has no name; use --source \"web\", or leave \"source\" out"
        );
        let why = check(Some("web"), "api").unwrap_err();
        assert!(why.contains("this servo is \"api\""), "{why}");
    }
}
