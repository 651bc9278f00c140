//! Words, numbers and symbols of jq.

use crate::Fault;

/// Who wrote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A user.
    Expression,
    /// We: names may begin with `!`.
    Library,
}

/// What a part of the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Word,
    /// `.name`
    Field,
    /// `$name`
    Variable,
    /// `@name`
    Format,
    /// A number.
    Number,
    /// The opening quote of a string, whose rest the parser reads.
    Quote,
    /// Anything else.
    Symbol,
    /// The end of the text.
    End,
}

/// A part of the text.
#[derive(Clone, Copy, Debug)]
pub struct Token<'s> {
    /// What it is.
    pub kind: Kind,
    /// The part itself.
    pub text: &'s str,
    /// Where it begins, in bytes.
    pub at: usize,
}

impl Token<'_> {
    /// Whether it is this symbol or keyword.
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Symbol | Kind::Word | Kind::Quote) && self.text == text
    }
}

/// Symbols; of two that fit the longer one comes first.
const SYMBOLS: [&str; 34] = [
    "?//", "//=", "!=", "==", "//", "|=", "+=", "-=", "*=", "/=", "%=", "<=", ">=", "..", ".", "?",
    "=", ";", ",", ":", "|", "+", "-", "*", "/", "%", "<", ">", "(", ")", "[", "]", "{", "}",
];

fn starts_name(char: char) -> bool {
    char.is_ascii_alphabetic() || char == '_'
}

fn in_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// The token that begins at a place, after blanks and comments.
pub fn token(text: &str, from: usize, mode: Mode) -> Result<Token<'_>, Fault> {
    let at = skip_blanks(text, from);
    let rest = &text[at..];
    let made = |kind, length| {
        Ok(Token {
            kind,
            text: &rest[..length],
            at,
        })
    };
    let mut chars = rest.chars();
    let (first, second) = (chars.next(), chars.next());
    let named = second.is_some_and(starts_name);
    match first {
        None => made(Kind::End, 0),
        Some('"') => made(Kind::Quote, 1),
        Some(char) if starts_name(char) => made(Kind::Word, name(rest, 0)),
        Some('!') if mode == Mode::Library && named => made(Kind::Word, name(rest, 1)),
        Some('.') if named => made(Kind::Field, plain_name(rest, 1)),
        Some('$') if named => made(Kind::Variable, name(rest, 1)),
        Some('$') => Err(Fault::at(text, at + 1, "expected a name".to_owned())),
        Some('@') if second.is_some_and(in_name) => made(Kind::Format, plain_name(rest, 1)),
        Some('@') => Err(Fault::at(text, at + 1, "expected a name".to_owned())),
        Some('0'..='9') => made(Kind::Number, number(rest)),
        Some('.') if second.is_some_and(|char| char.is_ascii_digit()) => {
            made(Kind::Number, number(rest))
        }
        Some(_) => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => made(Kind::Symbol, symbol.len()),
            None => Err(Fault::at(text, at, foreign(rest).to_owned())),
        },
    }
}

/// What to write for a sign of other languages.
fn foreign(rest: &str) -> &'static str {
    match rest.as_bytes() {
        [b'&', b'&', ..] => "jq has no &&; write and",
        [b'!', ..] => "jq has no !; write `| not` behind it",
        [b'\'', ..] => "strings take double quotes",
        _ => "jq has no such sign",
    }
}

fn plain_name(text: &str, from: usize) -> usize {
    text[from..]
        .find(|char| !in_name(char))
        .map_or(text.len(), |length| from + length)
}

/// A name, perhaps with those of modules before it.
fn name(text: &str, from: usize) -> usize {
    let mut end = plain_name(text, from);
    while text[end..].starts_with("::") && text[end + 2..].starts_with(starts_name) {
        end = plain_name(text, end + 2);
    }
    end
}

fn number(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = &text[from..];
        from + rest
            .find(|char: char| !char.is_ascii_digit())
            .unwrap_or(rest.len())
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

/// A comment ends with its line, unless an odd number of backslashes stands before that.
fn skip_blanks(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if !text[at..].starts_with('#') {
            return at;
        }
        loop {
            let rest = &text[at..];
            let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
            let line = rest[..end].trim_end_matches('\n');
            let line = line.strip_suffix('\r').unwrap_or(line);
            at += end;
            let backslashes = line.len() - line.trim_end_matches('\\').len();
            if backslashes.is_multiple_of(2) || at >= text.len() {
                break;
            }
        }
    }
}
