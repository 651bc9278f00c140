//! Reads metrics in the text format of Prometheus, and in OpenMetrics as far as they are alike:
//! a line has a name, labels and a value. Metadata and exemplars are passed over.

use std::borrow::Cow;

/// One line.
#[derive(Debug, PartialEq)]
pub struct Metric<'a> {
    pub name: &'a str,
    pub labels: Vec<(&'a str, Cow<'a, str>)>,
    pub value: f64,
}

impl Metric<'_> {
    /// What a label says; empty where it is missing.
    pub fn label(&self, name: &str) -> &str {
        let found = self.labels.iter().find(|(label, _)| *label == name);
        found.map_or("", |(_, value)| value)
    }
}

/// Reads all lines.
///
/// # Errors
/// The number of the first that is none.
pub fn parse(text: &str) -> Result<Vec<Metric<'_>>, usize> {
    let mut metrics = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        metrics.push(metric(line).ok_or(number)?);
    }
    Ok(metrics)
}

fn metric(line: &str) -> Option<Metric<'_>> {
    let end = line.find(|char: char| char == '{' || char.is_ascii_whitespace())?;
    let (name, rest) = line.split_at(end);
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == ':';
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    // A timestamp may follow, and an exemplar.
    let value = rest.split_ascii_whitespace().next()?;
    Some(Metric {
        name,
        labels,
        value: value.parse().ok()?,
    })
}

type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The labels behind an opening brace, and what follows the closing one.
fn labels(mut rest: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, quoted) = rest.split_once('=')?;
        let quoted = quoted.trim_start().strip_prefix('"')?;
        let end = end(quoted)?;
        labels.push((name.trim(), unescaped(&quoted[..end])));
        rest = &quoted[end + 1..];
    }
}

/// Where a quoted text ends.
fn end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    })
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let (mut plain, mut chars) = (String::with_capacity(text.len()), text.chars());
    while let Some(char) = chars.next() {
        match (char, chars.clone().next()) {
            ('\\', Some(next)) => {
                chars.next();
                plain.push(if next == 'n' { '\n' } else { next });
            }
            _ => plain.push(char),
        }
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_have_a_name_labels_and_a_value() {
        let text = "# HELP a What it is.\n# TYPE a counter\na 1\n\nb{} 2.5e3\n\
            c:d{x=\"1\",y=\"a b\",} +Inf 1700000000\ne_bucket{le=\"0.1\"} 3 # {trace_id=\"x\"} 0.1 1.0\n# EOF\n";
        let metrics = parse(text).unwrap();
        let shown: Vec<_> = metrics
            .iter()
            .map(|metric| (metric.name, metric.labels.len(), metric.value))
            .collect();
        let expected = [
            ("a", 0, 1.0),
            ("b", 0, 2500.0),
            ("c:d", 2, f64::INFINITY),
            ("e_bucket", 1, 3.0),
        ];
        assert_eq!(shown, expected);
        assert_eq!(metrics[2].label("y"), "a b");
        assert_eq!(metrics[2].label("z"), "");
        assert!(parse("a NaN").unwrap()[0].value.is_nan());
    }

    #[test]
    fn values_of_labels_may_hold_anything() {
        let text = r#"a{x="a \"b\" \\ } , = \n é",y="\\"} 1"#;
        let metrics = parse(text).unwrap();
        assert_eq!(metrics[0].label("x"), "a \"b\" \\ } , = \n é");
        assert_eq!(metrics[0].label("y"), "\\");
    }

    #[test]
    fn what_is_no_metric_is_named_by_its_line() {
        for text in [
            "a 1\n<html>",
            "a 1\nb",
            "a 1\nb{x=1} 2",
            "a 1\nb{x=\"1} 2",
            "a 1\nb{x=\"1\"",
            "a 1\nb one",
            "a 1\n{x=\"1\"} 2",
        ] {
            assert_eq!(parse(text), Err(2), "{text}");
        }
    }
}
