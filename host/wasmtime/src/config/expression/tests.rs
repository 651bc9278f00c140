#![allow(clippy::panic, clippy::unwrap_used)]

use super::{harmless, place, split};
use crate::config::yaml;

/// Line, column and text in the file of a place in the value of the only key.
fn at(text: &str, line: usize, column: usize) -> (u32, u32, String) {
    let tree = yaml::compose(text).unwrap_or_else(|(_, message)| panic!("{message}"));
    let value = tree.entries(tree.root.unwrap()).unwrap()[0].1;
    let span = place(&tree, text, value, (line, column)).unwrap();
    (span.line, span.column, text[span.range()].to_owned())
}

fn found(line: u32, column: u32, word: &str) -> (u32, u32, String) {
    (line, column, word.to_owned())
}

#[test]
fn each_style_of_scalar() {
    assert_eq!(at("when: .a | .bc\n", 1, 7), found(1, 13, "bc"));
    assert_eq!(
        at("when: '.a == \"\" and ''x'' | .bc'\n", 1, 14),
        found(1, 21, "''")
    );
    assert_eq!(at("when: '''x'' | .bc'\n", 1, 8), found(1, 17, "bc"));
    assert_eq!(
        at("when: \".a == \\\"x\\\" | .bc\"\n", 1, 14),
        found(1, 23, "bc")
    );
    assert_eq!(at("when: \"\\x2ea | .bc\"\n", 1, 7), found(1, 17, "bc"));
    assert_eq!(
        at("when: |\n    .a |\n      .bc\n", 2, 4),
        found(3, 8, "bc")
    );
    assert_eq!(at("when: >-\n  .a |\n  .bc\n", 1, 7), found(3, 4, "bc"));
    assert_eq!(at("when: .a |\n   .bc\n", 1, 7), found(2, 5, "bc"));
    assert_eq!(
        at("when: |\r\n  .ä |\r\n  .bc\r\n", 2, 2),
        found(3, 4, "bc")
    );
    assert_eq!(at("when: '.ä | .bc'\n", 1, 7), found(1, 14, "bc"));
}

#[test]
fn signs_and_ends() {
    assert_eq!(at("when: .a | ) b\n", 1, 6), found(1, 12, ")"));
    assert_eq!(at("when: .a |\nx: 1\n", 1, 5), found(1, 11, ""));
    assert_eq!(at("when: '.a |'\n", 1, 5), found(1, 12, ""));
    assert_eq!(at("when: |\n  .a |\n", 2, 1), found(2, 7, ""));
    assert_eq!(at("when: .a |\n", 1, 90), found(1, 11, ""));
}

#[test]
fn places_of_messages() {
    assert_eq!(split("column 7: a: b"), Some(((1, 7), "a: b")));
    assert_eq!(split("line 2, column 1: a"), Some(((2, 1), "a")));
    let tree = yaml::compose("when: .a").unwrap_or_else(|(_, message)| panic!("{message}"));
    let value = tree.entries(tree.root.unwrap()).unwrap()[0].1;
    assert!(place(&tree, "when: .a", value, (0, 0)).is_none());
    for other in ["a: b", "column x: b", "column 7", "line 2: b", ""] {
        assert_eq!(split(other), None, "{other}");
    }
}

#[test]
fn strings_and_comments_are_hidden() {
    let shown = |raw: &str| {
        let ranges = harmless(raw);
        let is_shown = |at: usize| ranges.iter().any(|range| range.contains(&at));
        let mask = |(at, char)| if is_shown(at) { char } else { '*' };
        raw.char_indices().map(mask).collect::<String>()
    };
    assert_eq!(shown("{a: \"key\", b: .c}"), "{a: \"***\", b: .c}");
    assert_eq!(
        shown("\"k\\(.a | \"k\")k\" + .b"),
        "\"*\\(.a | \"*\")*\" + .b"
    );
    assert_eq!(shown("\"a\\\"k\" | (.b)"), "\"****\" | (.b)");
    assert_eq!(shown(".a # key\n| .b"), ".a *****\n| .b");
    assert_eq!(shown(".a | \"key"), ".a | \"***");
    assert_eq!(shown("(.a | \"k\\((.b))k\")"), "(.a | \"*\\((.b))*\")");
}
