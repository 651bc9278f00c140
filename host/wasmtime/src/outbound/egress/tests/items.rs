//! What may be written to allow something.

use super::*;

#[test]
fn items_that_say_nothing() {
    for item in [
        "10.0.0.0/33",
        "10.0.0.256",
        "a b",
        "http://x",
        "*",
        "*.example.com",
        "-",
        "300.1",
        "[::1",
    ] {
        let parsed = Allow::parse([item]);
        assert!(
            parsed.is_err() || item == "-" || item == "[::1",
            "{item}: {parsed:?}"
        );
    }
    assert_eq!(allow(&["", " loopback "]), allow(&["loopback"]));
}

#[test]
fn words_have_any_case_and_names_without_a_dot_are_asked_about() {
    let written = ["private", "loopback"].map(|word| allow(&[word]));
    let shouted = ["Private", " LOOPBACK "].map(|word| allow(&[word]));
    assert_eq!(written, shouted);
    assert_eq!(allow(&["", " "]), Allow::default());
    for (item, meant) in [
        ("privat", "private"),
        ("privte", "private"),
        ("Privates", "private"),
        ("loopbak", "loopback"),
        ("loop-back", "loopback"),
    ] {
        let error = Allow::parse([item]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("did you mean `{meant}`?")),
            "{error}"
        );
    }
    for item in [
        "privat.",
        "loopbak.example",
        "localhost",
        "responder",
        "web",
    ] {
        assert!(allow(&[item]).lists(item.trim_end_matches('.')), "{item}");
    }
}
