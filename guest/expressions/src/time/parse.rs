//! Text to times: `strptime`.

mod words;

use self::words::{is_space, named, number, offset};
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

#[cfg(test)]
mod tests;
