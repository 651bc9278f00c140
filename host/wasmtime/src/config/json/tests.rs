#![allow(clippy::unwrap_used)]

use super::{Kind, ScalarStyle, Tree, compose};

fn failure(text: &str) -> (u32, u32, String) {
    let (span, message) = compose(text).err().unwrap();
    (span.line, span.column, message)
}

/// All nodes, with their places.
#[cfg(feature = "yaml")]
fn nodes(tree: &Tree) -> Vec<String> {
    let shown = tree.nodes.iter().map(|node| {
        let kind = match &node.kind {
            Kind::Scalar { text, style } => format!("{style:?} {:?}", **text),
            Kind::Sequence(items) => format!("{items:?}"),
            Kind::Mapping(entries) => format!("{entries:?}"),
            Kind::Alias(target) => format!("*{target}"),
        };
        format!("{kind} {:?} {} {}", node.span, node.flow, node.absent)
    });
    shown.collect()
}

#[cfg(feature = "yaml")]
#[test]
fn it_makes_of_json_what_the_reader_of_yaml_makes_of_it() {
    for text in [
        "",
        " \n ",
        "[]",
        "{}",
        "null",
        r#"{"webhooks": [{"url": "https://x/ä?b=\"c\"", "events": [], "n": -1.5e3}]}"#,
        "[\r\n  {\"name\": \"\u{1f600}é\", \"enabled\": false},\r\n\t{\"a b\": [1, [null, {}]]}\n]\n",
        r#"{"escapes": "\u00e9\t\\\/", "twice": 1, "twice": true}"#,
    ] {
        let other = crate::config::yaml::compose(text).ok().unwrap();
        let tree = compose(text).ok().unwrap();
        assert_eq!(nodes(&tree), nodes(&other), "{text}");
        assert_eq!(tree.root, other.root, "{text}");
    }
}

#[test]
fn a_pair_of_escapes_is_one_character() {
    let tree: Tree = compose(r#"["\ud83d\ude00"]"#).ok().unwrap();
    let Kind::Scalar { text, style } = &tree.nodes[1].kind else {
        unreachable!("a text")
    };
    assert_eq!(
        (text.as_str(), *style),
        ("\u{1f600}", ScalarStyle::DoubleQuoted)
    );
}

#[test]
fn what_is_no_json_has_a_place() {
    for (text, place, says) in [
        ("{\"a\": 1\n \"b\": 2}", (2, 2), "a comma"),
        ("{\"ä\" 1}", (1, 6), "a colon"),
        ("{a: 1}", (1, 2), "a key"),
        ("[1,\n]", (2, 1), "a value"),
        ("[1] [2]", (1, 5), "the end of the file"),
        ("[\"x", (1, 2), "double quote"),
        ("[\"\\x\"]", (1, 2), "escapes"),
        ("[01]", (1, 2), "a value"),
        ("[hunter2]", (1, 2), "a value"),
        ("[", (1, 2), "a value"),
    ] {
        let (line, column, message) = failure(text);
        assert_eq!((line, column), place, "{text}: {message}");
        assert!(message.contains(says), "{text}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn depth_and_number_of_values_are_bounded() {
    let nest = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(compose(&nest(100)).is_ok());
    assert!(failure(&nest(101)).2.contains("too deep"));
    assert!(failure(&"[".repeat(100_000)).2.contains("too deep"));
    let long = format!("[{}1]", "1,".repeat(500_000));
    assert!(failure(&long).2.contains("too large"));
}
