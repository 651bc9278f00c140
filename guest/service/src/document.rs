//! The configuration's JSON, in which no key stands twice: a reader that takes the first
//! and one that takes the last would do different things.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;

/// What is said of a key that stands twice.
const TWICE: &str = "a key stands twice";

/// Reads JSON.
///
/// # Errors
/// Says what is wrong and where, and nothing of the text.
pub fn parse(text: &str) -> Result<Value, String> {
    let read = serde_json::from_str::<Unique>(text).and_then(|Unique| serde_json::from_str(text));
    read.map_err(|error| {
        // Other words of the reader may quote what could be a secret.
        let twice = error.is_data() && error.to_string().starts_with(TWICE);
        let what = if twice { TWICE } else { "not JSON" };
        let (line, column) = (error.line(), error.column());
        format!("{what}, at line {line}, column {column}")
    })
}

/// JSON in which no object has a key twice.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            if !keys.insert(key) {
                return Err(A::Error::custom(TWICE));
            }
            members.next_value::<Self>()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::parse;

    #[test]
    fn values() {
        for text in [
            r#"[{"a":1,"b":[true,null,"x",{}]},{"a":2}]"#,
            "[12345678901234567890123,1.0,-0]",
            "[]",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn keys_that_stand_twice() {
        for text in [
            r#"{"a": 1, "a": 1}"#,
            r#"[{"secret": {"env": "A", "env": "B"}}]"#,
            r#"[{"a": 1, "\u0061": 2}]"#,
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains("stands twice, at line 1, column"), "{why}");
        }
    }

    #[test]
    fn no_json() {
        for text in ["", "{", "[hunter2]", "\"hunter2", "[] []", "{'hunter2': 1}"] {
            let why = parse(text).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
