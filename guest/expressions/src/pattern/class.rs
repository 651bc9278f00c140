//! Classes of characters, and characters that are written with a backslash.

use super::reader::literal;
use std::iter::Peekable;
use std::str::Chars;

type Rest<'a> = Peekable<Chars<'a>>;

/// Reads a class after its `[`, and writes one that means the same to the engine.
pub(super) fn read(rest: &mut Rest<'_>, out: &mut String) -> Result<(), String> {
    let unfinished = || "premature end of char-class".to_owned();
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let empty = out.len();
    // A bracket in the first place is itself, if another closes the class.
    if rest.peek() == Some(&']') {
        rest.next();
        if !closes(rest.clone()) {
            return Err("empty char-class".to_owned());
        }
        out.push_str("\\]");
    }
    loop {
        let first = match rest.next().ok_or_else(unfinished)? {
            ']' => break,
            '[' if rest.peek() == Some(&':') && posix(rest, out)? => continue,
            '\\' if set(rest, out)? => continue,
            '\\' => one(rest)?,
            char => char,
        };
        let mut ahead = rest.clone();
        if ahead.next() != Some('-') || ahead.peek() == Some(&']') {
            literal(out, first);
            continue;
        }
        *rest = ahead;
        let last = match rest.next().ok_or_else(unfinished)? {
            '\\' if rest.peek().is_some_and(|char| "dDsSwWpP".contains(*char)) => {
                return Err("char-class value at end of range".to_owned());
            }
            '\\' => one(rest)?,
            char => char,
        };
        if last < first {
            return Err("empty range in char class".to_owned());
        }
        literal(out, first);
        out.push('-');
        literal(out, last);
    }
    if out.len() == empty {
        return Err("empty char-class".to_owned());
    }
    out.push(']');
    Ok(())
}

/// Whether a class is closed further on.
fn closes(mut rest: Rest<'_>) -> bool {
    while let Some(char) = rest.next() {
        match char {
            ']' => return true,
            '\\' => drop(rest.next()),
            _ => {}
        }
    }
    false
}

/// A character after a backslash in a class, where `\b` is a backspace.
fn one(rest: &mut Rest<'_>) -> Result<char, String> {
    match rest.next().ok_or("end pattern at escape")? {
        'b' => Ok('\u{8}'),
        digit @ '1'..='7' => octal(rest, digit),
        char => escaped(rest, char),
    }
}

/// A set after a backslash, if it is one.
fn set(rest: &mut Rest<'_>, out: &mut String) -> Result<bool, String> {
    let Some(char) = rest.peek().copied() else {
        return Ok(false);
    };
    match char {
        'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
            rest.next();
            out.extend(['\\', char]);
        }
        'p' | 'P' => {
            let mut ahead = rest.clone();
            ahead.next();
            if ahead.peek() != Some(&'{') {
                return Ok(false);
            }
            *rest = ahead;
            property(rest, out, char == 'P')?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// `[:name:]` after its first bracket, if it is one.
fn posix(rest: &mut Rest<'_>, out: &mut String) -> Result<bool, String> {
    let mut ahead = rest.clone();
    ahead.next();
    let not = ahead.next_if_eq(&'^').is_some();
    let mut name = String::new();
    while let Some(char) = ahead.next_if(char::is_ascii_alphanumeric) {
        name.push(char);
    }
    if ahead.next() != Some(':') || ahead.next() != Some(']') {
        return Ok(false);
    }
    let set = named(&name.to_ascii_lowercase());
    let set = set.ok_or("invalid POSIX bracket type")?;
    push_set(out, set, not);
    *rest = ahead;
    Ok(true)
}

/// A set of characters within a class.
fn push_set(out: &mut String, set: &str, not: bool) {
    out.push_str(if not { "[^" } else { "[" });
    out.push_str(set);
    out.push(']');
}

/// What POSIX calls by name, of all of Unicode.
fn named(name: &str) -> Option<&'static str> {
    Some(match name {
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "alpha" => r"\p{Alphabetic}",
        "ascii" => r"\x00-\x7f",
        "blank" => r"\p{Zs}\t",
        "cntrl" => r"\p{Cc}",
        "digit" => r"\p{Nd}",
        "graph" => r"[^\s\p{Cc}\p{Cn}\p{Cs}]",
        "lower" => r"\p{Lowercase}",
        "print" => r"[^\s\p{Cc}\p{Cn}\p{Cs}]\p{Zs}",
        "punct" => r"\p{P}$+<=>\^`|\~",
        "space" => r"\s",
        "upper" => r"\p{Uppercase}",
        "word" => r"\w",
        "xdigit" => r"0-9A-Fa-f",
        _ => return None,
    })
}

/// `{Name}` or `{^Name}` after `\p` or `\P`.
pub(super) fn property(rest: &mut Rest<'_>, out: &mut String, not: bool) -> Result<(), String> {
    rest.next();
    let inverted = rest.next_if_eq(&'^').is_some();
    let mut name = String::new();
    loop {
        match rest
            .next()
            .ok_or("end pattern with unmatched parenthesis")?
        {
            '}' => break,
            char => name.push(char),
        }
    }
    let plain: String = name
        .chars()
        .filter(|char| !" _-".contains(*char))
        .flat_map(char::to_lowercase)
        .collect();
    if plain.is_empty() || !plain.chars().all(char::is_alphanumeric) || plain.starts_with("is") {
        return Err(format!("invalid character property name {{{name}}}"));
    }
    match named(&plain) {
        Some(set) => push_set(out, set, not != inverted),
        None if plain == "any" => push_set(out, r"\x00-\x{10ffff}", not != inverted),
        None => {
            let letter = if not != inverted { 'P' } else { 'p' };
            let one = format!("\\{letter}{{{plain}}}");
            if fancy_regex::Regex::new(&one).is_err() {
                return Err(format!("invalid character property name {{{name}}}"));
            }
            out.push_str(&one);
        }
    }
    Ok(())
}

/// The character that stands for a letter after a backslash, with what follows it.
pub(super) fn escaped(rest: &mut Rest<'_>, char: char) -> Result<char, String> {
    Ok(match char {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'f' => '\u{c}',
        'a' => '\u{7}',
        'e' => '\u{1b}',
        '0' => octal(rest, '0')?,
        'c' => {
            let of = rest.next().ok_or("end pattern at control")?;
            let code = u8::try_from(of).map_err(|_| "invalid code point value")?;
            if of == '?' {
                '\u{7f}'
            } else {
                (code & 0x1f).into()
            }
        }
        'x' | 'o' if rest.peek() == Some(&'{') => {
            let mut ahead = rest.clone();
            ahead.next();
            let mut digits = String::new();
            while let Some(digit) = ahead.next_if(char::is_ascii_hexdigit) {
                digits.push(digit);
            }
            let radix = if char == 'x' { 16 } else { 8 };
            if ahead.next() != Some('}') {
                return Err("invalid code point value".to_owned());
            }
            *rest = ahead;
            let code = u32::from_str_radix(&digits, radix).ok();
            code.and_then(char::from_u32)
                .ok_or("invalid code point value")?
        }
        'x' => {
            let mut code = None;
            for _ in 0..2 {
                let digit = rest.next_if(char::is_ascii_hexdigit);
                let Some(digit) = digit.and_then(|digit| digit.to_digit(16)) else {
                    break;
                };
                code = Some(code.unwrap_or(0) * 16 + digit);
            }
            ascii(code.unwrap_or(u32::from('x')))?
        }
        char => char,
    })
}

/// Up to three octal digits.
pub(super) fn octal(rest: &mut Rest<'_>, first: char) -> Result<char, String> {
    let mut code = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let digit = rest.next_if(|char| ('0'..='7').contains(char));
        let Some(digit) = digit.and_then(|digit| digit.to_digit(8)) else {
            break;
        };
        code = code * 8 + digit;
    }
    ascii(code)
}

/// A byte beyond ASCII is a part of a character, which is not to be had alone.
fn ascii(code: u32) -> Result<char, String> {
    let byte = u8::try_from(code).ok().filter(u8::is_ascii);
    let byte = byte.ok_or("too short multibyte code string")?;
    Ok(char::from(byte))
}
