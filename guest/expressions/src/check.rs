//! What can be known of an expression before it runs: regular expressions, formats and
//! dates that stand in it as texts.
//!
//! What stands in `try` is left alone: its failure is provided for.

use crate::Fault;
use crate::fault::offset;
use crate::format;
use crate::pattern::Patterns;
use crate::syntax::each_term;
use crate::time;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};

/// Functions of a regular expression, with all the numbers of arguments, and the place of
/// the flags among them.
const OF_PATTERNS: [(&str, &[usize], usize); 8] = [
    ("test", &[1, 2], 1),
    ("match", &[1, 2], 1),
    ("capture", &[1, 2], 1),
    ("scan", &[1, 2], 1),
    ("split", &[2], 1),
    ("splits", &[1, 2], 1),
    ("sub", &[2, 3], 2),
    ("gsub", &[2, 3], 2),
];

/// Functions that look for every match.
const GLOBAL: [&str; 4] = ["scan", "split", "splits", "gsub"];

/// The text, if a term is nothing else.
fn literal<'t>(term: &'t Term<&str>) -> Option<&'t str> {
    match term {
        Term::Str(None, parts) => match &parts[..] {
            [] => Some(""),
            [StrPart::Str(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Compiles what is literal in an expression, and keeps the regular expressions.
///
/// # Errors
/// Each that is wrong, where it stands.
pub fn literals(text: &str, term: &Term<&str>) -> Result<Patterns, Vec<Fault>> {
    let mut found = Found {
        text,
        defined: Vec::new(),
        patterns: Patterns::default(),
        faults: Vec::new(),
    };
    each_term(term, &mut |term| {
        if let Term::Def(definitions, _) = term {
            let names = definitions
                .iter()
                .map(|definition| definition.name.to_owned());
            found.defined.extend(names);
        }
        true
    });
    each_term(term, &mut |term| {
        match term {
            Term::TryCatch(..) => return false,
            Term::Call(name, arguments) => found.call(name, arguments),
            Term::BinOp(left, BinaryOp::Pipe(None), right) => found.pipe(left, right),
            _ => {}
        }
        true
    });
    if found.faults.is_empty() {
        Ok(found.patterns)
    } else {
        Err(found.faults)
    }
}

struct Found<'a> {
    text: &'a str,
    /// What the expression defines itself.
    defined: Vec<String>,
    patterns: Patterns,
    faults: Vec<Fault>,
}

impl Found<'_> {
    fn is_ours(&self, name: &str) -> bool {
        !self.defined.iter().any(|defined| defined == name)
    }

    /// Tells what is wrong with a literal. One that was written with escapes has no place
    /// of its own: then it is the place of the function.
    fn fault(&mut self, part: &str, name: &str, message: String) {
        let place = offset(self.text, part);
        let place = if place < self.text.len() {
            place
        } else {
            offset(self.text, name)
        };
        self.faults.push(Fault::at(self.text, place, message));
    }

    fn call(&mut self, name: &str, arguments: &[Term<&str>]) {
        let Some(first) = arguments.first().and_then(literal) else {
            return;
        };
        if !self.is_ours(name) {
            return;
        }
        let checked = match (name, arguments.len()) {
            ("strftime", 1) => time::check_writing(first),
            ("strptime", 1) => time::check_reading(first),
            ("format", 1) if !format::NAMES.contains(&first) => {
                Err(format!("there is no format @{first}"))
            }
            _ => self.pattern(name, arguments, first),
        };
        if let Err(message) = checked {
            self.fault(first, name, message);
        }
    }

    fn pattern(&mut self, name: &str, arguments: &[Term<&str>], first: &str) -> Result<(), String> {
        let of_pattern = |(known, counts, _): &&(&str, &[usize], usize)| {
            *known == name && counts.contains(&arguments.len())
        };
        let Some((.., place)) = OF_PATTERNS.iter().find(of_pattern) else {
            return Ok(());
        };
        let flags = match arguments.get(*place) {
            None => "",
            Some(Term::Call("null", none)) if none.is_empty() => "",
            Some(flags) => match literal(flags) {
                Some(flags) => flags,
                // Compiled when the flags are known.
                None => return Ok(()),
            },
        };
        // As the functions write them.
        let flags = match (GLOBAL.contains(&name), name) {
            (true, "scan") => format!("g{flags}"),
            (true, _) => format!("{flags}g"),
            _ => flags.to_owned(),
        };
        self.patterns.add(first, &flags).map(drop)
    }

    fn pipe(&mut self, left: &Term<&str>, right: &Term<&str>) {
        let (Some(date), Term::Call(name, arguments)) = (literal(left), right) else {
            return;
        };
        let format = match (*name, &arguments[..]) {
            ("fromdate" | "fromdateiso8601", []) => time::ISO,
            ("strptime", [format]) => match literal(format) {
                // What is wrong with the format itself is told there.
                Some(format) if time::check_reading(format).is_ok() => format,
                _ => return,
            },
            _ => return,
        };
        if self.is_ours(name) && time::read(date, format).is_none() {
            let message = format!("date \"{date}\" does not match format \"{format}\"");
            self.fault(date, name, message);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::Expression;

    #[test]
    fn literals_are_compiled_with_the_expression() {
        for (expression, says) in [
            (
                "test(\"(\")",
                "column 7: Regex failure: end pattern with unmatched parenthesis",
            ),
            (
                ".a | gsub(\"[z-a]\"; \"\")",
                "column 12: Regex failure: empty range in char class",
            ),
            (
                ".a\n | capture(\"\\\\2\")",
                "line 2, column 4: Regex failure: invalid backref number/name",
            ),
            (
                "split(\"a\"; \"y\")",
                "column 8: yg is not a valid modifier string",
            ),
            (
                "[.a | scan(\"*\")]",
                "column 13: Regex failure: target of repeat operator is not specified",
            ),
            (
                "now | strftime(\"%Y %Q\")",
                "column 17: %Q is no conversion of strftime (%% is a percent sign)",
            ),
            (
                ".a | strptime(\"%P\")",
                "column 16: %P is no conversion of strptime (%% is a percent sign)",
            ),
            (
                "\"2026-13-01T00:00:00Z\" | fromdate",
                "column 2: date \"2026-13-01T00:00:00Z\" does not match format \"%Y-%m-%dT%H:%M:%SZ\"",
            ),
            (
                "\"23:59\" | strptime(\"%Y\")",
                "column 2: date \"23:59\" does not match format \"%Y\"",
            ),
            ("format(\"xml\")", "column 9: there is no format @xml"),
        ] {
            let faults = Expression::compile(expression).unwrap_err();
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            assert_eq!(faults, [says], "{expression}");
        }
        assert_eq!(
            Expression::compile("test(\"(\"), test(\")\")")
                .unwrap_err()
                .len(),
            2
        );
    }

    #[test]
    fn what_fails_on_purpose_or_may_not_is_left_alone() {
        for expression in [
            "try test(\"(\") catch .",
            "test(\"(\")?",
            "def test(f): f; test(\"(\")",
            "test(.a)",
            "test(\"\\(.a)(\")",
            "test(\"a\"; .flags)",
            "\"2026-01-01T00:00:00Z\" | fromdate",
            "test(\"a\"; null), split(\"a\"; null), sub(\"a\"; \"b\"; \"g\")",
        ] {
            assert!(Expression::compile(expression).is_ok(), "{expression}");
        }
    }
}
