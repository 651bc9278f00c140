//! Fields that an expression reads and that no event of its webhook has.
//!
//! Only what is sure is said: servos may add members to what they send, so an unknown one
//! counts as misspelt where the object is closed or a known name is near.

use super::fields::Fields;
use crate::schema::{EventType, STANDARD_EVENTS, schema};
use rules::expression::{Read, Step, reads};
use rules::selector;
use rules::suggestion::{nearest, quoted};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// A shorter name is near to too many words.
const SHORTEST: usize = 4;

thread_local! {
    // Making a schema takes ten times as long as compiling an expression. There are only those
    // of the standard events and of any other, before and after.
    static BODIES: RefCell<HashMap<String, Option<Rc<Json>>>> = RefCell::default();
}

/// Warns of fields that the expression at a key reads in vain; `events` are those that
/// the webhook listens to.
pub fn check(fields: &mut Fields<'_>, key: &str, expression: &str, events: &[String]) {
    let reads = reads(expression);
    if reads.is_empty() || events.is_empty() {
        return;
    }
    let bodies: Vec<Rc<Json>> = names(events).into_iter().filter_map(body).collect();
    let mut told = HashSet::new();
    for read in reads {
        let why = match &read.compared {
            Some(text) => never_equal(&read, text, events),
            None => missing(&read, &bodies),
        };
        if let Some(message) = why
            && told.insert(message.clone())
        {
            let mut fault = read.at;
            fault.message = message;
            fields.warning(key, fault.to_string());
        }
    }
}

/// The events that a webhook may hear of, as far as it matters here: what is known of one
/// that is not standard is the same for all of them.
fn names(events: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for listed in events {
        let Some((_, event)) = listed.split_once(':') else {
            continue;
        };
        for side in ["before", "after"]
            .iter()
            .filter(|side| selector::is_of(listed, side))
        {
            let known = STANDARD_EVENTS.contains(&event);
            let name = if known { event } else { "_" };
            names.push(format!("{side}:{name}"));
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The schema of an event's body, as expressions see it.
fn body(name: String) -> Option<Rc<Json>> {
    if let Some(known) = BODIES.with_borrow(|bodies| bodies.get(&name).cloned()) {
        return known;
    }
    let made = read_body(&name).map(Rc::new);
    BODIES.with_borrow_mut(|bodies| bodies.insert(name, made.clone()));
    made
}

fn read_body(name: &str) -> Option<Json> {
    let anything = name.ends_with(":_").then_some("true");
    let event_type = EventType {
        name,
        parameters: anything,
        value: anything,
    };
    schema("", &event_type).ok()?.schema.parse().ok()
}

fn never_equal(read: &Read, text: &str, events: &[String]) -> Option<String> {
    let event = [Step::Field("event".to_owned())];
    let is_event = read.paths.len() == 1 && read.paths[0] == event;
    let heard = events.iter().any(|listed| selector::matches(listed, text));
    (is_event && !heard).then(|| {
        format!(
            "is never equal, since this webhook listens to {}; compare with one of these",
            events.join(", ")
        )
    })
}

/// What is wrong with a read, if no body has its field.
fn missing(read: &Read, bodies: &[Rc<Json>]) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    let (mut closed, mut never) = (true, true);
    for body in bodies {
        for path in &read.paths {
            match look(body, path) {
                Lookup::There => return None,
                Lookup::Null => {}
                Lookup::Absent { known, is_closed } => {
                    never = false;
                    closed &= is_closed;
                    names.extend(known);
                }
            }
        }
    }
    let Some(Step::Field(name)) = read.paths.first()?.last() else {
        return None;
    };
    if never {
        return Some("before an event results is null; read parameters instead".to_owned());
    }
    names.sort_unstable();
    names.dedup();
    let long = names
        .iter()
        .copied()
        .filter(|known| known.len() >= SHORTEST);
    let hint = match nearest(name, long) {
        Some(meant) => format!("did you mean {meant}?"),
        None if closed => format!("there are {}", names.join(", ")),
        None => return None,
    };
    Some(format!(
        "no event of this webhook has the field {}; {hint}",
        quoted(name)
    ))
}

/// What a schema says of a path.
enum Lookup<'a> {
    /// It may be there, or nobody knows.
    There,
    /// Something on the way is always null.
    Null,
    /// Its last field is not among those that are known.
    Absent {
        known: Vec<&'a str>,
        is_closed: bool,
    },
}

fn look<'a>(body: &'a Json, path: &[Step]) -> Lookup<'a> {
    let mut here = Vec::new();
    open(body, body, &mut here);
    for (place, step) in path.iter().enumerate() {
        let mut next = Vec::new();
        let (mut known, mut is_closed, mut null) = (Vec::new(), true, true);
        for schema in &here {
            if is_null(schema) {
                continue;
            }
            null = false;
            match step {
                Step::Item => match schema.get("items") {
                    Some(items) => open(body, items, &mut next),
                    None => return Lookup::There,
                },
                Step::Field(name) => {
                    let Some(members) = schema.get("properties").and_then(Json::as_object) else {
                        return Lookup::There;
                    };
                    let others = schema.get("additionalProperties");
                    match (members.get(name), others) {
                        (Some(member), _) => open(body, member, &mut next),
                        (None, Some(Json::Object(_) | Json::Bool(true))) => return Lookup::There,
                        (None, others) => {
                            known.extend(members.keys().map(String::as_str));
                            is_closed &= others.is_some();
                        }
                    }
                }
            }
        }
        if null {
            return Lookup::Null;
        }
        if next.is_empty() {
            // What follows a field that is not there has been said with the field.
            return if place + 1 == path.len() {
                Lookup::Absent { known, is_closed }
            } else {
                Lookup::There
            };
        }
        here = next;
    }
    Lookup::There
}

fn is_null(schema: &Json) -> bool {
    schema.get("type").and_then(Json::as_str) == Some("null")
}

/// Adds what a schema stands for: what it refers to, and each of its alternatives.
fn open<'a>(body: &'a Json, schema: &'a Json, into: &mut Vec<&'a Json>) {
    let name = schema.get("$ref").and_then(Json::as_str);
    if let Some(name) = name.and_then(|name| name.strip_prefix("#/$defs/")) {
        return open(body, &body["$defs"][name], into);
    }
    match schema.get("anyOf").and_then(Json::as_array) {
        Some(all) => all.iter().for_each(|one| open(body, one, into)),
        None => into.push(schema),
    }
}

#[cfg(test)]
mod tests;
