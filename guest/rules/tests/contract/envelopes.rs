//! What a host states, one JSON object: which are read, and which are refused.

use rules::envelope::{Content, Envelope, Subject};
use rules::json::{check_object, check_results};
use rules::notification::{Side, is_channel_name, is_event_name, is_id};
use serde_json::Value;

fn parse(text: &str) -> Result<Envelope<'_>, String> {
    Envelope::parse(text).map_err(|malformed| malformed.to_string())
}

#[test]
fn an_event_is_read_with_all_that_it_has() {
    let text = r#"{"event": "after:measure", "id": "e\u002d1", "created_at": "noon",
        "parameters": {"n": 1.0}, "results": [{"connector": "p", "value": 1}]}"#;
    let read = parse(text).unwrap();
    assert_eq!(read.id.as_deref(), Some("e-1"));
    assert_eq!(read.created_at.as_deref(), Some("noon"));
    let Subject::Event {
        side,
        name,
        parameters,
        results,
    } = read.subject
    else {
        panic!("no event");
    };
    assert_eq!((side, name.as_str()), (Side::After, "measure"));
    // Numbers reach the responder with the digits that they came with.
    assert_eq!(parameters.unwrap().get(), r#"{"n": 1.0}"#);
    assert_eq!(
        results.unwrap().get(),
        r#"[{"connector": "p", "value": 1}]"#
    );

    let before = parse(r#"{"event": "before:adjust"}"#).unwrap();
    assert!(matches!(
        before.subject,
        Subject::Event {
            side: Side::Before,
            parameters: None,
            results: None,
            ..
        }
    ));
    assert_eq!((before.id, before.created_at), (None, None));
}

#[test]
fn a_message_has_text_or_base64() {
    let read = parse(r#"{"channel": "news", "content_type": "text/plain", "content": "a\nb"}"#);
    let Subject::Message {
        channel,
        content_type,
        content,
    } = read.unwrap().subject
    else {
        panic!("no message");
    };
    assert_eq!(
        (channel.as_ref(), content_type.as_ref()),
        ("news", "text/plain")
    );
    assert!(matches!(content, Content::Text(text) if text == "a\nb"));
    let text = r#"{"channel": "news", "content_type": "a/b", "content_base64": "/w=="}"#;
    assert!(matches!(
        parse(text).unwrap().subject,
        Subject::Message { content: Content::Base64(text), .. } if text == "/w=="
    ));
}

#[test]
fn what_belongs_to_the_other_kind_is_refused() {
    let of_messages = [
        r#""content": """#,
        r#""content_base64": """#,
        r#""content_type": "a/b""#,
    ];
    for member in of_messages {
        let why = parse(&format!(r#"{{"event": "after:a", {member}}}"#)).unwrap_err();
        assert!(why.contains("no content"), "{member}: {why}");
    }
    for member in [r#""parameters": {}"#, r#""results": []"#] {
        let message = r#""channel": "a", "content_type": "a/b", "content": """#;
        let why = parse(&format!("{{{message}, {member}}}")).unwrap_err();
        assert!(why.contains("no parameters or results"), "{member}: {why}");
    }
    let both = r#"{"channel": "a", "content_type": "a/b", "content": "", "content_base64": ""}"#;
    assert!(parse(both).unwrap_err().contains("either content"));
    // Results belong to what has happened, and only to that.
    assert!(parse(r#"{"event": "after:a", "results": []}"#).is_ok());
    assert!(parse(r#"{"event": "before:a", "parameters": {}}"#).is_ok());
}

/// A webhook may be named after an event and for a message: before an event all are asked.
#[test]
fn one_webhook_alone_is_told_but_never_asked_alone() {
    assert!(parse(r#"{"event": "after:a", "webhook": 0}"#).is_ok());
    assert!(parse(r#"{"event": "before:a"}"#).is_ok());
    assert!(parse(r#"{"event": "before:a", "webhook": 0}"#).is_err());
}

#[test]
fn unknown_and_repeated_keys_are_refused_in_a_line_that_can_be_read() {
    for (text, says) in [
        (r#"{"event": "after:a", "result": []}"#, "unknown field"),
        (
            r#"{"event": "after:a", "event": "after:a"}"#,
            "duplicate field",
        ),
        (r#"{"event": "after:a", "id": 1}"#, "invalid type"),
    ] {
        let why = parse(text).unwrap_err();
        assert!(why.contains(says), "{text}: {why}");
    }
    // A key is anything that somebody wrote: neither a novel nor a command to a terminal.
    let key = format!("\\u001b[2J{}", "x".repeat(5000));
    let why = parse(&format!(r#"{{"{key}": 1}}"#)).unwrap_err();
    assert!(!why.contains('\u{1b}') && why.len() < 1200, "{why}");
}

/// A step of a scenario as a line of `run`.
fn line(step: &Value) -> String {
    let members = step.as_object().unwrap().iter();
    let members: Vec<String> = members
        .map(|(key, value)| match (key.as_str(), value) {
            ("padding", length) => {
                let text = "x".repeat(length.as_u64().unwrap().try_into().unwrap());
                format!(r#""parameters":{{"padding":"{text}"}}"#)
            }
            (key, Value::String(json)) if key.ends_with("_json") => {
                format!("\"{}\":{json}", key.trim_end_matches("_json"))
            }
            (key, value) => format!("\"{key}\":{value}"),
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Why a line is refused, as far as the rules say.
fn refused(line: &str) -> Result<(), String> {
    let read = parse(line)?;
    if read.id.is_some_and(|id| !is_id(&id)) {
        return Err("id".to_owned());
    }
    if let Some(time) = &read.created_at {
        rules::created::parse(time).ok_or("created_at")?;
    }
    match read.subject {
        Subject::Event {
            name,
            parameters,
            results,
            ..
        } => {
            parameters.map_or(Ok(()), |parameters| check_object(parameters.get()))?;
            results.map_or(Ok(()), |results| check_results(results.get()))?;
            is_event_name(&name).then_some(()).ok_or("event".to_owned())
        }
        Subject::Message { channel, .. } => is_channel_name(&channel)
            .then_some(())
            .ok_or("channel".to_owned()),
    }
}

/// What a scenario's host takes or refuses. Which servo and which webhook something is for,
/// and what may stand in a header, the host decides.
#[test]
fn the_steps_of_the_scenarios_are_taken_and_refused_as_they_say() {
    let (mut taken, mut not) = (0, 0);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        let file = crate::data(&format!("scenarios/{name}"));
        for scenario in file["scenarios"].as_array().unwrap() {
            let Some(outcomes) = scenario["expect"]["outcomes"].as_array() else {
                continue;
            };
            for (step, outcome) in scenario["steps"].as_array().unwrap().iter().zip(outcomes) {
                let line = line(step);
                let found = refused(&line);
                if !outcome.is_null() {
                    assert_eq!(found, Ok(()), "{}: {line}", scenario["name"]);
                    taken += 1;
                } else if name == "events.json" && !line.contains("X-Evil") {
                    assert!(found.is_err(), "{}: {line}", scenario["name"]);
                    not += 1;
                }
            }
        }
    }
    assert!(taken > 400 && not > 20, "{taken} and {not}");
}
