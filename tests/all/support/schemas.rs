//! The schemas that the connector states, as a validator of another maker reads them.

use jsonschema::Validator;
use serde_json::Value;
use servo_webhooks::{Catalogue, Connector};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

static CONNECTOR: LazyLock<Connector> = LazyLock::new(|| Connector::built_in().unwrap());
static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// The schema of an event's body, such as `after:measure`.
pub fn schema(event: &str) -> Value {
    let described = servo_webhooks::schema(&CONNECTOR, &Catalogue::default(), None, event);
    serde_json::from_str(described.unwrap().schema.get()).unwrap()
}

fn validator(event: &str) -> Arc<Validator> {
    let mut known = KNOWN.lock().unwrap();
    let made = known.entry(event.to_owned()).or_insert_with(|| {
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        Arc::new(options.build(&schema(event)).unwrap())
    });
    Arc::clone(made)
}

/// What is wrong with a body, if anything is.
pub fn fault(event: &str, body: &Value) -> Option<String> {
    let validator = validator(event);
    let error = validator.iter_errors(body).next()?;
    Some(format!("{event}{}: {error}", error.instance_path()))
}
