//! Types of an embedder that features of serde_json change, where another crate of the program
//! switches them on: `arbitrary_precision` hands floats to flattened and tagged types as maps,
//! and `preserve_order` keeps members of a `Value` as they came.

#[cfg(feature = "with")]
pub use servo_webhooks::Webhooks;

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, from_str, to_string};

    #[derive(Debug, Deserialize, PartialEq)]
    struct Flattened {
        #[serde(flatten)]
        inner: Measured,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Measured {
        value: f64,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(tag = "kind", rename_all = "lowercase")]
    enum Tagged {
        Gauge { value: f64 },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    enum Untagged {
        Float(f64),
        Text(String),
    }

    #[test]
    fn floats_are_read_through_flatten_tags_and_alternatives() {
        let inner = Measured { value: 1.5 };
        assert_eq!(
            from_str::<Flattened>(r#"{"value": 1.5}"#).unwrap(),
            Flattened { inner }
        );
        let tagged = from_str::<Tagged>(r#"{"kind": "gauge", "value": 1.5}"#).unwrap();
        assert_eq!(tagged, Tagged::Gauge { value: 1.5 });
        assert_eq!(from_str::<Untagged>("1.5").unwrap(), Untagged::Float(1.5));
        let flattened: Value = from_str(r#"{"value": 1.5}"#).unwrap();
        let read: Flattened = serde_json::from_value(flattened).unwrap();
        assert_eq!(read.inner.value, 1.5);
    }

    #[test]
    fn values_are_what_they_are_without_anybody_else() {
        let read: Value = from_str(r#"{"b": 1.50, "a": [0.25]}"#).unwrap();
        assert_eq!(
            to_string(&read).unwrap(),
            r#"{"a":[0.25],"b":1.5}"#
        );
        let large: Value = from_str("123456789012345678901234567890").unwrap();
        assert_eq!(
            large.as_f64(),
            Some(123_456_789_012_345_678_901_234_567_890.0)
        );
        assert_ne!(large.to_string(), "123456789012345678901234567890");
    }

    /// Digits that matter are kept by the library all the same.
    #[cfg(feature = "with")]
    #[test]
    fn an_event_keeps_its_digits() {
        let line =
            r#"{"event":"before:adjust","id":"a","parameters":{"n":12345678901234567890.10}}"#;
        assert_eq!(servo_webhooks::Input::parse(line).unwrap().line(), line);
    }
}
