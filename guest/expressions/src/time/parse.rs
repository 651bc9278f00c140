//! Text to times: `strptime`.

use super::{Broken, MONTHS, WEEKDAYS, days_before, days_of_months, leap, of_seconds};

/// What was read so far.
#[derive(Default)]
struct Found {
    time: Broken,
    century: Option<i64>,
    /// Whether the year is one of a century, which may be told elsewhere.
    short_year: bool,
    month: bool,
    day: bool,
    weekday: bool,
    yearday: bool,
    /// Whether weekday and day of the year are to be computed.
    compute: bool,
    /// The number of a week and the day that weeks begin with.
    week: Option<(i64, i64)>,
    twelve: bool,
    afternoon: bool,
}

/// The time that a text tells, and what of it follows the format. What a text does not say
/// is zero, as in the C library: day 0, weekday 8 and day 367 of the year without a date.
/// None, if it does not match.
#[must_use]
pub fn read<'a>(text: &'a str, format: &str) -> Option<(Broken, &'a str)> {
    // To C a text ends at the first NUL.
    let until_nul = |text: &'a str| text.split('\0').next().unwrap_or_default();
    let format = format.split('\0').next().unwrap_or_default();
    let mut found = Found {
        time: Broken {
            year: 1900,
            weekday: 8,
            yearday: 367,
            ..Broken::default()
        },
        ..Found::default()
    };
    let rest = found.read(until_nul(text), format)?;
    if !rest.is_empty() && !rest.starts_with(is_space) {
        return None;
    }
    Some((found.finish()?, rest))
}

/// Whether every conversion of a format is one.
///
/// # Errors
/// The first that is none.
pub fn check(format: &str) -> Result<(), String> {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let (modifier, letter, after) = conversion(&rest[at..]);
        let text = &rest[at..rest.len() - after.len()];
        if !letter.is_some_and(|letter| is_known(modifier, letter)) {
            return Err(format!(
                "{text} is no conversion of strptime (%% is a percent sign)"
            ));
        }
        rest = after;
    }
    Ok(())
}

fn is_known(modifier: Option<u8>, letter: u8) -> bool {
    let fitting: &[u8] = match modifier {
        None => b"aAbBcCdDeFgGhHIjklmMnprRsStTuUVwWxXyYzZ%",
        Some(b'E') => b"cCxXyY",
        Some(_) => b"bBdeHImMSUVWwy",
    };
    fitting.contains(&letter)
}

/// Modifier and letter at the beginning of a text that begins with `%`, and the rest.
fn conversion(text: &str) -> (Option<u8>, Option<u8>, &str) {
    let rest = text[1..].trim_start_matches(['-', '_', '0', '^', '#']);
    let mut rest = rest.trim_start_matches(|char: char| char.is_ascii_digit());
    let modifier = rest.bytes().next().filter(|byte| b"EO".contains(byte));
    rest = &rest[usize::from(modifier.is_some())..];
    let length = rest.chars().next().map_or(0, char::len_utf8);
    (modifier, rest.bytes().next(), &rest[length..])
}

/// White space of C.
fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t'..='\r')
}

/// A number of at most so many digits, after blanks.
fn number(text: &str, from: i64, to: i64, most: usize) -> Option<(i64, &str)> {
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
fn named<'a>(text: &'a str, names: &[&str]) -> Option<(i64, &'a str)> {
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

impl Found {
    fn read<'a>(&mut self, text: &'a str, format: &str) -> Option<&'a str> {
        let (mut text, mut format) = (text, format);
        while let Some(char) = format.chars().next() {
            if is_space(char) {
                text = text.trim_start_matches(is_space);
                format = &format[1..];
            } else if char == '%' {
                let (modifier, letter, rest) = conversion(format);
                let letter = letter.filter(|letter| is_known(modifier, *letter))?;
                text = self.one(text, letter)?;
                format = rest;
            } else {
                text = text.strip_prefix(char)?;
                format = &format[char.len_utf8()..];
            }
        }
        Some(text)
    }

    fn one<'a>(&mut self, text: &'a str, letter: u8) -> Option<&'a str> {
        let mut rest = text;
        let mut get = |from, to, most| {
            let (value, after) = number(text, from, to, most)?;
            rest = after;
            Some(value)
        };
        let time = &mut self.time;
        match letter {
            b'a' | b'A' => {
                (time.weekday, rest) = named(text, &WEEKDAYS)?;
                self.weekday = true;
            }
            b'b' | b'B' | b'h' => {
                (time.month, rest) = named(text, &MONTHS)?;
                (self.month, self.compute) = (true, true);
            }
            b'c' => return self.read(text, "%a %b %e %H:%M:%S %Y"),
            b'C' => {
                self.century = Some(get(0, 99, 2)?);
                self.compute = true;
            }
            b'd' | b'e' => {
                time.day = get(1, 31, 2)?;
                (self.day, self.compute) = (true, true);
            }
            b'D' | b'x' => return self.read(text, "%m/%d/%y"),
            b'F' => return self.read(text, "%Y-%m-%d"),
            b'H' | b'k' => {
                time.hour = get(0, 23, 2)?;
                self.twelve = false;
            }
            b'I' | b'l' => {
                time.hour = get(1, 12, 2)? % 12;
                self.twelve = true;
            }
            b'j' => {
                time.yearday = get(1, 366, 3)? - 1;
                self.yearday = true;
            }
            b'm' => {
                time.month = get(1, 12, 2)? - 1;
                (self.month, self.compute) = (true, true);
            }
            b'M' => time.minute = get(0, 59, 2)?,
            b'n' | b't' => rest = text.trim_start_matches(is_space),
            b'p' => {
                let half = text.get(..2)?.to_ascii_uppercase();
                self.afternoon = half == "PM";
                rest = (self.afternoon || half == "AM").then(|| &text[2..])?;
            }
            b'r' => return self.read(text, "%I:%M:%S %p"),
            b'R' => return self.read(text, "%H:%M"),
            b's' => {
                let end = text.find(|char: char| !char.is_ascii_digit());
                let (digits, after) = text.split_at(end.unwrap_or(text.len()));
                let seconds: i64 = digits.parse().ok()?;
                *time = (seconds < 1 << 60).then(|| of_seconds(seconds))??;
                rest = after;
            }
            b'S' => time.second = get(0, 61, 2)?,
            b'T' | b'X' => return self.read(text, "%H:%M:%S"),
            b'u' => {
                time.weekday = get(1, 7, 1)? % 7;
                self.weekday = true;
            }
            b'w' => {
                time.weekday = get(0, 6, 1)?;
                self.weekday = true;
            }
            // Read and not used, as in the C library.
            b'g' => drop(get(0, 99, 2)?),
            b'V' => drop(get(0, 53, 2)?),
            b'G' => {
                rest = text.trim_start_matches(|char: char| char.is_ascii_digit());
                (rest.len() < text.len()).then_some(())?;
            }
            b'U' => self.week = Some((get(0, 53, 2)?, 0)),
            b'W' => self.week = Some((get(0, 53, 2)?, 1)),
            b'y' => {
                let year = get(0, 99, 2)?;
                time.year = if year >= 69 { 1900 } else { 2000 } + year;
                (self.short_year, self.compute) = (true, true);
            }
            b'Y' => {
                time.year = get(0, 9999, 4)?;
                self.century = None;
                (self.short_year, self.compute) = (false, true);
            }
            b'z' => rest = offset(text.trim_start_matches(is_space))?,
            b'Z' => {
                rest = text.trim_start_matches(is_space);
                rest = rest.trim_start_matches(|char| !is_space(char));
            }
            _ => rest = text.strip_prefix('%')?,
        }
        Some(rest)
    }

    /// Computes what follows from what was read.
    fn finish(mut self) -> Option<Broken> {
        if self.twelve && self.afternoon {
            self.time.hour += 12;
        }
        if let Some(century) = self.century {
            let year = if self.short_year {
                self.time.year % 100
            } else {
                0
            };
            self.time.year = century * 100 + year;
        }
        let missing = !(self.month && self.day);
        if self.compute && !self.weekday && missing && self.yearday {
            self.date_of_yearday()?;
        }
        if self.compute && !self.weekday {
            self.time.weekday = weekday(&self.time);
        }
        if self.compute && !self.yearday {
            self.time.yearday = days_of_months(self.time.year, self.time.month) + self.time.day - 1;
        }
        if let Some((week, first)) = self.week.filter(|_| self.weekday) {
            if !self.yearday {
                let january = Broken {
                    month: 0,
                    day: 1,
                    ..self.time
                };
                self.time.yearday = (7 - (weekday(&january) - first)) % 7
                    + (week - 1) * 7
                    + (self.time.weekday - first + 7) % 7;
            }
            self.date_of_yearday()?;
        }
        // What jq computes itself, where there is a date.
        if self.time.day != 0 && self.time.weekday == 8 {
            self.time.weekday = weekday(&self.time);
        }
        if self.time.day != 0 && self.time.yearday == 367 {
            self.time.yearday = days_of_months(self.time.year, self.time.month) + self.time.day - 1;
        }
        Some(self.time)
    }

    /// Month and day, where they were not read. None, if the year has no such day.
    fn date_of_yearday(&mut self) -> Option<()> {
        let (year, yearday) = (self.time.year, self.time.yearday);
        let inside = (0..365 + i64::from(leap(year))).contains(&yearday);
        let month = (0..12)
            .rev()
            .find(|month| days_of_months(year, *month) <= yearday);
        let month = month.filter(|_| inside || (self.month && self.day));
        if !(self.month && self.day) {
            let month = month?;
            if !self.day {
                self.time.day = yearday - days_of_months(year, month) + 1;
            }
            if !self.month {
                self.time.month = month;
            }
        }
        (self.month, self.day) = (true, true);
        Some(())
    }
}

fn weekday(time: &Broken) -> i64 {
    (days_before(time.year, time.month) + time.day - 1 + 4).rem_euclid(7)
}

/// What follows an offset from UTC: `Z`, `+01`, `+0100` or `+01:00`. It is not applied.
fn offset(text: &str) -> Option<&str> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// As jq 1.8 with the C library of GNU answers.
    #[test]
    fn what_a_text_says() {
        let date = [2015, 2, 5, 0, 0, 0, 4, 63];
        let second = [2015, 2, 5, 23, 51, 47, 4, 63];
        for (text, format, parts) in [
            ("2015-03-05T23:51:47Z", super::super::ISO, second),
            ("20150305T235147Z", "%Y%m%dT%H%M%SZ", second),
            ("2015-03-05T23:51:47+01:00", "%Y-%m-%dT%H:%M:%S%z", second),
            (
                "Thu, 05 Mar 2015 23:51:47 GMT",
                "%a, %d %b %Y %H:%M:%S %Z",
                second,
            ),
            (
                "thursday march 5 2015 11:51:47 pm",
                "%A %B %d %Y %I:%M:%S %p",
                second,
            ),
            ("Thu Mar  5 23:51:47 2015", "%c", second),
            ("1425599621", "%s", [2015, 2, 5, 23, 53, 41, 4, 63]),
            ("2015-03-05", "%F", date),
            ("03/05/15", "%D", date),
            ("15-3-5", "%y-%m-%d", date),
            ("2015-03-05", "%-Y-%_m-%0d", date),
            ("2015 064", "%Y %j", date),
            ("23:51", "%H:%M", [1900, 0, 0, 23, 51, 0, 8, 367]),
            ("11:51:47 PM", "%r", [1900, 0, 0, 23, 51, 47, 8, 367]),
            ("2015", "%Y", [2015, 0, 0, 0, 0, 0, 3, -1]),
            ("may", "%b", [1900, 4, 0, 0, 0, 0, 1, 119]),
            ("5", "%u", [1900, 0, 0, 0, 0, 0, 5, 367]),
            ("5", "%d", [1900, 0, 5, 0, 0, 0, 5, 4]),
            ("366", "%j", [1900, 0, 0, 0, 0, 0, 8, 365]),
            ("2016 366", "%Y %j", [2016, 11, 31, 0, 0, 0, 6, 365]),
            ("2015 10 4", "%Y %U %w", [2015, 2, 12, 0, 0, 0, 4, 70]),
            ("2015 10 4", "%Y %W %u", [2015, 2, 12, 0, 0, 0, 4, 70]),
            ("2015 3 10 4", "%Y %m %U %w", [2015, 2, 12, 0, 0, 0, 4, 70]),
            ("2015-W10-4", "%G-W%V-%u", [1900, 0, 0, 0, 0, 0, 4, 367]),
            ("20 15", "%C %y", [2015, 0, 0, 0, 0, 0, 3, -1]),
            ("21", "%C", [2100, 0, 0, 0, 0, 0, 4, -1]),
            ("68", "%y", [2068, 0, 0, 0, 0, 0, 6, -1]),
            ("12 AM", "%I %p", [1900, 0, 0, 0, 0, 0, 8, 367]),
            ("PM 1", "%p %I", [1900, 0, 0, 13, 0, 0, 8, 367]),
            ("2015-02-31", "%Y-%m-%d", [2015, 1, 31, 0, 0, 0, 2, 61]),
            ("  5  3", "%e%n%m", [1900, 2, 5, 0, 0, 0, 1, 63]),
            ("é a%b", "é a%%b", [1900, 0, 0, 0, 0, 0, 8, 367]),
            ("2015\0x", "%Y\0%Q", [2015, 0, 0, 0, 0, 0, 3, -1]),
        ] {
            let (time, rest) = read(text, format).unwrap();
            assert_eq!((time.parts(), rest), (parts, ""), "{text} {format}");
        }
        let (time, rest) = read(" 2015-03-05 at night", "%Y-%m-%d").unwrap();
        assert_eq!((time.parts(), rest), (date, " at night"));
    }

    #[test]
    fn what_does_not_match() {
        for (text, format) in [
            ("2015-03-05x", "%Y-%m-%d"),
            ("2015-13-01", "%Y-%m-%d"),
            ("2015-01-00", "%Y-%m-%d"),
            ("2015-03-05T23:51:47.123Z", super::super::ISO),
            ("24:00", "%H:%M"),
            ("12:59:62", "%H:%M:%S"),
            ("mond", "%a"),
            ("sept", "%b"),
            ("12345", "%Y"),
            ("-5", "%Y"),
            ("367", "%j"),
            ("x", "%Q"),
            ("5", "%E"),
            ("", "%s"),
            ("99999999999999999999", "%s"),
            ("+0560", "%z"),
            ("+5", "%z"),
            ("GMT", "%z"),
            ("AM 1", "%P %I"),
            // No such day; the C library reads beyond its table there.
            ("2015 366", "%Y %j"),
            ("2015 53 0", "%Y %U %w"),
        ] {
            assert_eq!(read(text, format), None, "{text} {format}");
        }
        assert_eq!(check("%Y-%m-%dT%H:%M:%SZ %Ey %5d %%"), Ok(()));
        for format in ["%P", "%Q", "%", "%Eq", "%é"] {
            assert!(check(format).is_err(), "{format}");
        }
    }
}
