#![allow(clippy::panic)]

use std::fmt::Write;

use super::{Kind, Tree, compose};

/// The text of each scalar as written, with its line and column.
fn scalars(text: &str) -> Vec<(&str, u32, u32)> {
    let tree = compose(text).unwrap_or_else(|(_, message)| panic!("{message}"));
    let scalar = |kind: &Kind| matches!(kind, Kind::Scalar { .. } | Kind::Alias(_));
    let nodes = tree.nodes.iter().filter(|node| scalar(&node.kind));
    nodes
        .map(|n| (&text[n.span.range()], n.span.line, n.span.column))
        .collect()
}

fn failure(text: &str) -> (u32, u32, String) {
    match compose(text) {
        Ok(_) => panic!("composed"),
        Err((span, message)) => (span.line, span.column, message),
    }
}

#[test]
fn places_are_exact() {
    let text = "a: 'b'\nä: [\"ö\", é ]\n  \n- x";
    assert!(compose(text).is_err());
    let text = "a: 'b'\nä: [\"ö\", é ]\n\u{1f600}: y # c\nz:\n- x\n";
    let expected = [
        ("a", 1, 1),
        ("'b'", 1, 4),
        ("ä", 2, 1),
        ("\"ö\"", 2, 5),
        ("é", 2, 10),
        ("\u{1f600}", 3, 1),
        ("y", 3, 4),
        ("z", 4, 1),
        ("x", 5, 3),
    ];
    assert_eq!(scalars(text), expected);
}

#[test]
fn places_survive_crlf_and_block_scalars() {
    let text = "a: |\r\n  one\r\n  two\r\nb: é\r\nc: >-\r\n  x\r\n\r\nd: p\r\n  q\r\ne: 1";
    let scalars = scalars(text);
    assert_eq!(scalars[0], ("a", 1, 1));
    assert_eq!(scalars[1], ("one\r\n  two", 2, 3));
    assert_eq!(scalars[2..4], [("b", 4, 1), ("é", 4, 4)]);
    assert_eq!(scalars[4], ("c", 5, 1));
    assert_eq!(scalars[5], ("x", 6, 3));
    assert_eq!(
        scalars[6..],
        [("d", 8, 1), ("p\r\n  q", 8, 4), ("e", 10, 1), ("1", 10, 4)]
    );
}

#[test]
fn an_alias_bomb_is_refused_where_it_grows_too_large() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        let _ = writeln!(
            text,
            "a{level}: &a{level} [{}]",
            [alias.as_str(); 10].join(", ")
        );
    }
    let (line, _, message) = failure(&text);
    assert_eq!(line, 6);
    assert!(message.contains("too large"), "{message}");
}

#[test]
fn a_bomb_of_one_long_text_is_refused() {
    let text = format!("- &a {}\n- [{}]", "x".repeat(1 << 20), ["*a"; 64].join(","));
    let (line, _, message) = failure(&text);
    assert_eq!(line, 2);
    assert!(message.contains("too large"), "{message}");
}

#[test]
fn depth_counts_through_aliases() {
    let nest = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(compose(&nest(100)).is_ok());
    assert!(failure(&nest(101)).2.contains("too deep"));
    assert!(failure(&nest(100_000)).2.contains("too deep"));
    let chained = |depth| format!("- &a {}\n- [[*a]]", nest(depth));
    assert!(compose(&chained(97)).is_ok());
    let (line, column, message) = failure(&chained(98));
    assert_eq!((line, column), (2, 5));
    assert!(message.contains("too deep"), "{message}");
    assert!(failure(&"- ".repeat(100_000)).2.contains("too deep"));
}

#[test]
fn aliases_need_a_finished_anchor() {
    assert_eq!(failure("a: &a [*a]").0, 1);
    assert!(failure("a: &a [*a]").2.contains("a value that contains it"));
    let (line, column, message) = failure("a: 1\nb: *nowhere");
    assert_eq!((line, column), (2, 4));
    assert!(
        message.contains("no anchor") && !message.contains("nowhere"),
        "{message}"
    );
}

#[test]
fn too_much_punctuation_is_refused_before_parsing() {
    assert!(
        failure(&format!("[{}", "a,".repeat(1_000_001)))
            .2
            .contains("too much")
    );
    assert!(
        failure(&format!("[{}", "''".repeat(1_000_001)))
            .2
            .contains("too much")
    );
}

#[test]
fn only_the_first_document_is_read() {
    let second = |text| compose(text).ok().and_then(|tree: Tree| tree.second);
    assert_eq!(second("a: 1\n---\nb: 2\n").map(|span| span.line), Some(2));
    assert!(second("---\na: 1\n...\n").is_none());
    assert!(compose("# nothing\n").is_ok_and(|tree| tree.root.is_none()));
}

#[test]
fn syntax_errors_have_a_place() {
    let (line, _, message) = failure("a: [1\nb: 2\n");
    assert!(line >= 2, "{line}");
    assert!(message.starts_with("this is not valid YAML: "), "{message}");
    assert_eq!(failure("a:\n\t- b\n").0, 2);
}
