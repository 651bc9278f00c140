//! Where in a condition something is, from what the connector says of its wrapper.

/// The first number in a path: `[2].when`.
pub fn number_in(path: &str) -> Option<usize> {
    let digits = path.split_once('[')?.1.split_once(']')?.0;
    digits.parse().ok()
}

/// Lines of a condition count from its own first one, which has one before it.
pub fn without_wrapper(message: &str) -> String {
    let mut fixed = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once("line ") {
        fixed.push_str(before);
        let end = after
            .find(|char: char| !char.is_ascii_digit())
            .unwrap_or(after.len());
        let (digits, more) = after.split_at(end);
        match (digits.parse::<usize>(), more.strip_prefix(", ")) {
            (Ok(2), Some(more)) => rest = more,
            (Ok(number @ 3..), _) => {
                fixed.push_str(&format!("line {}", number - 1));
                rest = more;
            }
            _ => {
                fixed.push_str("line ");
                rest = after;
            }
        }
    }
    fixed + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_the_condition_s_own_first() {
        for (message, expected) in [
            ("line 2, column 3: no", "column 3: no"),
            ("line 4, column 3: no", "line 3, column 3: no"),
            ("a line is missing", "a line is missing"),
            ("end of line 2", "end of line 2"),
        ] {
            assert_eq!(without_wrapper(message), expected);
        }
        assert_eq!(number_in("[12].when"), Some(12));
        assert_eq!(number_in("webhooks[3].when"), Some(3));
        assert_eq!(number_in(""), None);
    }
}
