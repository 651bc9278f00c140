//! The words and signs of a source, without comments and texts.

use std::iter::Peekable;
use std::str::Chars;

/// A word with `::` as a word of its own, or another sign.
pub type Token = String;

/// Takes a source apart.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = source.chars().peekable();
    while let Some(char) = rest.next() {
        match char {
            '/' if rest.peek() == Some(&'/') => {
                while rest.next_if(|char| *char != '\n').is_some() {}
            }
            '/' if rest.peek() == Some(&'*') => comment(&mut rest),
            '"' => text(&mut rest),
            '\'' => quoted(&mut rest),
            'r' if matches!(rest.peek(), Some('"' | '#')) => raw(&mut rest),
            ':' if rest.next_if_eq(&':').is_some() => found.push("::".to_owned()),
            _ if is_word(char) => {
                let mut word = String::from(char);
                while let Some(char) = rest.next_if(|char| is_word(*char)) {
                    word.push(char);
                }
                // The prefix of a text that is raw.
                if matches!(&*word, "br" | "cr") && matches!(rest.peek(), Some('"' | '#')) {
                    raw(&mut rest);
                } else {
                    found.push(word);
                }
            }
            _ if char.is_whitespace() => {}
            _ => found.push(char.to_string()),
        }
    }
    found
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn comment(rest: &mut Peekable<Chars<'_>>) {
    let mut depth = 0;
    let mut before = '/';
    for char in rest {
        match (before, char) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                before = char;
                continue;
            }
        }
        if depth == 0 {
            return;
        }
        before = ' ';
    }
}

fn text(rest: &mut Peekable<Chars<'_>>) {
    while let Some(char) = rest.next() {
        match char {
            '\\' => _ = rest.next(),
            '"' => return,
            _ => {}
        }
    }
}

/// A character, or a lifetime, which has no other quote.
fn quoted(rest: &mut Peekable<Chars<'_>>) {
    let first = rest.next();
    if first == Some('\\') {
        rest.next();
        while rest.next_if(|char| *char != '\'').is_some() {}
        rest.next();
    } else {
        rest.next_if_eq(&'\'');
    }
}

/// A text without escapes, or a raw name.
fn raw(rest: &mut Peekable<Chars<'_>>) {
    let mut hashes = 0;
    while rest.next_if_eq(&'#').is_some() {
        hashes += 1;
    }
    if rest.next_if_eq(&'"').is_none() {
        return;
    }
    while let Some(char) = rest.next() {
        if char == '"' && (0..hashes).all(|_| rest.next_if_eq(&'#').is_some()) {
            return;
        }
    }
}
