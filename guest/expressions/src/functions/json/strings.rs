//! The strings of JSON.

/// Where the closing quote of a string is.
pub fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The text between the quotes.
///
/// # Errors
/// If it is not what JSON allows there, in jq's words.
pub fn unescape(text: &str) -> Result<String, &'static str> {
    const CONTROL: &str =
        "Invalid string: control characters from U+0000 through U+001F must be escaped";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|char: char| char == '\\' || char < ' ') {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        if chars.next() != Some('\\') {
            return Err(CONTROL);
        }
        out.push(match chars.next() {
            Some(char @ ('\\' | '"' | '/')) => char,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (char, length) = unicode(chars.as_str())?;
                out.push(char);
                rest = &chars.as_str()[length..];
                continue;
            }
            Some(_) => return Err("Invalid escape"),
            None => return Err("Expected escape character at end of string"),
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
    Ok(out)
}

/// The character of the digits after `\u`, and how long they are.
fn unicode(rest: &str) -> Result<(char, usize), &'static str> {
    let unit = |text: Option<&str>| {
        let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    if rest.len() < 4 {
        return Err("Invalid \\uXXXX escape");
    }
    let high = unit(rest.get(..4)).ok_or("Invalid characters in \\uXXXX escape")?;
    if !(0xd800..0xdc00).contains(&high) {
        let char = char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER);
        return Ok((char, 4));
    }
    let pair = rest[4..].strip_prefix("\\u");
    let low = pair.and_then(|digits| unit(digits.get(..4)));
    let low = low.filter(|low| (0xdc00..0xe000).contains(low));
    let low = low.ok_or("Invalid \\uXXXX\\uXXXX surrogate pair escape")?;
    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    Ok((char, 10))
}
