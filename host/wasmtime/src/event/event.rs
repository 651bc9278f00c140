//! An event as a host states it.

use crate::error::Error;
use crate::event::error::EventError;
use crate::event::time::{Created, new_id};
use crate::event::trace;
use rules::addressee::Addressee;
use rules::notification::{is_event_name, is_id};
use rules::trace_context::TraceContext;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;

/// An event of the servo, with both its sides in mind: the same id before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) created: Option<Created>,
    pub(crate) parameters: String,
    pub(crate) addressee: Addressee,
    pub(crate) trace: Option<Arc<TraceContext>>,
}

impl Event {
    /// An event such as `adjust`, with a new id and no parameters.
    ///
    /// # Errors
    /// If the name is out of its grammar.
    pub fn new(name: &str) -> Result<Self, Error> {
        Self::stated(name, None)
    }

    /// As it was handed in, with an id of its own.
    pub(crate) fn stated(name: &str, id: Option<&str>) -> Result<Self, Error> {
        if !is_event_name(name) {
            return Err(EventError::Name.into());
        }
        Ok(Self {
            name: name.to_owned(),
            id: checked_id(id)?,
            created: None,
            parameters: "{}".to_owned(),
            addressee: Addressee::default(),
            trace: None,
        })
    }

    /// With parameters that were read as JSON: copied once, and not gone through again.
    pub(crate) fn with_read_parameters(mut self, parameters: &RawValue) -> Result<Self, Error> {
        let object = parameters.get();
        if !object.starts_with('{') {
            return Err(EventError::Parameters(String::new()).into());
        }
        object.clone_into(&mut self.parameters);
        Ok(self)
    }

    /// With an id of the host's own, 1 to 256 characters.
    ///
    /// # Errors
    /// If it is empty or too long.
    pub fn with_id(mut self, id: &str) -> Result<Self, Error> {
        if !is_id(id) {
            return Err(EventError::Id.into());
        }
        id.clone_into(&mut self.id);
        Ok(self)
    }

    /// At a time of the host's own, RFC 3339; one without offset is UTC. Else each
    /// side carries the time at which it is dispatched.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn with_created(mut self, time: &str) -> Result<Self, Error> {
        self.created = Some(Created::parse(time).ok_or(EventError::Created)?);
        Ok(self)
    }

    /// As part of a trace, by the `traceparent` and `tracestate` of W3C Trace Context; an empty
    /// `tracestate` is none. What is malformed is left out, with a warning in the log: an event
    /// does not fail because of it.
    ///
    /// # Examples
    /// ```
    /// use servo_webhooks::Event;
    ///
    /// let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let event = Event::new("adjust")?.with_trace_parent(parent, "");
    /// # Ok::<(), servo_webhooks::Error>(())
    /// ```
    #[must_use]
    pub fn with_trace_parent(mut self, traceparent: &str, tracestate: &str) -> Self {
        self.trace = trace::read(traceparent, tracestate);
        self
    }

    /// With parameters: anything that serializes to a JSON object. A
    /// [`RawValue`] keeps its digits.
    ///
    /// # Errors
    /// If it is no JSON object.
    pub fn with_parameters(
        mut self,
        parameters: &(impl Serialize + ?Sized),
    ) -> Result<Self, Error> {
        let text = serde_json::to_string(parameters)
            .map_err(|error| EventError::Parameters(error.to_string()))?;
        if !text.trim_start().starts_with('{') {
            return Err(EventError::Parameters(String::new()).into());
        }
        self.parameters = text;
        Ok(self)
    }

    /// The name, without a side.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// The id of the host's own, or a new one.
///
/// # Errors
/// If it is empty or too long.
pub(crate) fn checked_id(id: Option<&str>) -> Result<String, EventError> {
    match id {
        None => Ok(new_id().to_string()),
        Some(id) if is_id(id) => Ok(id.to_owned()),
        Some(_) => Err(EventError::Id),
    }
}

/// What each connector of the servo made of an event, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results(pub(crate) String);

impl Default for Results {
    fn default() -> Self {
        Self("[]".to_owned())
    }
}

#[derive(Serialize)]
struct Item<'a, V: ?Sized> {
    connector: &'a str,
    value: &'a V,
}

impl Results {
    /// None at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the value that a connector returned: anything that serializes to JSON.
    ///
    /// # Errors
    /// If the value does not serialize.
    pub fn with(
        mut self,
        connector: &str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<Self, Error> {
        let item = serde_json::to_string(&Item { connector, value })
            .map_err(|error| EventError::Results(error.to_string()))?;
        let end = self.0.trim_end().len() - 1;
        self.0.truncate(end);
        if self.0.trim_end() != "[" {
            self.0.push(',');
        }
        self.0.push_str(&item);
        self.0.push(']');
        Ok(self)
    }

    /// From the JSON of a list of `{"connector", "value"}`, digit for digit.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_json(json: &RawValue) -> Result<Self, Error> {
        Ok(serde_json::from_str(json.get())
            .map_err(|error| EventError::Results(error.to_string()))?)
    }
}

/// One of a list that is read: the value is gone through once, and kept as it was written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found<'a> {
    #[serde(borrow)]
    connector: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

impl<'de> Deserialize<'de> for Results {
    /// Wants a deserializer of JSON text.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(ListOfResults)
    }
}

struct ListOfResults;

impl<'de> Visitor<'de> for ListOfResults {
    type Value = Results;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(r#"results as a list of {"connector", "value"}"#)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Results, A::Error> {
        let mut text = "[".to_owned();
        // The reader of JSON finds its own place in such a text again.
        let named = |error| A::Error::custom(format_args!("results: {error}"));
        while let Some(Found { connector, value }) = items.next_element().map_err(named)? {
            let connector = serde_json::to_string(&connector).map_err(A::Error::custom)?;
            let more = if text.len() > 1 { "," } else { "" };
            let value = value.get();
            text.reserve(connector.len() + value.len() + ROOM_FOR_KEYS);
            text.extend([
                more,
                r#"{"connector":"#,
                &connector,
                r#","value":"#,
                value,
                "}",
            ]);
        }
        text.push(']');
        Ok(Results(text))
    }
}

/// Of one result and the list's end.
const ROOM_FOR_KEYS: usize = 32;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_ids() {
        assert!(Event::new("k8s.rollout-1").is_ok());
        for name in ["", "1st", "a b", "before:adjust", "é", &"e".repeat(129)] {
            let error = Event::new(name).unwrap_err().to_string();
            assert_eq!(error, EventError::Name.to_string(), "{name}");
        }
        assert!(Event::new("a").unwrap().with_id("").is_err());
        assert!(Event::new("a").unwrap().with_id(&"é".repeat(256)).is_ok());
        assert_ne!(Event::new("a").unwrap().id, Event::new("a").unwrap().id);
    }

    #[test]
    fn parameters_are_an_object() {
        let event = Event::new("a").unwrap();
        assert!(event.clone().with_parameters(&json!({"x": 1})).is_ok());
        assert!(event.with_parameters(&json!([1])).is_err());
    }

    #[test]
    fn results_grow() {
        let results = Results::new()
            .with("a", &1)
            .unwrap()
            .with("b", &json!({"x": null}))
            .unwrap();
        assert_eq!(
            results.0,
            r#"[{"connector":"a","value":1},{"connector":"b","value":{"x":null}}]"#
        );
        let raw = RawValue::from_string("[ ]".to_owned()).unwrap();
        let results = Results::from_json(&raw).unwrap().with("a", &1).unwrap();
        let read: serde_json::Value = serde_json::from_str(&results.0).unwrap();
        assert_eq!(read, json!([{"connector": "a", "value": 1}]));
    }
}
