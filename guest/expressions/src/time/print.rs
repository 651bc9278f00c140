//! Times to text: `strftime`.

use super::{Broken, MONTHS, WEEKDAYS, days_before};

/// What a conversion says beside its letter.
#[derive(Clone, Copy, Default)]
struct How {
    /// `_`, `-` or `0`.
    pad: Option<u8>,
    upper: bool,
    swap: bool,
    width: usize,
}

struct Page {
    out: String,
    most: usize,
}

impl Page {
    /// A text, filled from the left. None, if it is too long.
    fn text(&mut self, how: How, text: &str) -> Option<()> {
        let fill = how.width.saturating_sub(text.chars().count());
        if self.out.len() + fill + text.len() >= self.most {
            return None;
        }
        let with = if how.pad == Some(b'0') { '0' } else { ' ' };
        self.out.extend(std::iter::repeat_n(with, fill));
        self.out.push_str(text);
        Some(())
    }

    /// A number of at least so many digits, filled with the pad or what it says.
    fn number(&mut self, how: How, pad: u8, digits: usize, number: i64) -> Option<()> {
        let size = number.unsigned_abs().to_string();
        let sign = if number < 0 { "-" } else { "" };
        let digits = digits.max(how.width);
        if digits >= self.most {
            return None;
        }
        let text = match how.pad.unwrap_or(pad) {
            b'-' => format!("{sign}{size}"),
            b'_' => format!("{:>digits$}", format!("{sign}{size}")),
            _ => {
                let digits = digits.saturating_sub(sign.len());
                format!("{sign}{size:0>digits$}")
            }
        };
        let pad = how.pad.filter(|pad| *pad != b'0');
        self.text(How { pad, ..how }, &text)
    }
}

/// Writes a time, which is in order, by a format.
///
/// # Errors
/// If the text is a hundred bytes longer than the format, as in jq.
pub fn write(time: &Broken, format: &str) -> Result<String, String> {
    // To C a text ends at the first NUL.
    let format = format.split('\0').next().unwrap_or_default();
    let mut page = Page {
        out: String::new(),
        most: format.len() + 100,
    };
    print(&mut page, time, format, How::default())
        .ok_or_else(|| "strftime/1: unknown system failure".to_owned())?;
    Ok(page.out)
}

/// Whether every conversion of a format is one.
///
/// # Errors
/// The first that is none.
pub fn check(format: &str) -> Result<(), String> {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let (_, modifier, letter, after) = conversion(&rest[at..]);
        let text = &rest[at..rest.len() - after.len()];
        if !letter.is_some_and(|letter| is_known(modifier, letter)) {
            return Err(format!(
                "{text} is no conversion of strftime (%% is a percent sign)"
            ));
        }
        rest = after;
    }
    Ok(())
}

fn is_known(modifier: Option<u8>, letter: u8) -> bool {
    let fitting: &[u8] = match modifier {
        None => b"aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%",
        Some(b'E') => b"cCxXyYnpPrstzZ",
        Some(_) => b"bBhCdeHIjklmMSuUVwWyGgnpPrstzZ",
    };
    fitting.contains(&letter)
}

/// What stands at the beginning of a text that begins with `%`, and the rest.
fn conversion(text: &str) -> (How, Option<u8>, Option<u8>, &str) {
    let mut how = How::default();
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(flag) = bytes.get(at) {
        match flag {
            b'_' | b'-' | b'0' => how.pad = Some(*flag),
            b'^' => how.upper = true,
            b'#' => how.swap = true,
            _ => break,
        }
        at += 1;
    }
    while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
        let more = how.width.saturating_mul(10);
        how.width = more.saturating_add(usize::from(digit - b'0'));
        at += 1;
    }
    let modifier = bytes.get(at).copied().filter(|byte| b"EO".contains(byte));
    at += usize::from(modifier.is_some());
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    let letter = bytes.get(at).copied();
    (how, modifier, letter, &text[at + length..])
}

fn print(page: &mut Page, time: &Broken, format: &str, outer: How) -> Option<()> {
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        page.text(How::default(), &rest[..at])?;
        let (mut how, modifier, letter, after) = conversion(&rest[at..]);
        how.upper |= outer.upper;
        match letter.filter(|letter| is_known(modifier, *letter)) {
            Some(letter) => one(page, time, letter, how)?,
            // As it stands, like in C.
            None => page.text(how, &rest[at..rest.len() - after.len()])?,
        }
        rest = after;
    }
    page.text(How::default(), rest)
}

fn one(page: &mut Page, time: &Broken, letter: u8, how: How) -> Option<()> {
    let name = |names: &[&'static str], at: i64| -> &'static str {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        names.get(at).copied().unwrap_or("?")
    };
    let cased = |text: &str, upper: bool| match upper {
        true => text.to_uppercase(),
        false => text.to_owned(),
    };
    let upper = how.upper || how.swap;
    let parts = |page: &mut Page, format: &str| {
        let mut inner = Page {
            out: String::new(),
            most: page.most,
        };
        print(&mut inner, time, format, how)?;
        page.text(how, &inner.out)
    };
    let hour = (time.hour + 11).rem_euclid(12) + 1;
    let half = if time.hour >= 12 { "PM" } else { "AM" };
    let week_from = |first: i64| (time.yearday - (time.weekday - first).rem_euclid(7) + 7) / 7;
    match letter {
        b'a' => page.text(
            how,
            &cased(name(&WEEKDAYS, time.weekday).get(..3).unwrap_or("?"), upper),
        ),
        b'A' => page.text(how, &cased(name(&WEEKDAYS, time.weekday), upper)),
        b'b' | b'h' => page.text(
            how,
            &cased(name(&MONTHS, time.month).get(..3).unwrap_or("?"), upper),
        ),
        b'B' => page.text(how, &cased(name(&MONTHS, time.month), upper)),
        b'c' => parts(page, "%a %b %e %H:%M:%S %Y"),
        b'C' => page.number(how, b'0', 1, time.year.div_euclid(100)),
        b'd' => page.number(how, b'0', 2, time.day),
        b'D' | b'x' => parts(page, "%m/%d/%y"),
        b'e' => page.number(how, b'_', 2, time.day),
        b'F' => parts(page, "%Y-%m-%d"),
        b'g' => page.number(how, b'0', 2, iso_week(time).0.rem_euclid(100)),
        b'G' => page.number(how, b'0', 1, iso_week(time).0),
        b'H' => page.number(how, b'0', 2, time.hour),
        b'I' => page.number(how, b'0', 2, hour),
        b'j' => page.number(how, b'0', 3, time.yearday + 1),
        b'k' => page.number(how, b'_', 2, time.hour),
        b'l' => page.number(how, b'_', 2, hour),
        b'm' => page.number(how, b'0', 2, time.month + 1),
        b'M' => page.number(how, b'0', 2, time.minute),
        b'n' => page.text(how, "\n"),
        b'p' if !how.swap => page.text(how, half),
        b'p' | b'P' => page.text(how, &half.to_lowercase()),
        b'r' => parts(page, "%I:%M:%S %p"),
        b'R' => parts(page, "%H:%M"),
        b's' => page.number(how, b'0', 1, time.seconds()),
        b'S' => page.number(how, b'0', 2, time.second),
        b't' => page.text(how, "\t"),
        b'T' | b'X' => parts(page, "%H:%M:%S"),
        b'u' => page.number(how, b'0', 1, (time.weekday + 6).rem_euclid(7) + 1),
        b'U' => page.number(how, b'0', 2, week_from(0)),
        b'V' => page.number(how, b'0', 2, iso_week(time).1),
        b'w' => page.number(how, b'0', 1, time.weekday),
        b'W' => page.number(how, b'0', 2, week_from(1)),
        b'y' => page.number(how, b'0', 2, time.year.rem_euclid(100)),
        b'Y' => page.number(how, b'0', 1, time.year),
        b'z' => {
            page.text(how, "+")?;
            page.number(how, b'0', 4, 0)
        }
        b'Z' if how.swap => page.text(how, "gmt"),
        b'Z' => page.text(how, "GMT"),
        _ => page.text(how, "%"),
    }
}

/// Year and week of ISO 8601.
fn iso_week(time: &Broken) -> (i64, i64) {
    // The week is that of its Thursday.
    let days = days_before(time.year, 0) + time.yearday;
    let thursday = days - (time.weekday + 6).rem_euclid(7) + 3;
    let year = (time.year - 1..=time.year + 1)
        .rev()
        .find(|year| days_before(*year, 0) <= thursday)
        .unwrap_or(time.year);
    (year, (thursday - days_before(year, 0)) / 7 + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::parts;
    use super::*;

    fn written(seconds: f64, format: &str) -> String {
        write(&parts(seconds).unwrap().0, format).unwrap()
    }

    /// As jq 1.8 with the C library of GNU answers.
    #[test]
    fn every_conversion() {
        let format = "%a %A %b %B %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n %p %P %r %R %s %S %t %T %u %U %V %w %W %x %X %y %Y %z %Z %% %+ %E %O %q %";
        assert_eq!(
            written(1_425_599_621.0, format),
            "Thu Thursday Mar March 20 05 03/05/15  5 2015-03-05 15 2015 Mar 23 11 064 23 11 03 53 \n PM pm 11:53:41 PM 23:53 1425599621 41 \t 23:53:41 4 09 10 4 09 03/05/15 23:53:41 15 2015 +0000 GMT % %+ %E %O %q %"
        );
        for (seconds, format, text) in [
            (
                1_425_599_621.0,
                "%-d %_d %05d %^a %#a %#Z %^B %-H %010Y %Ey %Od %EY %-j %3S %_m %0e %-e %#p %^c",
                "5  5 00005 THU THU gmt MARCH 23 0000002015 15 05 2015 64 041  3 05 5 pm THU MAR  5 23:53:41 2015",
            ),
            (
                1_425_599_621.0,
                "%10Y|%_10Y|%-10Y|%_5S|%10a|%010a|%5k|%010T|%10e",
                "0000002015|      2015|      2015|   41|       Thu|0000000Thu|   23|0023:53:41|         5",
            ),
            (1_425_599_621.0, "%10q|%5%|%Ea", "      %10q|    %|%Ea"),
            (-1.0, "%Y %y %C %G %g %s", "1969 69 19 1970 70 -1"),
            (
                -99_999_999_999.0,
                "%Y %y %C %F %c %j %G|%10Y|%_10Y|%015F",
                "-1199 01 -12 -1199-02-15 Thu Feb 15 14:13:21 -1199 046 -1199|-000001199|     -1199|0000-1199-02-15",
            ),
            (
                253_402_300_800.0,
                "%c %G %C",
                "Sat Jan  1 00:00:00 10000 9999 100",
            ),
            (0.0, "é%Yé", "é1970é"),
            (0.0, "a\0b", "a"),
        ] {
            assert_eq!(written(seconds, format), text);
        }
    }

    #[test]
    fn what_is_too_long_or_none() {
        let epoch = parts(0.0).unwrap().0;
        assert!(write(&epoch, "%101Y").is_ok());
        for format in ["%200Y", "%99999999999999999999Y", "%60a%60a", "%30c%90c"] {
            assert!(write(&epoch, format).is_err(), "{format}");
        }
        for format in ["%Q", "%", "a%Eab", "%5", "%é", "%-"] {
            assert!(check(format).is_err(), "{format}");
        }
        assert_eq!(check("%Y-%m %_5d %Ey %%%n é"), Ok(()));
        let says = "%5Q is no conversion of strftime (%% is a percent sign)";
        assert_eq!(check("%Y %5Q %d"), Err(says.to_owned()));
    }

    #[test]
    fn every_day_has_its_week() {
        // 2020 had 53 weeks, 2021-01-03 was its last Sunday.
        for (text, week) in [
            (1_609_632_000.0, "2020-W53-7"),
            (1_609_718_400.0, "2021-W01-1"),
        ] {
            assert_eq!(written(text, "%G-W%V-%u"), week);
        }
    }
}
