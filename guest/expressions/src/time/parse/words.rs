//! Words, numbers and offsets that a text begins with.

/// White space of C.
pub fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t'..='\r')
}

/// A number of at most so many digits, after blanks.
pub fn number(text: &str, from: i64, to: i64, most: usize) -> Option<(i64, &str)> {
    let rest = text.trim_start_matches(' ');
    let (mut value, mut digits) = (0_i64, 0);
    for byte in rest.bytes().take(most) {
        if !byte.is_ascii_digit() || (digits > 0 && value * 10 > to) {
            break;
        }
        value = value * 10 + i64::from(byte - b'0');
        digits += 1;
    }
    (digits > 0 && (from..=to).contains(&value)).then(|| (value, &rest[digits..]))
}

/// The longest of the names, whole or its first three letters, that a text begins with.
pub fn named<'a>(text: &'a str, names: &[&str]) -> Option<(i64, &'a str)> {
    let begins = |name: &str| {
        let start = text.get(..name.len())?;
        start
            .eq_ignore_ascii_case(name)
            .then(|| &text[name.len()..])
    };
    names.iter().zip(0..).find_map(|(name, index)| {
        let rest = begins(name).or_else(|| begins(&name[..3]))?;
        Some((index, rest))
    })
}

/// What follows an offset from UTC: `Z`, `+01`, `+0100` or `+01:00`. It is not applied.
pub fn offset(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some(rest);
    }
    let mut rest = text.strip_prefix(['+', '-'])?;
    let mut digits = String::new();
    while digits.len() < 4 && rest.starts_with(|char: char| char.is_ascii_digit()) {
        digits.push_str(&rest[..1]);
        rest = &rest[1..];
        let minutes = rest.strip_prefix(':').filter(|after| {
            digits.len() == 2 && after.starts_with(|char: char| char.is_ascii_digit())
        });
        rest = minutes.unwrap_or(rest);
    }
    match digits.len() {
        2 => Some(rest),
        4 if digits[2..].parse::<u8>().is_ok_and(|minutes| minutes < 60) => Some(rest),
        _ => None,
    }
}
