//! Regular expressions as jq has them: Oniguruma's, in the syntax of Perl.
//!
//! A backtracking engine finds the matches (lookaround, back references); [`dialect`] turns
//! the one syntax into the other. Positions are code points.

mod cache;
mod class;
mod dialect;
mod flags;
mod groups;
mod reader;

pub use cache::Patterns;

use flags::Flags;

use fancy_regex::{CompileError, Error, Regex, RegexBuilder, RuntimeError};

/// The most steps back of one search.
const STEPS: usize = 1_000_000;

/// The most instructions of a compiled expression.
const PROGRAM: usize = 100_000;

/// A compiled regular expression with its flags.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// None, if it can never match.
    regex: Option<Regex>,
    global: bool,
    /// Of the groups, from the first.
    names: Vec<Option<String>>,
}

/// What matched, or what a group of it matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it begins, in code points from the beginning of the text.
    pub offset: usize,
    /// In code points.
    pub length: usize,
    /// What it is.
    pub text: String,
}

/// A match with its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// All of it.
    pub whole: Found,
    /// The groups and their names; none, where a group did not take part.
    pub groups: Vec<(Option<String>, Option<Found>)>,
}

impl Pattern {
    /// Compiles an expression with flags, none of which is the same as an empty text.
    ///
    /// # Errors
    /// If it is none, or asks for what there is not, in jq's words where jq has any.
    pub fn compile(pattern: &str, flags: Option<&str>) -> Result<Self, String> {
        let flags = Flags::read(flags.unwrap_or_default())?;
        let failed = |why: &str| format!("Regex failure: {why}");
        let translated = dialect::translate(pattern, flags).map_err(|why| failed(&why))?;
        let built = RegexBuilder::new(&translated)
            .case_insensitive(flags.ignore_case)
            .find_not_empty(flags.not_empty)
            .leftmost_longest(flags.longest)
            .backtrack_limit(STEPS)
            .max_prog_size(PROGRAM)
            .build();
        let regex = match built {
            Ok(regex) => Some(regex),
            Err(Error::CompileError(why)) if matches!(*why, CompileError::PatternCanNeverMatch) => {
                None
            }
            Err(error) => return Err(failed(&reason(&error))),
        };
        let names = regex.iter().flat_map(|regex| regex.capture_names().skip(1));
        Ok(Self {
            names: names.map(|name| name.map(str::to_owned)).collect(),
            global: flags.global,
            regex,
        })
    }

    /// Whether it matches anywhere.
    ///
    /// # Errors
    /// If the search takes too many steps.
    pub fn is_match(&self, text: &str) -> Result<bool, String> {
        let Some(regex) = &self.regex else {
            return Ok(false);
        };
        regex.is_match(text).map_err(|error| too_long(&error))
    }

    /// The first match, or all with the flag `g`.
    ///
    /// # Errors
    /// If the search takes too many steps.
    pub fn matches(&self, text: &str) -> Result<Vec<Match>, String> {
        let mut found = Vec::new();
        let Some(regex) = &self.regex else {
            return Ok(found);
        };
        let mut places = CodePoints::new(text);
        let mut from = 0;
        while from <= text.len() {
            let captures = regex.captures_from_pos(text, from);
            let Some(captures) = captures.map_err(|error| too_long(&error))? else {
                break;
            };
            let Some(whole) = captures.get(0) else {
                break;
            };
            let (start, end) = (whole.start(), whole.end());
            let offset = places.of(start);
            let groups = (1..captures.len()).zip(&self.names).map(|(index, name)| {
                let group = captures.get(index).map(|group| match start == end {
                    // jq has all groups of an empty match there, whatever they saw.
                    true => place(&mut places, "", start..start),
                    false => place(&mut places, group.as_str(), group.range()),
                });
                (name.clone(), group)
            });
            found.push(Match {
                groups: groups.collect(),
                whole: Found {
                    offset,
                    length: text[start..end].chars().count(),
                    text: text[start..end].to_owned(),
                },
            });
            if !self.global {
                break;
            }
            let next = text[end..].chars().next().map_or(1, char::len_utf8);
            from = if start == end { end + next } else { end };
        }
        Ok(found)
    }
}

fn place(places: &mut CodePoints<'_>, text: &str, range: std::ops::Range<usize>) -> Found {
    Found {
        offset: places.of(range.start),
        length: text.chars().count(),
        text: text.to_owned(),
    }
}

/// Counts code points from the last place that was asked for.
struct CodePoints<'a> {
    text: &'a str,
    byte: usize,
    count: usize,
}

impl<'a> CodePoints<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            byte: 0,
            count: 0,
        }
    }

    fn of(&mut self, byte: usize) -> usize {
        if byte >= self.byte {
            self.count += self.text[self.byte..byte].chars().count();
        } else {
            self.count -= self.text[byte..self.byte].chars().count();
        }
        self.byte = byte;
        self.count
    }
}

fn too_long(error: &Error) -> String {
    let why = match error {
        Error::RuntimeError(RuntimeError::BacktrackLimitExceeded) => {
            format!("it takes more than {STEPS} steps back")
        }
        other => other.to_string(),
    };
    format!("Regex failure: {why}")
}

/// Why an expression that was read cannot be compiled.
fn reason(error: &Error) -> String {
    match error {
        Error::ParseError(_, why) => why.to_string(),
        Error::CompileError(why) => match **why {
            CompileError::LookBehindNotConst | CompileError::VariableLookBehindRequiresFeature => {
                "what is looked for behind has no fixed length".to_owned()
            }
            CompileError::PatternTooComplex => "it is too large".to_owned(),
            CompileError::InnerError(_) => "it is too large, or a property is unknown".to_owned(),
            ref other => other.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
