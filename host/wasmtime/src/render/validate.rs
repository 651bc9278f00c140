//! Whether events fit the types that they are declared to have. One that does not is
//! sent all the same, with a warning: its servo knows best.

use crate::config::webhook::Webhook;
use crate::connector::Shape;
use crate::event::catalogue::Catalogue;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Events of one name are looked at no oftener: a warning for each of thousands a second
/// would help nobody, and looking costs as much as sending.
const PAUSE: Duration = Duration::from_millis(100);

/// Names that are remembered, each with its shapes.
const REMEMBERED: usize = 256;

/// Where there are more, how long those stay that came first.
const AGAIN: Duration = Duration::from_secs(60);

/// The declared types, read when an event first needs them.
#[derive(Debug, Default)]
pub(crate) struct EventValidator {
    catalogue: Catalogue,
    declared: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    /// By event, each shape's.
    events: HashMap<String, Vec<Declared>>,
    /// When all were forgotten last, for there were too many.
    forgotten: Option<Instant>,
}

#[derive(Debug)]
struct Declared {
    shape: Shape,
    /// None: no schema can be had, which `schema` tells people.
    validator: Option<Arc<Validator>>,
    looked: Instant,
}

impl EventValidator {
    pub(crate) fn new(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            declared: Mutex::default(),
        }
    }

    /// What does not fit in the body that a webhook is sent of an event, without its values.
    pub(crate) fn mismatch(&self, webhook: &Webhook, name: &str, body: &[u8]) -> Option<String> {
        let validator = self.due(webhook, name)?;
        let body: Value = serde_json::from_slice(body).ok()?;
        let error = validator.iter_errors(&body).next()?;
        let place = error.instance_path().to_string();
        Some(format!(
            "{}: {}",
            place.trim_start_matches('/'),
            error.masked()
        ))
    }

    /// The validator of an event, if it is time to look at one.
    fn due(&self, webhook: &Webhook, name: &str) -> Option<Arc<Validator>> {
        let now = Instant::now();
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        let known = declared.events.get_mut(name).and_then(|all| {
            let mut all = all.iter_mut();
            all.find(|declared| declared.shape == webhook.shape)
        });
        if let Some(known) = known {
            if now - known.looked < PAUSE {
                return None;
            }
            known.looked = now;
            return known.validator.clone();
        }
        if declared.events.values().map(Vec::len).sum::<usize>() >= REMEMBERED {
            // With more names than are remembered the others wait: to read a schema costs
            // as much as a hundred deliveries.
            if declared.forgotten.is_some_and(|then| now - then < AGAIN) {
                return None;
            }
            declared.forgotten = Some(now);
            declared.events.clear();
        }
        let described = webhook.schema(&self.catalogue, name).ok();
        let schema = described.and_then(|found| serde_json::from_str(found.schema.get()).ok());
        let schema = schema.map(without_time);
        let validator = schema.and_then(|schema| jsonschema::validator_for(&schema).ok());
        let validator = validator.map(Arc::new);
        let entry = Declared {
            shape: webhook.shape.clone(),
            validator: validator.clone(),
            looked: now,
        };
        let events = &mut declared.events;
        events.entry(name.to_owned()).or_default().push(entry);
        validator
    }
}

/// The schema of one of our own bodies without what it says of the time, which no event can
/// have wrong: its pattern alone would fill a megabyte with an engine for patterns.
fn without_time(mut schema: Value) -> Value {
    let id = schema["$id"].as_str().unwrap_or_default();
    if id.starts_with("urn:servo-webhooks:schema:") {
        for body in ["", "/properties/data"] {
            let time = schema.pointer_mut(&format!("{body}/properties/created_at"));
            if let Some(time) = time {
                *time = Value::Bool(true);
            }
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use documents::schema::{self, EventType};
    use serde_json::json;

    #[test]
    fn our_own_schemas_have_no_pattern_left() {
        for shape in ["", r#"{"format":"cloudevents","source":"/servo"}"#] {
            let event_type = EventType {
                name: "after:adjust",
                parameters: None,
                value: None,
            };
            let described = schema::schema(shape, &event_type).unwrap();
            assert!(described.schema.contains("\"pattern\""), "{shape}");
            let left = without_time(described.schema.parse().unwrap()).to_string();
            assert!(!left.contains("\"pattern\""), "{left}");
            assert!(left.contains("\"created_at\":true"), "{left}");
        }
    }

    #[test]
    fn a_schema_of_an_operator_stays_as_it_is() {
        let own = json!({"properties": {"created_at": {"pattern": "^2"}}});
        assert_eq!(without_time(own.clone()), own);
    }
}
