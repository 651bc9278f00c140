#![allow(clippy::panic, clippy::unwrap_used)]

use super::{Extract, Severity, Target, extract};
use crate::config::yaml;

fn of(text: &str) -> Extract {
    let tree = yaml::compose(text).unwrap_or_else(|(_, message)| panic!("{message}"));
    let extract = extract(&tree, "webhooks", tree.root.unwrap());
    assert!(serde_json::from_str::<serde_json::Value>(&extract.json).is_ok());
    extract
}

fn json(text: &str) -> String {
    let extract = of(text);
    let findings: Vec<_> = extract
        .findings
        .iter()
        .map(|finding| &finding.message)
        .collect();
    assert!(findings.is_empty(), "{findings:?}");
    extract.json
}

/// The only finding: line, path, message.
fn finding(text: &str) -> (u32, String, String) {
    let mut findings = of(text).findings;
    assert_eq!(findings.len(), 1, "{text}");
    let finding = findings.remove(0);
    (finding.span.line, finding.path, finding.message)
}

#[test]
fn values_become_json() {
    assert_eq!(
        json("- {a: +1, b: 1.0, c: yes, d: ~, e: 'x\"\\n', f: [], g: !!str 5, h: True}"),
        r#"[{"a":1,"b":1.0,"c":"yes","d":null,"e":"x\"\\n","f":[],"g":"5","h":true}]"#
    );
    assert_eq!(json("[]"), "[]");
    assert_eq!(json("- x\n-\n- [1]"), r#"["x",null,[1]]"#);
    assert_eq!(
        json("- &a {k: &b [1]}\n- *a\n- *b"),
        r#"[{"k":[1]},{"k":[1]},[1]]"#
    );
}

#[test]
fn secrets_and_references_become_handles() {
    let text = "
- url: {env: A}
  secret: hunter2
  headers: {a: lit, b: {file: f}, env: {env: B}}
- url: https://h/p
  secret: [one, {env: C}, one]
  headers: [{name: n, value: {file: g}}, {name: m, value: v}]
";
    let extract = of(text);
    assert_eq!(
        extract.json,
        concat!(
            r#"[{"url":{"handle":0},"secret":{"handle":1},"#,
            r#""headers":{"a":"lit","b":{"handle":2},"env":{"handle":3}}},"#,
            r#"{"url":"https://h/p","secret":[{"handle":4},{"handle":5},{"handle":6}],"#,
            r#""headers":[{"name":"n","value":{"handle":7}},{"name":"m","value":"v"}]}]"#,
        )
    );
    assert!(extract.findings.is_empty());
    assert_eq!(extract.firsts, [0, 4]);
    assert_eq!(extract.handles[3].path, "webhooks[0].headers.env");
    assert_eq!(extract.handles[6].path, "webhooks[1].secret[2]");
    assert!(matches!(&extract.handles[2].target, Target::File(path) if path == "f"));
    assert!(matches!(&extract.handles[5].target, Target::Env(name) if name == "C"));
    let Target::Literal(secret) = &extract.handles[1].target else {
        panic!("no literal")
    };
    assert_eq!(secret.expose(), "hunter2");
}

#[test]
fn what_is_no_string_in_a_secrets_place_cannot_be_read() {
    assert_eq!(json("- secret: 12345"), r#"[{"secret":0}]"#);
    assert_eq!(json("- secret: TRUE"), r#"[{"secret":false}]"#);
    assert_eq!(json("- secret:"), r#"[{"secret":null}]"#);
    assert_eq!(
        json("- secret: [1.5, true, null]"),
        r#"[{"secret":[0,false,null]}]"#
    );
    assert_eq!(json("- secret: [[hunter2]]"), r#"[{"secret":[[]]}]"#);
    assert_eq!(json("- secret: \"1\""), r#"[{"secret":{"handle":0}}]"#);
    let (line, path, message) = finding("- name: a\n  secret: ''");
    assert_eq!((line, path.as_str()), (2, "webhooks[0].secret"));
    assert!(message.contains("empty"), "{message}");
}

#[test]
fn a_placeholder_is_no_secret() {
    for (text, write) in [
        ("${SECRET}", "write {env: SECRET} "),
        ("$SECRET", "write {env: SECRET} "),
        ("$(SECRET)", "write {env: SECRET} "),
        ("'{{ SECRET }}'", "write {env: SECRET} "),
        ("env:SECRET", "write {env: SECRET} "),
        ("file:secrets/key", "write {file: PATH} "),
        ("$hunter2", "write {env: NAME} "),
    ] {
        let (_, path, message) = finding(&format!("- secret: {text}"));
        assert_eq!(path, "webhooks[0].secret");
        assert!(message.contains(write), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
        let quoted = format!("'{}'", text.trim_matches('\''));
        let (_, path, _) = finding(&format!("- secret: [a, {quoted}]"));
        assert_eq!(path, "webhooks[0].secret[1]");
    }
}

#[test]
fn a_line_end_in_a_secret_is_pointed_out() {
    for text in [
        "|\n    s3cr3t",
        "|+\n    s3cr3t\n\n",
        "\"a\\r\"",
        "'a\n\n    b'",
    ] {
        let mut findings = of(&format!("- secret: {text}\n")).findings;
        assert_eq!(findings.len(), 1, "{text}");
        let finding = findings.remove(0);
        assert!(finding.severity == Severity::Warning && finding.message.contains("line end"));
    }
    assert_eq!(
        json("- secret: |-\n    s3cr3t\n"),
        r#"[{"secret":{"handle":0}}]"#
    );
    // What is no secret may have lines.
    json("- description: |\n    s3cr3t\n");
}

#[test]
fn other_mappings_are_no_references() {
    for wrong in [
        "{}",
        "{env: ''}",
        "{env: 5}",
        "{env: A, file: b}",
        "{vault: x}",
        "{env: A, env: A}",
    ] {
        for place in ["url: ", "secret: ", "headers: {h: ", "headers: [{value: "] {
            let close = match place.matches(['{', '[']).count() {
                0 => "",
                1 => "}",
                _ => "}]",
            };
            let text = format!("- {place}{wrong}{close}");
            assert!(finding(&text).2.contains("{env: NAME}"), "{text}");
            assert!(of(&text).json.contains(r#"{"handle":0}"#), "{text}");
        }
    }
    assert_eq!(json("- {name: {env: A}}"), r#"[{"name":{"env":"A"}}]"#);
}

#[test]
fn duplicates_name_the_first_line() {
    let (line, path, message) = finding("- url: x\n  name: y\n  url: z\n");
    assert_eq!((line, path.as_str()), (3, "webhooks[0].url"));
    assert!(message.contains("line 1"), "{message}");
    assert_eq!(of("- {a: 1, 'a': 2, b: 3}").json, r#"[{"a":1,"b":3}]"#);
}

#[test]
fn keys_must_be_strings() {
    for (text, part) in [
        ("- 1: x", "number"),
        ("- true: x", "boolean"),
        ("- ~: x", "null"),
        ("- : x", "null"),
        ("- [a]: x", "not a list"),
        ("- ? {a: b}\n  : x", "not a list"),
        ("- <<: {a: b}", "write the keys out"),
    ] {
        assert!(finding(text).2.contains(part), "{text}");
        assert_eq!(of(text).json, "[{}]");
    }
    assert_eq!(
        json("- {'1': a, '<<': b, yes: c}"),
        r#"[{"1":"a","<<":"b","yes":"c"}]"#
    );
}

#[test]
fn what_has_no_meaning_is_an_error() {
    assert!(finding("- timeout: .inf").2.contains("finite"));
    assert!(of("- timeout: .inf").voids.contains("webhooks[0].timeout"));
    for text in [
        "- a: !mine x",
        "- a: !mine [x]",
        "- a: !!seq {}",
        "- a: !!set {}",
    ] {
        assert!(finding(text).2.contains("tag"), "{text}");
    }
    assert_eq!(
        json("- !!map {a: !!seq [], b: !<tag:yaml.org,2002:str> 1}"),
        r#"[{"a":[],"b":"1"}]"#
    );
    let extract = of("- secret: !hunter2");
    assert_eq!(extract.json, r#"[{"secret":{"handle":0}}]"#);
    assert!(!extract.findings[0].message.contains("hunter2"));
}
