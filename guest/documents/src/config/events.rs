//! The events a webhook listens to: `before:EVENT`, `after:EVENT`, or selectors with
//! stars such as `after:k8s_*` and `*:adjust`.

use super::fields::Fields;
use crate::schema::STANDARD_EVENTS;
use rules::notification::{NAME_LIMIT, is_event_name};
use rules::selector::{is_pattern, matches};
use rules::suggestion::nearest;

const EXAMPLE: &str = "for example after:measure";
const STARS: &str = "is not a selector; * stands for either side, or for any letters, digits, \
                     _, . and - in the event's name: for example after:*, *:adjust or after:k8s_*";
const PREPOSITIONS: [&str; 2] = ["before", "after"];

/// Reads the field `events`; `known` are the host's own beyond the standard ones.
pub fn read(fields: &mut Fields<'_>, known: &[String]) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for (path, text) in fields.texts("events", EXAMPLE) {
        match check(&text) {
            Err(why) => fields.error(&path, why),
            Ok(_) if events.contains(&text) => {
                fields.warning(
                    &path,
                    format!("\"{text}\" is listed twice but delivered once; remove one"),
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
    match text.split_once(':') {
        Some(("before" | "after" | "*", event)) if is_event_name(event) || is_pattern(event) => {
            Ok(event)
        }
        _ if text.contains('*') => Err(STARS.to_owned()),
        Some((side, event)) => Err(instead(side.trim(), event.trim())),
        None => Err(without_colon(text.trim())),
    }
}

/// What somebody meant who did not write `before:EVENT` or `after:EVENT`.
fn instead(side: &str, event: &str) -> String {
    if let Some(side) = preposition(side) {
        return if is_event_name(event) {
            format!("must be in lower case and without spaces; write {side}:{event}")
        } else {
            format!(
                "an event name starts with a letter or _, continues with letters, digits, _ . or -, and has at \
                 most {NAME_LIMIT} characters; for example {side}:measure"
            )
        };
    }
    match preposition(event) {
        Some(meant) if is_event_name(side) => {
            format!("the prefix comes first; write {meant}:{side}")
        }
        _ if is_event_name(event) => {
            format!(
                "an event needs a before: or after: prefix; write before:{event} or after:{event}"
            )
        }
        _ => format!("must be before:EVENT or after:EVENT; {EXAMPLE}"),
    }
}

fn without_colon(text: &str) -> String {
    let words = text.split_once(|char: char| "_.- ".contains(char));
    match words.map(|(side, event)| (preposition(side), event.trim())) {
        Some((Some(side), event)) if is_event_name(event) => {
            format!("a colon separates the prefix from the event; write {side}:{event}")
        }
        _ if is_event_name(text) && preposition(text).is_none() => {
            format!(
                "an event needs a before: or after: prefix; write before:{text} or after:{text}"
            )
        }
        _ => format!("must be before:EVENT or after:EVENT; {EXAMPLE}"),
    }
}

fn preposition(text: &str) -> Option<&'static str> {
    PREPOSITIONS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(text))
}

/// What to say of an event's name, or the event part of a selector, that neither servox
/// nor the host knows.
#[must_use]
pub fn unknown(event: &str, known: &[String]) -> Option<String> {
    let mut names = STANDARD_EVENTS
        .iter()
        .copied()
        .chain(known.iter().map(String::as_str));
    let selector = format!("*:{event}");
    if names
        .clone()
        .any(|name| matches(&selector, &format!(":{name}")))
    {
        return None;
    }
    if event.contains('*') {
        return Some(format!(
            "no known event matches \"{event}\"; it fires only if a connector of the servo adds one"
        ));
    }
    let hint = match nearest(event, &mut names) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => "it fires only if a connector of the servo adds it".to_owned(),
    };
    Some(format!("no known event has the name \"{event}\"; {hint}"))
}

#[cfg(test)]
mod tests {
    use crate::config::test_webhook::{good, refuses, warns};
    use serde_json::json;

    #[test]
    fn one_or_a_list() {
        assert_eq!(
            good(&json!({"events": "before:promote"})).events,
            ["before:promote"]
        );
        let webhook = good(&json!({"events": ["before:adjust", "after:deploy", "after:adjust"]}));
        assert_eq!(
            webhook.events,
            ["before:adjust", "after:deploy", "after:adjust"]
        );
    }

    #[test]
    fn selectors() {
        let selectors = json!(["after:*", "before:*", "*:adjust", "*:*", "after:m*re"]);
        let webhook = good(&json!({"events": selectors, "on_error": "cancel"}));
        assert_eq!(json!(webhook.events), selectors);
        assert!(good(&json!({"events": "*:measure", "on_error": "cancel"})).enabled);
        warns(
            &json!({"events": "after:k8s_*"}),
            "/0/events",
            "no known event matches \"k8s_*\"",
        );
    }

    #[test]
    fn what_to_write_instead() {
        for (text, says) in [
            ("measure", "write before:measure or after:measure"),
            ("on:measure", "write before:measure or after:measure"),
            (":measure", "write before:measure or after:measure"),
            ("measure:before", "write before:measure"),
            ("MEASURE:After", "write after:MEASURE"),
            ("AFTER:measure", "write after:measure"),
            (" before: measure", "write before:measure"),
            ("after:measure ", "write after:measure"),
            ("before_measure", "write before:measure"),
            ("after measure", "write after:measure"),
            ("*", "for example after:*"),
            ("after*", "for example after:*"),
            ("on:*", "for example after:*"),
            ("after:**", "for example after:*"),
            ("after:k8s *", "for example after:*"),
            ("aft*:measure", "for example after:*"),
            ("after:", "for example after:measure"),
            ("before:1st", "for example before:measure"),
            ("after:é", "for example after:measure"),
            ("before", "before:EVENT or after:EVENT"),
            ("before 1st", "before:EVENT or after:EVENT"),
            // What it says to write is right.
            ("1st:before", "write before:before or after:before"),
            ("on:1st", "before:EVENT or after:EVENT"),
            ("é", "before:EVENT or after:EVENT"),
            ("", "before:EVENT or after:EVENT"),
            ("::", "before:EVENT or after:EVENT"),
        ] {
            refuses(&json!({"events": text}), "/0/events", says);
            refuses(
                &json!({"events": ["after:measure", text]}),
                "/0/events/1",
                says,
            );
        }
    }

    #[test]
    fn length() {
        let event = |length: usize| json!({"events": format!("after:{}", "e".repeat(length))});
        warns(&event(128), "/0/events", "no known event");
        refuses(&event(129), "/0/events", "at most 128");
    }

    #[test]
    fn types() {
        refuses(
            &json!({"events": [1]}),
            "/0/events/0",
            "must be a string, not a number",
        );
        refuses(
            &json!({"events": [["after:measure"]]}),
            "/0/events/0",
            "must be a string, not a list",
        );
        refuses(
            &json!({"events": {"after": "measure"}}),
            "/0/events",
            "must be a string, not a mapping",
        );
        refuses(
            &json!({"events": null}),
            "/0/events",
            "must be a string, not null",
        );
    }

    #[test]
    fn a_duplicate_is_delivered_once() {
        let changes = json!({"events": ["after:measure", "before:measure", "after:measure"]});
        warns(&changes, "/0/events/2", "once");
        let read =
            crate::config::test_webhook::read(&[crate::config::test_webhook::with(&changes)]);
        assert_eq!(read.webhooks[0].events, ["after:measure", "before:measure"]);
    }

    #[test]
    fn names_that_nobody_knows() {
        warns(
            &json!({"events": "after:mesure"}),
            "/0/events",
            "did you mean \"measure\"?",
        );
        warns(
            &json!({"events": "after:Measure"}),
            "/0/events",
            "did you mean \"measure\"?",
        );
        warns(
            &json!({"events": ["after:deplyo"]}),
            "/0/events/0",
            "did you mean \"deploy\"?",
        );
        warns(
            &json!({"events": "after:something_else"}),
            "/0/events",
            "has the name \"something_else\"",
        );
    }
}
