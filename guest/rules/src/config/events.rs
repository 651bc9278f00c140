//! The events a webhook listens to: `before:EVENT` or `after:EVENT`.

use super::fields::Fields;
use super::suggestion::{nearest, quoted};
use crate::occasion::{NAME_LIMIT, is_event_name};
use crate::schema::STANDARD_EVENTS;

const WHAT: &str = "write for example after:measure";

/// Reads the field `events`; `known` are the host's own beyond the standard ones.
pub fn read(fields: &mut Fields<'_>, known: &[String]) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for (path, text) in fields.texts("events", WHAT) {
        match check(&text) {
            Err(why) => fields.error(&path, why),
            Ok(_) if events.contains(&text) => {
                fields.warning(
                    &path,
                    format!("{} is listed twice and delivered once", quoted_name(&text)),
                );
            }
            Ok(event) => {
                if let Some(why) = unknown(event, known) {
                    fields.warning(&path, why);
                }
                events.push(text);
            }
        }
    }
    events
}

/// The event's own name, or what to write instead.
fn check(text: &str) -> Result<&str, String> {
    let (side, event) = text.split_once(':').unwrap_or(("", text));
    if text.contains('*') {
        return Err("selectors with * are not there yet; list the events by name".to_owned());
    }
    match side {
        "before" | "after" if is_event_name(event) => Ok(event),
        "before" | "after" if is_event_name(event.trim()) => Err(format!(
            "must have no spaces; write {side}:{}",
            event.trim()
        )),
        "before" | "after" => Err(format!(
            "an event is named by a letter or _, then letters, digits, _ . or -, at most {NAME_LIMIT} characters"
        )),
        _ => Err(instead(side.trim(), event.trim())),
    }
}

/// What somebody meant who wrote neither `before:` nor `after:`.
fn instead(side: &str, event: &str) -> String {
    let lower = side.to_ascii_lowercase();
    if matches!(lower.as_str(), "before" | "after") && is_event_name(event) {
        return format!("write {lower}:{event}, in lower case and without spaces");
    }
    if matches!(event, "before" | "after") && is_event_name(side) {
        return format!("the preposition comes first; write {event}:{side}");
    }
    if is_event_name(event) {
        return format!(
            "an event is named with its preposition; write before:{event} or after:{event}"
        );
    }
    format!("must be before:EVENT or after:EVENT; {WHAT}")
}

fn unknown(event: &str, known: &[String]) -> Option<String> {
    let mut names = STANDARD_EVENTS
        .iter()
        .copied()
        .chain(known.iter().map(String::as_str));
    if names.clone().any(|name| name == event) {
        return None;
    }
    let hint = match nearest(event, &mut names) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "it will only fire if a connector of the servo adds it".to_owned(),
    };
    Some(format!("no event {} is known; {hint}", quoted(event)))
}

fn quoted_name(text: &str) -> String {
    // Checked before: it holds nothing but a name.
    format!("\"{text}\"")
}
