//! Shows a problem with its line of the file, as compilers do.
//!
//! The line is masked before it is handed to the renderer, so nothing confidential can come out.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use rules::sanitize::seen;

use super::{
    mask::Mask,
    problem::{Problem, Severity},
    source::Source,
};

/// Bytes of a line that is shown, at most: longer ones help nobody.
const MAX_LINE: usize = 2000;

/// Places that are shown with their lines, at most; others are listed.
const SHOWN: usize = 5;
/// Places that are listed, at most.
const LISTED: usize = 20;

/// Renders problems that say the same, as one.
pub(super) fn render(same: &[&Problem], source: &Source, mask: &Mask, color: bool) -> String {
    let Some(first) = same.first() else {
        return String::new();
    };
    let level = match first.severity {
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let mut group = Group::with_title(level.primary_title(first.message.as_str()));
    for problem in same.iter().take(SHOWN) {
        group = place(group, problem, source, mask);
    }
    let others: Vec<String> = same
        .iter()
        .skip(SHOWN)
        .take(LISTED)
        .map(|problem| format!("{}:{}:{}", problem.file, problem.line, problem.column))
        .collect();
    if !others.is_empty() {
        let more = match same.len().saturating_sub(SHOWN + LISTED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let note = format!("and at {}{more}", others.join(", "));
        group = group.element(Level::NOTE.message(note));
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}

/// Adds the line of a problem, with what is meant of it.
fn place<'a>(group: Group<'a>, problem: &'a Problem, source: &Source, mask: &Mask) -> Group<'a> {
    let label = Some(problem.path.as_str()).filter(|path| !path.is_empty());
    let shown = source
        .line(problem.span.start, MAX_LINE)
        .filter(|(_, line)| !line.is_empty());
    let Some((start, line)) = shown else {
        let origin = Origin::path(&*problem.file)
            .line(problem.line as usize)
            .char_column(problem.column as usize);
        let group = group.element(origin);
        return match label {
            Some(path) => group.element(Level::NOTE.message(format!("at {path}"))),
            None => group,
        };
    };
    // What is not seen could play tricks on a terminal; one for one, as the mask does.
    let shown = |char| if char == '\t' { char } else { seen(char) };
    let masked: String = mask.line(start, line).chars().map(shown).collect();
    // Masking keeps the number of characters, not of bytes.
    let from = line
        .get(..problem.span.start - start)
        .unwrap_or_default()
        .chars()
        .count();
    let upto = problem.span.end.saturating_sub(start).min(line.len());
    let upto = line
        .get(..upto)
        .unwrap_or_default()
        .chars()
        .count()
        .max(from + 1);
    let byte = |nth| {
        masked
            .char_indices()
            .nth(nth)
            .map_or(masked.len(), |(at, _)| at)
    };
    let span = byte(from)..byte(upto);
    group.element(
        Snippet::source(masked)
            .line_start(problem.line as usize)
            .path(&*problem.file)
            .annotation(AnnotationKind::Primary.span(span).label(label)),
    )
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::config::{
        mask::Mask,
        problem::{Problem, Severity},
        source::{Source, Span},
    };

    fn rendered(text: &str, span: Span, path: &str) -> String {
        let source = Source {
            text: text.to_owned().into(),
        };
        let file = "servo.yaml".into();
        let problem = Problem::new(Severity::Error, &file, span, path, "not good");
        render(&[&problem], &source, &Mask::strict(), false)
    }

    #[test]
    fn line_caret_and_path_are_shown() {
        let text = "a: 1\n  url:ä  ßecret\n";
        let span = Span {
            start: 15,
            end: 22,
            line: 2,
            column: 10,
        };
        assert_eq!(&text[span.range()], "ßecret");
        let shown = rendered(text, span, "webhooks[0].a");
        assert!(shown.contains("error: not good"), "{shown}");
        assert!(shown.contains("--> servo.yaml:2:10"), "{shown}");
        assert!(shown.contains("******\n"), "{shown}");
        assert!(shown.contains("^^^^^^ webhooks[0].a"), "{shown}");
        let column = |part: &str| {
            let mut lines = shown.lines().filter_map(|line| line.split_once(part));
            lines.next().map(|(before, _)| before.chars().count())
        };
        assert_eq!(column("******"), column("^^^^^^"), "{shown}");
    }

    #[test]
    fn columns_count_characters_after_tabs_too() {
        let text = "\tkey: value";
        let span = Span {
            start: 6,
            end: 11,
            line: 1,
            column: 7,
        };
        assert!(rendered(text, span, "").contains("servo.yaml:1:7"));
    }

    #[test]
    fn the_end_of_a_line_and_of_the_file_can_be_shown() {
        let end = Span {
            start: 4,
            end: 4,
            line: 1,
            column: 5,
        };
        assert!(rendered("url:", end, "").contains("url:"));
        assert!(rendered("url:\r\nb", end, "").contains("url:"));
    }

    #[test]
    fn empty_and_very_long_lines_are_only_named() {
        let span = Span {
            start: 5000,
            end: 5001,
            line: 1,
            column: 5001,
        };
        let shown = rendered(&"x".repeat(10_000), span, "webhooks[0]");
        assert!(shown.contains("servo.yaml:1:5001"), "{shown}");
        assert!(shown.contains("at webhooks[0]"), "{shown}");
        assert!(shown.len() < 500, "{shown}");
        assert!(rendered("", Span::default(), "").contains("servo.yaml:1:1"));
    }
}
