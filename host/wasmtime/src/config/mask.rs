//! Hides the confidential parts of a line that is to be shown.
//!
//! Whatever is not known to be harmless is hidden: values of known keys that are for people are
//! shown, and the origin of a URL; secrets, header values, values of misspelt keys, comments and
//! other people's sections are not.

use super::{
    node::{NodeId, Tree},
    path,
    redact::Redactor,
    source::Bytes,
};

/// Which parts of a text may be seen.
pub(super) struct Mask {
    /// Ordered and disjoint.
    shown: Vec<Bytes>,
    /// Ordered and disjoint; stronger than `shown`.
    hidden: Vec<Bytes>,
    /// The text could not be read as a tree: go by the look of the line.
    strict: bool,
}

impl Mask {
    /// For a text that could not be read: of each line, a known key at its start is shown.
    pub(super) fn strict() -> Self {
        Self {
            shown: Vec::new(),
            hidden: Vec::new(),
            strict: true,
        }
    }

    /// For a document, read from `text`, whose list of webhooks is `list`, if it has one: at `key`
    /// of the root, or the root itself.
    pub(super) fn new(tree: &Tree, text: &str, key: Option<NodeId>, list: Option<NodeId>) -> Self {
        let mut walk = Redactor {
            tree,
            text,
            shown: Vec::new(),
            hidden: Vec::new(),
        };
        let entries = tree
            .root
            .and_then(|root| tree.entries(root))
            .unwrap_or_default();
        for (index, (name, _)) in entries.iter().enumerate() {
            walk.key(*name);
            if Some(*name) != key {
                // The colon may be seen.
                let from = tree.written(*name).map_or(0, |name| name.span.end + 1);
                let next = entries
                    .get(index + 1)
                    .and_then(|(next, _)| tree.written(*next));
                walk.hidden
                    .push((from, next.map_or(u32::MAX, |next| next.span.start)));
            }
        }
        match list.and_then(|list| tree.items(list)) {
            Some(items) => items.iter().for_each(|item| walk.webhook(*item)),
            None if entries.is_empty() => tree.root.iter().for_each(|root| walk.hide(*root)),
            None => {}
        }
        Self {
            shown: merged(walk.shown),
            hidden: merged(walk.hidden),
            strict: false,
        }
    }

    /// A line, which starts at a byte offset, with `*` for each character that is hidden.
    pub(super) fn line(&self, start: usize, line: &str) -> String {
        let visible_key = if self.strict { leading_key(line) } else { 0 };
        let show = |(at, c): (usize, char)| {
            let visible = if self.strict {
                at < visible_key
            } else if contains(&self.hidden, start + at) {
                false
            } else {
                contains(&self.shown, start + at) || "-:,[]{}?".contains(c)
            };
            if visible || c.is_whitespace() { c } else { '*' }
        };
        line.char_indices().map(show).collect()
    }
}

/// Bytes of a line's indentation, dashes, key and colon; without known key, of what is before it.
fn leading_key(line: &str) -> usize {
    let bare = line
        .trim_start_matches([' ', '\t'])
        .trim_start_matches("- ")
        .trim_start_matches(' ');
    let before = line.len() - bare.len();
    let Some((key, after)) = bare.split_once(':') else {
        return before;
    };
    let known = path::is_known(key.trim_matches(['"', '\'']));
    if known && (after.is_empty() || after.starts_with(char::is_whitespace)) {
        line.len() - after.len()
    } else {
        before
    }
}

fn contains(ranges: &[Bytes], at: usize) -> bool {
    let next = ranges.partition_point(|(_, end)| *end as usize <= at);
    ranges
        .get(next)
        .is_some_and(|(start, _)| *start as usize <= at)
}

fn merged(mut ranges: Vec<Bytes>) -> Vec<Bytes> {
    ranges.sort_unstable();
    let mut disjoint: Vec<Bytes> = Vec::new();
    for (start, end) in ranges {
        match disjoint.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => disjoint.push((start, end)),
        }
    }
    disjoint
}

#[cfg(all(test, feature = "yaml"))]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used)]

    use super::{Mask, merged};
    use crate::config::{redact::origin, yaml};

    /// The whole text as it would be shown.
    fn shown(text: &str) -> String {
        let tree = yaml::compose(text).unwrap_or_else(|(_, message)| panic!("{message}"));
        let root = tree.root.unwrap();
        let entry = tree.entries(root).and_then(|entries| {
            entries
                .iter()
                .find(|(key, _)| tree.text(*key) == Some("webhooks"))
                .copied()
        });
        let (key, list) = entry.map_or((None, root), |(key, list)| (Some(key), list));
        let mask = Mask::new(&tree, text, key, Some(list));
        let mut start = 0;
        let lines = text.split_inclusive('\n').map(|line| {
            start += line.len();
            mask.line(start - line.len(), line)
        });
        lines.collect()
    }

    #[test]
    fn block_style() {
        let text = "\
other: private
webhooks:
- name: a # note
  url: https://example.com:8443/path?query
  secret: hunter2
  headers:
    X-Foo: bar
    X-Env: {env: NAME}
  backoff: {max_tries: 3, max_tme: 4}
  secrt: hunter2
  events: [after:measure]
more: private
";
        let expected = "\
other: *******
webhooks:
- name: a * ****
  url: https://example.com:8443***********
  secret: *******
  headers:
    X-Foo: ***
    X-Env: {env: NAME}
  backoff: {max_tries: 3, max_tme: *}
  secrt: *******
  events: [after:measure]
more: *******
";
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn expressions_are_shown_without_their_strings() {
        assert_eq!(
            shown("- when: .a == \"b\"\n  payload: '{k: \"R0\", t: .a}' # x\n"),
            "- when: .a == \"b\"\n  payload: '{k: \"**\", t: .a}' * *\n"
        );
        assert_eq!(
            shown("- payload: |\n    {k: \"R0\",\n     t: .a}\n"),
            "- payload: *\n    {k: \"**\",\n     t: .a}\n"
        );
        assert_eq!(
            shown("- payload: \"{k: \\\"R0\\\"}\"\n"),
            "- payload: **** ********\n"
        );
    }

    #[test]
    fn flow_style_and_json() {
        assert_eq!(
            shown(
                "[{url: https://h/p, secret: [hunter2, {file: f}], headers: [{name: n, value: v}]}]"
            ),
            "[{url: https://h**, secret: [*******, {file: f}], headers: [{name: n, value: *}]}]"
        );
        assert_eq!(
            shown(
                "{\"a\": \"b\", \"webhooks\": [{\"url\": \"https://h/p\", \"secret\": \"é:2\"}]}"
            ),
            "{\"a\": **** \"webhooks\": [{\"url\": \"https://h***, \"secret\": *****}]}"
        );
    }

    #[test]
    fn scalars_of_many_lines() {
        assert_eq!(
            shown("- secret: |\n    one: a\n    - two\n  url: 'https://h/\n    p'\n"),
            "- secret: *\n    **** *\n    * ***\n  url: ***********\n    **\n"
        );
    }

    #[test]
    fn what_yaml_reads_as_something_else_is_hidden() {
        assert_eq!(shown("- secret: !hunter2 x\n"), "- secret: ******** *\n");
        assert_eq!(
            shown("- secret: &hunter2\n  name: x\n"),
            "- secret: ********\n  name: x\n"
        );
        assert_eq!(
            shown("- secret: #hunter2\n  name: x\n"),
            "- secret: ********\n  name: x\n"
        );
        assert_eq!(shown("- {secret:hunter2}\n"), "- {**************}\n");
        assert_eq!(shown("- secret:hunter2\n"), "- **************\n");
        assert_eq!(
            shown("- name: &s hunter2\n  secret: *s\n"),
            "- name: ** *******\n  secret: **\n"
        );
        assert_eq!(
            shown("- name: {secret: hunter2}\n"),
            "- name: {******: *******}\n"
        );
        assert_eq!(
            shown("- {secret, hunter2, X: }\n"),
            "- {secret, *******, X: }\n"
        );
        assert_eq!(shown("- headers: hunter2\n"), "- headers: *******\n");
        assert_eq!(
            shown("- secret: {env: A, key: b}\n"),
            "- secret: {***: *, ***: *}\n"
        );
    }

    #[test]
    fn a_url_shows_its_origin_alone() {
        assert_eq!(origin("HTTPS://h:1/p"), Some("HTTPS://h:1"));
        assert_eq!(origin("http://[::1]?q"), Some("http://[::1]"));
        assert_eq!(origin("https://h#f"), Some("https://h"));
        assert_eq!(origin("https://user:pass@h/"), None);
        assert_eq!(origin("example.com/p"), None);
        assert_eq!(origin("ftp://h/p"), None);
        assert_eq!(shown("- url: https://u:p@h/\n"), "- url: **************\n");
        assert_eq!(
            shown("- url: \"https:\\/\\/h/p\"\n"),
            "- url: ***************\n"
        );
    }

    #[test]
    fn an_unreadable_line_shows_its_key_alone() {
        let strict = |line| Mask::strict().line(0, line);
        assert_eq!(strict("  - secret: hunter2 #x"), "  - secret: ******* **");
        assert_eq!(
            strict("\"url\": \"https://h/p\","),
            "\"url\": **************"
        );
        assert_eq!(strict("- hunter2"), "- *******");
        assert_eq!(strict("{url: x, secret: y}"), "***** ** ******* **");
        assert_eq!(strict("secret:hunter2"), "**************");
        assert_eq!(strict("https://h/p: x"), "************ *");
        assert_eq!(strict(": x"), "* *");
        assert_eq!(strict("webhooks:"), "webhooks:");
        assert_eq!(strict("hunter2: x"), "******** *");
        assert_eq!(strict(""), "");
    }

    #[test]
    fn ranges_are_merged() {
        assert_eq!(
            merged(vec![(5, 9), (0, 2), (1, 4), (6, 7)]),
            [(0, 4), (5, 9)]
        );
    }
}
