//! What jq does with texts, by code point.

/// Splits at each separator; at each character, if there is none.
#[must_use]
pub fn split(text: &str, separator: &str) -> Vec<String> {
    if text.is_empty() {
        Vec::new()
    } else if separator.is_empty() {
        text.chars().map(String::from).collect()
    } else {
        text.split(separator).map(str::to_owned).collect()
    }
}

/// Where a part begins, overlapping ones too, in code points.
#[must_use]
pub fn indices(text: &str, part: &str) -> Vec<usize> {
    let mut found = Vec::new();
    if part.is_empty() {
        return found;
    }
    let (mut from, mut counted) = (0, 0);
    while let Some(at) = text[from..].find(part) {
        let at = from + at;
        counted += text[from..at].chars().count();
        found.push(counted);
        // On to the next character.
        from = at + part.chars().next().map_or(1, char::len_utf8);
        counted += 1;
    }
    found
}

/// A character of this code point; U+FFFD if there is none.
#[must_use]
pub fn char_of(code: f64) -> char {
    // What is beyond an integer becomes the nearest, which is no code point.
    let code = code as i64;
    let char = u32::try_from(code).ok().and_then(char::from_u32);
    char.unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The word, if it is one of the two.
#[must_use]
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The text of a value for an error: its first bytes, as jq cuts them.
#[must_use]
pub fn cut(json: &str) -> String {
    const MOST: usize = 29;
    if json.len() <= MOST {
        return json.to_owned();
    }
    let close = match json.as_bytes().first() {
        Some(b'"') => "\"",
        Some(b'[') => "]",
        Some(b'{') => "}",
        _ => "",
    };
    let end = json.floor_char_boundary(MOST - 3 - close.len());
    format!("{}...{close}", &json[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_code_point() {
        assert_eq!(split("aéaé", "é"), ["a", "a", ""]);
        assert_eq!(split("aé", ""), ["a", "é"]);
        assert!(split("", "a").is_empty());
        assert_eq!(split("aaa", "aa"), ["", "a"]);
        assert_eq!(indices("aéaé", "é"), [1, 3]);
        assert_eq!(indices("aéaé", "aé"), [0, 2]);
        assert_eq!(indices("aaa", "aa"), [0, 1]);
        assert!(indices("aaa", "").is_empty());
    }

    #[test]
    fn code_points_that_are_none() {
        for code in [-1.0, 55296.0, 1_114_112.0, 1e300] {
            assert_eq!(char_of(code), '\u{fffd}');
        }
        assert_eq!(char_of(65.9), 'A');
    }

    #[test]
    fn values_in_errors_are_cut() {
        for (json, cut_to) in [
            ("\"short\"", "\"short\""),
            (
                "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
                "\"aaaaaaaaaaaaaaaaaaaaaaaa...\"",
            ),
            (
                "[0,1,2,3,4,5,6,7,8,9,10,11,12,13]",
                "[0,1,2,3,4,5,6,7,8,9,10,1...]",
            ),
            ("\"éééééééééééééééééééé\"", "\"éééééééééééé...\""),
        ] {
            assert_eq!(cut(json), cut_to);
        }
    }
}
