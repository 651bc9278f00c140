//! Where the translation of a pattern stands, and what its parts share.

use std::iter::Peekable;
use std::str::Chars;

/// What holds up to the end of a group.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    pub extended: bool,
    pub dot_all: bool,
    /// Whether `^` and `$` stand for lines.
    pub lines: bool,
}

/// Where the translation stands.
pub(super) struct Reader<'a> {
    pub(super) rest: Peekable<Chars<'a>>,
    pub(super) out: String,
    /// How many groups capture.
    pub(super) groups: usize,
    /// Of the groups that have one, so far.
    pub(super) names: Vec<String>,
    /// Of the groups around.
    pub(super) modes: Vec<Mode>,
    pub(super) mode: Mode,
    /// Where what can be repeated begins in the output.
    pub(super) atom: Option<usize>,
    /// Where the groups around begin in the output.
    pub(super) starts: Vec<Option<usize>>,
}

impl Reader<'_> {
    /// Takes a character, if it is next.
    pub(super) fn next_if(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }
}

/// A character as itself.
pub(super) fn literal(out: &mut String, char: char) {
    if char.is_ascii_punctuation() && char != '<' && char != '>' {
        out.push('\\');
    }
    out.push(char);
}

/// A name of a group in a form that the engine takes: letters, digits and underscores.
pub(super) fn group_name(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Err("group name is empty".to_owned());
    }
    if !name.starts_with(|char: char| char.is_alphabetic() || char == '_')
        || name.contains(['(', ')', '<', '>', '\\', '\''])
    {
        return Err(format!("invalid group name <{name}>"));
    }
    Ok(name.to_owned())
}
