//! Points in time as jq has them: seconds since 1970, or a list of year, month, day, hour,
//! minute, second, weekday and day of the year. Everything is UTC.
//!
//! Reading and writing follow the C library of GNU, which jq uses, in the locale C.

mod parse;
mod print;

pub use parse::{check as check_reading, read};
pub use print::{check as check_writing, write};

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAY: i64 = 86_400;

/// The format of `todate` and `fromdate`.
pub const ISO: &str = "%Y-%m-%dT%H:%M:%SZ";

/// A time in parts, as whoever made it said; [`Broken::normal`] puts it in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// With the century.
    pub year: i64,
    /// From 0.
    pub month: i64,
    /// Of the month, from 1.
    pub day: i64,
    /// From 0 to 23.
    pub hour: i64,
    /// From 0.
    pub minute: i64,
    /// From 0 to 60.
    pub second: i64,
    /// From 0, which is Sunday.
    pub weekday: i64,
    /// From 0.
    pub yearday: i64,
}

impl Broken {
    /// The parts in their order in a list.
    #[must_use]
    pub fn parts(&self) -> [i64; 8] {
        [
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.weekday,
            self.yearday,
        ]
    }

    /// Of a list of numbers, which may be shorter: what is missing is zero, and 1900 as a
    /// year. None, if one is not a number.
    #[must_use]
    pub fn of(numbers: &[f64]) -> Option<Self> {
        if numbers.iter().any(|number| number.is_nan()) {
            return None;
        }
        // The fields are C's integers: beyond them is as far as they go.
        let field = |at: usize, less: f64| {
            let number = numbers.get(at).copied().unwrap_or(less) - less;
            i64::from(number as i32)
        };
        Some(Self {
            year: field(0, 1900.0) + 1900,
            month: field(1, 0.0),
            day: field(2, 0.0),
            hour: field(3, 0.0),
            minute: field(4, 0.0),
            second: field(5, 0.0),
            weekday: field(6, 0.0),
            yearday: field(7, 0.0),
        })
    }

    /// Seconds since 1970, whatever the parts overflow into.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        let year = self.year + self.month.div_euclid(12);
        let days = days_before(year, self.month.rem_euclid(12)) + self.day - 1;
        days * DAY + self.hour * 3600 + self.minute * 60 + self.second
    }

    /// The same time with every part in its range.
    #[must_use]
    pub fn normal(&self) -> Self {
        of_seconds(self.seconds()).unwrap_or(*self)
    }
}

fn leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

/// The days of a year before a month.
fn days_of_months(year: i64, month: i64) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let month = usize::try_from(month.clamp(0, 11)).unwrap_or(0);
    BEFORE[month] + i64::from(month > 1 && leap(year))
}

/// Days from 1970-01-01 to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    let past = year - 1;
    let of_years = past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    // 719,162 days lie between the beginning of year 1 and 1970.
    of_years - 719_162 + days_of_months(year, month)
}

fn of_seconds(seconds: i64) -> Option<Broken> {
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // The mean year is 365.2425 days; what that misses is one year at most.
    let mut year = 1970 + (days * 400).div_euclid(146_097);
    while days_before(year + 1, 0) <= days {
        year += 1;
    }
    while days_before(year, 0) > days {
        year -= 1;
    }
    i32::try_from(year - 1900).ok()?;
    let yearday = days - days_before(year, 0);
    let month = (0..12)
        .rev()
        .find(|month| days_of_months(year, *month) <= yearday)?;
    Some(Broken {
        year,
        month,
        day: yearday - days_of_months(year, month) + 1,
        hour: rest / 3600,
        minute: rest / 60 % 60,
        second: rest % 60,
        // 1970-01-01 was a Thursday.
        weekday: (days + 4).rem_euclid(7),
        yearday,
    })
}

/// The parts of a time in seconds since 1970, the fraction of a second apart. None, if its
/// year is beyond what the parts can hold.
#[must_use]
pub fn parts(seconds: f64) -> Option<(Broken, f64)> {
    if seconds.is_nan() || seconds.abs() >= 1e18 {
        return None;
    }
    let broken = of_seconds(seconds as i64)?;
    Some((broken, seconds - seconds.floor()))
}

/// The opposite of [`parts`], in whole seconds. None for what C takes for a failure, which
/// one second before 1970 is too, and for a year beyond what the parts can hold.
#[must_use]
pub fn seconds(broken: &Broken) -> Option<i64> {
    let seconds = broken.seconds();
    of_seconds(seconds)?;
    (seconds != -1).then_some(seconds)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn made(seconds_of: f64) -> [i64; 8] {
        parts(seconds_of).unwrap().0.parts()
    }

    /// As jq 1.8 answers `gmtime` and `mktime`.
    #[test]
    fn parts_and_back() {
        for (seconds_of, parts) in [
            (0.0, [1970, 0, 1, 0, 0, 0, 4, 0]),
            (-1.0, [1969, 11, 31, 23, 59, 59, 3, 364]),
            (1e10, [2286, 10, 20, 17, 46, 40, 6, 323]),
            (-1e10, [1653, 1, 10, 6, 13, 20, 1, 40]),
            (1e12, [33658, 8, 27, 1, 46, 40, 5, 269]),
            (253_402_300_800.0, [10000, 0, 1, 0, 0, 0, 6, 0]),
            (1_425_599_621.678, [2015, 2, 5, 23, 53, 41, 4, 63]),
        ] {
            assert_eq!(made(seconds_of), parts);
            let numbers = parts.map(|part| part as f64);
            let broken = Broken::of(&numbers).unwrap();
            assert_eq!(broken.seconds(), seconds_of as i64);
        }
        assert_eq!(parts(-1.5).unwrap().1, 0.5);
        for none in [1e17, 1e18, f64::NAN, f64::INFINITY] {
            assert_eq!(parts(none), None);
        }
    }

    #[test]
    fn parts_that_overflow() {
        for (numbers, expected) in [
            (&[2015.0, 2.0, 5.0][..], Some(1_425_513_600)),
            (&[2015.0], Some(1_419_984_000)),
            (&[], Some(-2_209_075_200)),
            (&[2024.0, 1.0, 30.0], Some(1_709_251_200)),
            (&[2015.0, 14.0, 5.0, 25.0, 61.0, 61.0], Some(1_457_229_721)),
            (&[2015.0, 2.7, 5.9, 0.0, 0.0, 1.9], Some(1_425_513_601)),
            (&[1969.0, 11.0, 31.0, 23.0, 59.0, 59.0], None),
        ] {
            let broken = Broken::of(numbers).unwrap();
            assert_eq!(seconds(&broken), expected, "{numbers:?}");
        }
        assert_eq!(Broken::of(&[f64::NAN]), None);
        for wild in [1e300, -1e300, f64::INFINITY] {
            let _ = Broken::of(&[wild; 8]).unwrap().normal();
        }
    }
}
