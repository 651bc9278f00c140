//! References, from the file to their values.

use std::ffi::OsString;

use super::{Document, Problem, SERVO, Secret, Severity, parse};

#[test]
fn references_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "from a file\n").unwrap();
    let variable = |name: &str| (name == "URL").then(|| OsString::from("https://h/p"));
    let document = Document::parse("f", folder.path(), SERVO.as_bytes()).unwrap();
    let (values, problems) = document.resolve_with(Severity::Error, None, variable);
    assert!(problems.is_empty());
    let all: Vec<_> = (0..5)
        .map(|handle| values.get(handle).map(Secret::expose))
        .collect();
    let expected = [
        Some("hunter2"),
        Some("https://h/p"),
        Some("from a file"),
        Some("hunter3"),
        None,
    ];
    assert_eq!(all, expected);

    let (values, problems) = parse(SERVO).resolve_with(Severity::Warning, None, |_| None);
    assert!(values.get(1).is_none() && values.get(2).is_none() && values.get(3).is_some());
    let shown: Vec<_> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(shown.len(), 2);
    assert!(
        shown[0].starts_with("servo.yaml:10:8: warning: webhooks[1].url: "),
        "{shown:?}"
    );
    assert!(
        shown[1].starts_with("servo.yaml:11:12: warning: webhooks[1].secret[0]: "),
        "{shown:?}"
    );
}

#[test]
fn the_real_environment_is_read() {
    let (values, problems) = parse("- {url: {env: PATH}}").resolve(Severity::Error, None);
    assert!(problems.is_empty());
    let path = std::env::var("PATH").unwrap();
    assert_eq!(values.get(0).map(Secret::expose), Some(path.as_str()));
}
