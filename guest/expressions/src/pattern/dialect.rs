//! From the syntax of Oniguruma (its Perl with named groups) to that of the engine.
//!
//! Everything that the two read differently is written out: anchors, the dot, classes,
//! extended mode, escapes, repetitions of repetitions.

use super::class;
use super::flags::Flags;
use super::reader::{Mode, Reader, group_name, literal};

/// Before the last line's end, or at the end.
const END: &str = r"(?=\n?\z)";

pub(super) fn translate(pattern: &str, flags: Flags) -> Result<String, String> {
    let mode = Mode {
        extended: flags.extended,
        dot_all: flags.dot_all,
        lines: false,
    };
    let mut reader = Reader {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() * 2),
        groups: count_groups(pattern),
        names: Vec::new(),
        modes: Vec::new(),
        mode,
        atom: None,
        starts: Vec::new(),
    };
    while let Some(char) = reader.rest.next() {
        reader.one(char)?;
    }
    if !reader.modes.is_empty() {
        return Err("end pattern with unmatched parenthesis".to_owned());
    }
    Ok(reader.out)
}

/// How many groups capture, roughly: to tell a back reference from an octal number.
fn count_groups(pattern: &str) -> usize {
    let opened = pattern.split('(').skip(1);
    let captures = |rest: &str| match rest.strip_prefix('?') {
        None => !rest.starts_with('*'),
        Some(rest) => {
            rest.starts_with('\'')
                || rest.starts_with('<') && !rest.starts_with("<=") && !rest.starts_with("<!")
        }
    };
    opened.filter(|rest| captures(rest)).count()
}

impl Reader<'_> {
    fn one(&mut self, char: char) -> Result<(), String> {
        let start = self.out.len();
        match char {
            char if self.mode.extended && char.is_ascii_whitespace() => return Ok(()),
            '#' if self.mode.extended => {
                while self.rest.next().is_some_and(|char| char != '\n') {}
                return Ok(());
            }
            '\\' => return self.escape(start),
            '[' => {
                class::read(&mut self.rest, &mut self.out)?;
                self.atom = Some(start);
            }
            '(' => return self.open(start),
            ')' => {
                self.mode = self
                    .modes
                    .pop()
                    .ok_or_else(|| "unmatched close parenthesis".to_owned())?;
                self.atom = self.starts.pop().flatten();
                self.out.push(')');
            }
            '*' | '+' | '?' => return self.repeat(&char.to_string()),
            '{' => {
                if let Some(interval) = self.interval()? {
                    return self.repeat(&interval);
                }
                self.out.push_str("\\{");
                self.atom = Some(start);
            }
            '|' => {
                self.out.push('|');
                self.atom = None;
            }
            '^' => self.anchor(if self.mode.lines {
                r"(?:\A|(?<=\n)(?!\z))"
            } else {
                r"\A"
            }),
            '$' => self.anchor(if self.mode.lines { "(?m:$)" } else { END }),
            '.' => {
                self.out
                    .push_str(if self.mode.dot_all { "(?s:.)" } else { "." });
                self.atom = Some(start);
            }
            char => {
                literal(&mut self.out, char);
                self.atom = Some(start);
            }
        }
        Ok(())
    }

    fn anchor(&mut self, text: &str) {
        self.out.push_str(text);
        self.atom = Some(usize::MAX);
    }

    /// What repeats the atom before it, with what makes it lazy or possessive.
    fn repeat(&mut self, how: &str) -> Result<(), String> {
        let atom = match self.atom {
            None => return Err("target of repeat operator is not specified".to_owned()),
            Some(usize::MAX) => return Err("target of repeat operator is invalid".to_owned()),
            Some(atom) => atom,
        };
        self.out.push_str(how);
        if self.next_if('?') {
            self.out.push('?');
        } else if self.next_if('+') {
            self.out.push('+');
        }
        // Whatever repeats this again repeats it as a whole.
        self.out.insert_str(atom, "(?:");
        self.out.push(')');
        Ok(())
    }

    /// What stands after `{`, if that is an interval. If not, nothing is taken.
    fn interval(&mut self) -> Result<Option<String>, String> {
        let mut ahead = self.rest.clone();
        let mut text = String::new();
        loop {
            match ahead.next() {
                Some(char) if char.is_ascii_digit() || char == ',' => text.push(char),
                Some('}') => break,
                _ => return Ok(None),
            }
        }
        let (from, to) = text.split_once(',').unwrap_or((&text, &text));
        if from.is_empty() || to.contains(',') {
            return Ok(None);
        }
        let limit = |text: &str| text.parse::<u32>().ok().filter(|number| *number <= 100_000);
        let big = || "too big number for repeat range".to_owned();
        let least = limit(from).ok_or_else(big)?;
        if !to.is_empty() && limit(to).ok_or_else(big)? < least {
            return Err("upper is smaller than lower in repeat range".to_owned());
        }
        self.rest = ahead;
        Ok(Some(format!("{{{text}}}")))
    }

    fn escape(&mut self, start: usize) -> Result<(), String> {
        let char = self.rest.next().ok_or("end pattern at escape")?;
        match char {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => self.out.extend(['\\', char]),
            'A' | 'z' | 'G' | 'K' | 'b' | 'B' => {
                self.anchor(&format!("\\{char}"));
                return Ok(());
            }
            'Z' => {
                self.anchor(END);
                return Ok(());
            }
            'R' => self
                .out
                .push_str(r"(?>\r\n|[\n\x0b\x0c\r\x{85}\x{2028}\x{2029}])"),
            'N' => self.out.push_str("[^\\n]"),
            'O' => self.out.push_str("(?s:.)"),
            'X' | 'y' | 'Y' => return Err(format!("\\{char} is not supported")),
            'Q' => {
                self.quoted();
                return Ok(());
            }
            'k' => self.reference('k')?,
            'g' if self.rest.peek().is_some_and(|char| "<'".contains(*char)) => {
                self.reference('g')?
            }
            'p' | 'P' if self.rest.peek() == Some(&'{') => {
                class::property(&mut self.rest, &mut self.out, char == 'P')?;
            }
            '1'..='9' => self.number(char)?,
            char => {
                let char = class::escaped(&mut self.rest, char)?;
                literal(&mut self.out, char);
            }
        }
        self.atom = Some(start);
        Ok(())
    }

    /// What stands between `\Q` and `\E`, or the end.
    fn quoted(&mut self) {
        while let Some(char) = self.rest.next() {
            if char == '\\' && self.next_if('E') {
                return;
            }
            self.atom = Some(self.out.len());
            literal(&mut self.out, char);
        }
    }

    /// A back reference, or an octal number.
    fn number(&mut self, first: char) -> Result<(), String> {
        let mut ahead = self.rest.clone();
        let mut text = first.to_string();
        while let Some(digit) = ahead.next_if(char::is_ascii_digit) {
            text.push(digit);
        }
        let number: usize = text.parse().unwrap_or(usize::MAX);
        if number <= self.groups {
            self.rest = ahead;
            // Apart from digits that may follow.
            self.out.push_str(&format!("(?:\\{number})"));
            return Ok(());
        }
        if number <= 9 {
            return Err("invalid backref number/name".to_owned());
        }
        let char = match first {
            '8' | '9' => first,
            _ => class::octal(&mut self.rest, first)?,
        };
        literal(&mut self.out, char);
        Ok(())
    }

    /// `\k<name>`, `\k'1'`, `\g<-1>`: a back reference or a call.
    fn reference(&mut self, kind: char) -> Result<(), String> {
        let close = match self.rest.next() {
            Some('<') => '>',
            Some('\'') => '\'',
            _ => return Err("invalid backref number/name".to_owned()),
        };
        let name: String = self
            .rest
            .by_ref()
            .take_while(|char| *char != close)
            .collect();
        let name = match name.parse::<i32>() {
            Ok(_) => name,
            Err(_) => group_name(&name)?,
        };
        if self.names.iter().filter(|known| **known == name).count() > 1 {
            return Err(format!(
                "<{name}> is the name of several groups, which is not supported here"
            ));
        }
        self.out.push_str(&format!("\\{kind}<{name}>"));
        Ok(())
    }
}
