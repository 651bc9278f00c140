//! Texts of others and times, as a page shows them: nothing in a text is done, none is endless,
//! and none changes the direction of what stands beside it.

use crate::store::times;
use crate::units;
use maud::{Markup, html};
use rules::sanitize::{sanitize, seen};
use std::time::Duration;

/// A text on one line, of 1 KiB at most.
pub fn line(text: &str) -> String {
    let mut line = sanitize(text);
    if text.chars().nth(line.chars().count()).is_some() {
        line.push('…');
    }
    line
}

/// A text of others among ours.
pub fn other(text: &str) -> Markup {
    html! { bdi { (line(text)) } }
}

/// The same, or a dash.
pub fn or_dash(text: Option<&str>) -> Markup {
    match text {
        Some(text) => other(text),
        None => html! { "–" },
    }
}

/// A text with its lines, so many bytes of it, and whether that is all.
pub fn lines(bytes: &[u8], most: usize) -> (String, bool) {
    let kept = bytes.get(..most).unwrap_or(bytes);
    let shown = |char| match char {
        '\n' | '\t' => char,
        other => seen(other),
    };
    let text = String::from_utf8_lossy(kept).replace("\r\n", "\n");
    (text.chars().map(shown).collect(), kept.len() == bytes.len())
}

/// A time in milliseconds since 1970, in UTC; how long ago it was stands in its title.
pub fn time(at: i64, now: i64) -> Markup {
    let exact = times::exact(at);
    html! { time datetime=(exact) title=(format!("{exact}, {}", distance(at, now))) { (times::short(at)) } }
}

/// The same to the millisecond.
pub fn exact(at: i64, now: i64) -> Markup {
    let exact = times::exact(at);
    html! { time datetime=(exact) title=(distance(at, now)) { (exact) } }
}

/// `2m ago`, `in 5s`.
pub fn distance(at: i64, now: i64) -> String {
    let between = rough(now.abs_diff(at));
    match at > now {
        true => format!("in {between}"),
        false => format!("{between} ago"),
    }
}

/// Milliseconds, in no more than two units.
pub fn rough(milliseconds: u64) -> String {
    let coarse = match milliseconds {
        0..60_000 => milliseconds,
        60_000..3_600_000 => milliseconds - milliseconds % 1_000,
        3_600_000..86_400_000 => milliseconds - milliseconds % 60_000,
        _ => milliseconds - milliseconds % 3_600_000,
    };
    units::rough(Duration::from_millis(coarse))
}

/// `1 delivery`, `2 deliveries`.
pub fn count(number: u64, one: &str, more: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {more}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_are_short_and_harmless() {
        assert_eq!(line("a\u{202e}b\n"), "a\u{fffd}b\u{fffd}");
        assert_eq!(line(&"x".repeat(2000)).chars().count(), 1025);
        assert_eq!(line(&"x".repeat(1024)).chars().count(), 1024);
        let shown = other("<b>&").into_string();
        assert_eq!(shown, "<bdi>&lt;b&gt;&amp;</bdi>");
        assert_eq!(
            lines(b"a\r\nb\t\x1b", 9),
            ("a\nb\t\u{fffd}".to_owned(), true)
        );
        assert_eq!(lines(b"abc", 2), ("ab".to_owned(), false));
    }

    #[test]
    fn distances_are_rough() {
        for (between, expected) in [
            (900, "900ms ago"),
            (61_500, "1m1s ago"),
            (7_261_000, "2h1m ago"),
            (90_061_000, "1d1h ago"),
            (-5_000, "in 5s"),
        ] {
            assert_eq!(distance(0, between), expected);
        }
    }
}
