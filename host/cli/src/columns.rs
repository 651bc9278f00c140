//! The width of what reads standard output, and fields that fit into it.

use super::stdio;
use rules::sanitize::seen;

/// A value beside its label needs as much room; else it stands below.
const NARROWEST: usize = 24;

/// The columns of the reader: what `COLUMNS` says, else those of the terminal. None: nobody
/// counts them, as in a pipe or a file, and nothing is broken into lines.
pub fn width() -> Option<usize> {
    let named = std::env::var("COLUMNS").ok();
    let named = named.and_then(|columns| columns.trim().parse().ok());
    named.filter(|columns| *columns > 0).or_else(stdio::columns)
}

/// A text in which nothing is that plays tricks on a terminal, with its lines.
pub fn printable(text: &str) -> String {
    let shown = |char| if char == '\n' { char } else { seen(char) };
    text.trim_end().chars().map(shown).collect()
}

/// Lines of label and value, each value beside its label where there is room.
pub fn fields<'a>(
    rows: impl IntoIterator<Item = (&'a str, String)> + Clone,
    width: Option<usize>,
) -> String {
    let labels = rows.clone().into_iter().map(|(label, _)| label.len());
    let indent = labels.max().unwrap_or(0) + 4;
    let below = width.is_some_and(|width| width < indent + NARROWEST);
    let indent = if below { 4 } else { indent };
    let room = width.map(|width| width.saturating_sub(indent).max(1));
    let mut out = String::new();
    for (label, value) in rows {
        let lines = value.lines().flat_map(|line| wrapped(line, room));
        for (nth, line) in lines.enumerate() {
            match (nth, below) {
                (0, false) => out.push_str(&format!("  {label:<0$}{line}\n", indent - 2)),
                (0, true) => out.push_str(&format!("  {label}\n    {line}\n")),
                _ => out.push_str(&format!("{:indent$}{line}\n", "")),
            }
        }
    }
    out
}

/// A line as lines that fit, broken between words: one that is longer stays whole, so that it
/// can be copied.
fn wrapped(line: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room.filter(|room| line.chars().count() > *room) else {
        return vec![line.to_owned()];
    };
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.last().map_or(0, |last| last.chars().count());
        if last > 0 && last + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{fields, wrapped};

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("a bc def", Some(4)), ["a bc", "def"]);
        assert_eq!(wrapped("a longer b", Some(4)), ["a", "longer", "b"]);
        assert_eq!(wrapped("a bc def", None), ["a bc def"]);
    }

    #[test]
    fn values_stand_beside_or_below() {
        let rows = [("name", "one".to_owned()), ("url", "two three".to_owned())];
        assert_eq!(
            fields(rows.clone(), None),
            "  name  one\n  url   two three\n"
        );
        assert_eq!(
            fields(rows, Some(20)),
            "  name\n    one\n  url\n    two three\n"
        );
    }
}
