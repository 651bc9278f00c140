//! What is wrong with an expression, and where in it.

use crate::{DEPTH_LIMIT, LIMIT};
use jaq_core::compile::Undefined;
use jaq_core::load::{self, lex, parse};

/// The most characters of a message that an expression gave itself.
const EXCERPT: usize = 120;

/// Something wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The function that there is not, if that is what is wrong.
    pub unknown: Option<String>,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line > 1 {
            write!(out, "line {}, ", self.line)?;
        }
        write!(out, "column {}: {}", self.column, self.message)
    }
}

/// Functions of jq that reach outside the event.
const OUTSIDE: [&str; 14] = [
    "env",
    "$ENV",
    "input",
    "inputs",
    "input_filename",
    "input_line_number",
    "debug",
    "stderr",
    "halt",
    "halt_error",
    "get_search_list",
    "modulemeta",
    "localtime",
    "strflocaltime",
];

/// Refuses what would be too much for the parser, which calls itself for each bracket.
pub fn check_size(text: &str) -> Result<(), Vec<Fault>> {
    if text.len() > LIMIT {
        let message = format!("it has more than {LIMIT} bytes");
        return Err(vec![at(text, LIMIT, message)]);
    }
    let mut depth = 0_usize;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_LIMIT {
            let message = format!("brackets are nested more than {DEPTH_LIMIT} deep");
            return Err(vec![at(text, offset, message)]);
        }
    }
    Ok(())
}

/// What the loader found.
pub fn of_loading(text: &str, errors: load::Errors<&str, ()>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (_, error) in errors {
        match error {
            load::Error::Io(modules) => faults.extend(modules.into_iter().map(|(path, _)| {
                let message = "modules cannot be loaded; write the definition itself".to_owned();
                at(text, offset(text, path), message)
            })),
            load::Error::Lex(found) => faults.extend(found.into_iter().map(|(expected, rest)| {
                let message = format!("expected {}", expected_by_lexer(&expected));
                at(text, offset(text, rest), message)
            })),
            load::Error::Parse(found) => {
                faults.extend(found.into_iter().map(|(expected, found)| {
                    at(
                        text,
                        offset(text, found),
                        expected_by_parser(text, &expected, found),
                    )
                }))
            }
        }
    }
    // One slip makes the parser stumble more than once: the first is the one to mend.
    faults.truncate(1);
    faults
}

fn expected_by_lexer(expected: &lex::Expect<&str>) -> String {
    match expected {
        lex::Expect::Delim(open) => format!("the end of what {open} begins"),
        lex::Expect::Digit => "a digit".to_owned(),
        lex::Expect::Ident => "a name".to_owned(),
        lex::Expect::Escape => {
            "an escape that JSON has (in YAML's double quotes, \\ is written \\\\)".to_owned()
        }
        lex::Expect::Unicode => "four hexadecimal digits".to_owned(),
        _ => "something that jq knows".to_owned(),
    }
}

fn expected_by_parser(text: &str, expected: &parse::Expect<&str>, found: &str) -> String {
    let place = if offset(text, found) >= text.len() {
        "the end"
    } else if found.starts_with('"') {
        "a string"
    } else {
        found.split_whitespace().next().unwrap_or("the end")
    };
    let place: String = place.chars().take(20).collect();
    match expected {
        parse::Expect::Just(word) => format!("expected {word}, found {place}"),
        parse::Expect::Term => format!("expected a value or a function, found {place}"),
        parse::Expect::Nothing => format!("expected the end or an operator, found {place}"),
        other => format!("expected {}, found {place}", other.as_str()),
    }
}

/// What the compiler found.
pub fn of_compiling(text: &str, errors: jaq_core::compile::Errors<&str, ()>) -> Vec<Fault> {
    let unknown = errors.into_iter().flat_map(|(_, found)| found);
    unknown
        .map(|(name, undefined)| {
            let mut fault = at(text, offset(text, name), unknown_name(name, &undefined));
            if matches!(undefined, Undefined::Filter(_)) && !OUTSIDE.contains(&name) {
                fault.unknown = Some(name.to_owned());
            }
            fault
        })
        .collect()
}

fn unknown_name(name: &str, undefined: &Undefined) -> String {
    if OUTSIDE.contains(&name) {
        return format!("{name} reaches outside the event, which an expression cannot");
    }
    match undefined {
        Undefined::Filter(0) => format!("there is no function {name} without arguments"),
        Undefined::Filter(arity) => {
            let plural = if *arity == 1 { "" } else { "s" };
            format!("there is no function {name} with {arity} argument{plural}")
        }
        Undefined::Var => format!("there is no variable {name}"),
        Undefined::Label => format!("there is no label {name}"),
        _ => format!("there is no {name}"),
    }
}

/// The place of a part of a text, of which nothing is said yet.
pub fn of_part(text: &str, part: &str) -> Fault {
    at(text, offset(text, part), String::new())
}

/// Where a part of a text begins; its end, if it is none.
fn offset(text: &str, part: &str) -> usize {
    let start = part.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    start.min(text.len())
}

fn at(text: &str, offset: usize, message: String) -> Fault {
    let before: Vec<char> = text
        .bytes()
        .take(offset)
        .filter(|byte| byte & 0xc0 != 0x80)
        .map(char::from)
        .collect();
    let line = 1 + before.iter().filter(|char| **char == '\n').count();
    let column = 1 + before
        .iter()
        .rev()
        .take_while(|char| **char != '\n')
        .count();
    Fault {
        line,
        column,
        message,
        unknown: None,
    }
}

/// The beginning of a text that may quote the event, in one line.
#[must_use]
pub fn excerpt(message: &str) -> String {
    let mut chars = message.chars();
    let mut out: String = chars
        .by_ref()
        .take(EXCERPT)
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    if chars.next().is_some() {
        out.push_str("...");
    }
    out
}
