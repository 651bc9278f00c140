//! `schema --openapi`: all configured webhooks as one OpenAPI 3.1 document, for whoever
//! writes a responder.

use super::exit::Failure;
use anyhow::Context;
use documents::schema::STANDARD_EVENTS;
use rules::selector::matches;
use serde_json::{Map, Value, json};
use servo_webhooks::{Catalogue, Configuration, Webhook};

/// One operation for each webhook and event; bodies of one form share a schema.
pub fn document(catalogue: &Catalogue, configuration: &Configuration) -> Result<Value, Failure> {
    let (mut webhooks, mut schemas) = (Map::new(), Map::new());
    for webhook in configuration.webhooks() {
        for event in events(webhook, catalogue) {
            let described = webhook
                .schema(catalogue, &event)
                .with_context(|| event.clone())
                .map_err(Failure::unusable)?;
            let schema: Value =
                serde_json::from_str(described.schema.get()).context("the schema is not JSON")?;
            let name = schema_name(&schema, &event);
            let body = json!({"schema": {"$ref": format!("#/components/schemas/{name}")}});
            hoist(schema, &name, &mut schemas);
            let operation = operation(webhook, &event, &described.content_type, body);
            webhooks.insert(format!("{} {event}", webhook.label()), operation);
        }
        for channel in &webhook.channels {
            let event = format!("channel:{channel}");
            let operation = operation(webhook, &event, "*/*", json!({}));
            webhooks.insert(format!("{} {event}", webhook.label()), operation);
        }
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Webhooks of a servo",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Each is a request that the servo sends and a responder answers.",
        },
        "webhooks": webhooks,
        "components": {"schemas": schemas},
    }))
}

/// The events that a webhook's selectors match, of those that are known; a name that is
/// not known as it is.
fn events(webhook: &Webhook, catalogue: &Catalogue) -> Vec<String> {
    let own = catalogue.names();
    let known = STANDARD_EVENTS
        .iter()
        .copied()
        .chain(own.iter().map(String::as_str));
    let sides = known.flat_map(|name| [format!("before:{name}"), format!("after:{name}")]);
    let mut events: Vec<String> = sides
        .filter(|event| {
            webhook
                .events
                .iter()
                .any(|selector| matches(selector, event))
        })
        .collect();
    let exact = webhook
        .events
        .iter()
        .filter(|selector| !selector.contains('*'));
    for event in exact {
        if !events.contains(event) {
            events.push(event.clone());
        }
    }
    events
}

/// The last parts of its id, which tells event and form.
fn schema_name(schema: &Value, event: &str) -> String {
    let id = schema["$id"].as_str().unwrap_or(event);
    let name = id.strip_prefix("urn:servo-webhooks:schema:").unwrap_or(id);
    let allowed = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    name.chars()
        .map(|char| if allowed(char) { char } else { '.' })
        .collect()
}

/// Puts a schema and each of its definitions among the document's own: few tools
/// follow references inside a schema that has an id.
fn hoist(mut schema: Value, name: &str, schemas: &mut Map<String, Value>) {
    let mut definitions = Value::Null;
    if let Value::Object(members) = &mut schema {
        members.retain(|key, _| !["$id", "$schema"].contains(&key.as_str()));
        definitions = members.remove("$defs").unwrap_or_default();
    }
    refer(&mut schema, name);
    schemas.insert(name.to_owned(), schema);
    if let Value::Object(definitions) = definitions {
        for (key, mut definition) in definitions {
            refer(&mut definition, name);
            schemas.insert(format!("{name}.{key}"), definition);
        }
    }
}

/// Lets references to definitions lead to where these are now. A schema of the host's
/// own has an id, to which its references are relative.
fn refer(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(members) if members.contains_key("$id") => {}
        Value::Object(members) => {
            for (key, value) in members {
                match value
                    .as_str()
                    .and_then(|text| text.strip_prefix("#/$defs/"))
                {
                    Some(definition) if key == "$ref" => {
                        *value = json!(format!("#/components/schemas/{name}.{definition}"));
                    }
                    _ => refer(value, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, name)),
        _ => {}
    }
}

fn operation(webhook: &Webhook, event: &str, content_type: &str, body: Value) -> Value {
    let mut responses = json!({
        "2XX": {"description": "Delivered."},
        "410": {"description": "Gone: the webhook is switched off."},
        "429": {"description": "Busy: sent again, not before Retry-After."},
        "4XX": {"description": "Failed; 404, 408, 409 and 425 are sent again."},
        "5XX": {"description": "Sent again."},
    });
    if event.starts_with("before:") {
        let reason = json!({
            "type": "object",
            "properties": {"reason": {"type": "string"}},
            "required": ["reason"],
        });
        responses["200"] = json!({
            "description": "The event happens; or, with this content type, it is cancelled.",
            "content": {super::small_server::CANCEL: {"schema": reason}},
        });
    }
    let header = |name: &str, description: &str| json!({"name": name, "in": "header", "description": description, "schema": {"type": "string"}});
    json!({"post": {
        "summary": format!("{event}, {}", if webhook.enabled { "sent" } else { "switched off" }),
        "description": webhook.description.clone().unwrap_or_default(),
        "parameters": [
            header("X-Servo-Event", event),
            header("X-Servo-Delivery", "the same on every attempt"),
            header("X-Servo-Attempt", "1, 2, 3 ..."),
            header("X-Servo-Replay", "how often it was replayed from a store, if it was"),
            header("traceparent", "the trace that it is part of, if it is"),
            header("X-Servo-Signature", "HMAC-SHA1 of the body, in hex; unless `signatures` says otherwise"),
        ],
        "requestBody": {"required": true, "content": {content_type: body}},
        "responses": responses,
    }})
}
