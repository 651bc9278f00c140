//! What is wrong with an expression, and where in it.

use jaq_core::compile::Undefined;

/// The most bytes of an expression.
pub const LIMIT: usize = 16 * 1024;

/// The deepest nesting of brackets in an expression.
pub const DEPTH_LIMIT: usize = 64;

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

impl Fault {
    /// A fault at a byte of a text.
    pub(crate) fn at(text: &str, offset: usize, message: String) -> Self {
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
        Self {
            line,
            column,
            message,
            unknown: None,
        }
    }
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
        return Err(vec![Fault::at(text, LIMIT, message)]);
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
            return Err(vec![Fault::at(text, offset, message)]);
        }
    }
    Ok(())
}

/// What the compiler found.
pub fn of_compiling(text: &str, errors: jaq_core::compile::Errors<&str, ()>) -> Vec<Fault> {
    let unknown = errors.into_iter().flat_map(|(_, found)| found);
    unknown
        .map(|(name, undefined)| {
            let mut fault = Fault::at(text, offset(text, name), unknown_name(name, &undefined));
            if matches!(undefined, Undefined::Filter(_)) && !OUTSIDE.contains(&name) {
                fault.unknown = Some(name.to_owned());
            }
            fault
        })
        .collect()
}

fn unknown_name(name: &str, undefined: &Undefined) -> String {
    if OUTSIDE.contains(&name) {
        return format!("{name} reaches outside the event; an expression sees the event alone");
    }
    if name.starts_with('@') {
        return format!("there is no format {name}");
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
    Fault::at(text, offset(text, part), String::new())
}

/// Where a part of a text begins; its end, if it is none.
pub fn offset(text: &str, part: &str) -> usize {
    let start = part.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    start.min(text.len())
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
