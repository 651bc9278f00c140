//! Numbers as jq reads and writes them: decimal digits, kept until something calculates.

/// The most digits of a number: as many as a text may have and more than anyone counts.
const EXPONENT_LIMIT: i64 = 999_999_999;

/// A number as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numeral {
    /// The digits, which begin with zero for zero alone, times ten to the exponent.
    Finite {
        /// Whether it was written with a minus.
        negative: bool,
        /// At least one.
        digits: String,
        /// Of ten.
        exponent: i64,
    },
    /// `inf` or `infinity`, or beyond the greatest exponent.
    Infinite {
        /// Whether it was written with a minus.
        negative: bool,
    },
    /// `nan`.
    Nan,
}

impl Numeral {
    /// Reads all of a text, as jq does: more than JSON allows (`+5`, `.5`, `007`, `nan`), but
    /// no spaces and nothing after it. None, if it is no number.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if rest.eq_ignore_ascii_case("nan") {
            return Some(Self::Nan);
        }
        if rest.eq_ignore_ascii_case("inf") || rest.eq_ignore_ascii_case("infinity") {
            return Some(Self::Infinite { negative });
        }
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let mut digits = format!("{whole}{fraction}");
        let zeros = digits.len() - digits.trim_start_matches('0').len();
        digits.drain(..zeros.min(digits.len() - 1));
        let exponent = exponent.saturating_sub(fraction.len() as i64);
        let greatest = exponent.saturating_add(digits.len() as i64);
        if digits == "0" {
            let exponent = exponent.clamp(-EXPONENT_LIMIT, EXPONENT_LIMIT);
            return Some(Self::finite(negative, digits, exponent));
        }
        Some(if greatest > EXPONENT_LIMIT {
            Self::Infinite { negative }
        } else if greatest < -EXPONENT_LIMIT {
            Self::finite(negative, "0".to_owned(), -EXPONENT_LIMIT)
        } else {
            Self::finite(negative, digits, exponent)
        })
    }

    fn finite(negative: bool, digits: String, exponent: i64) -> Self {
        Self::Finite {
            negative,
            digits,
            exponent,
        }
    }

    /// The text that jq gives a number nobody has calculated with: all its digits, in the
    /// form of the General Decimal Arithmetic. It is always JSON.
    #[must_use]
    pub fn canonical(&self) -> String {
        let (negative, digits, exponent) = match self {
            Self::Finite {
                negative,
                digits,
                exponent,
            } => (*negative, digits, *exponent),
            Self::Infinite { negative } => return write(infinity(*negative)),
            Self::Nan => return "null".to_owned(),
        };
        let sign = if negative { "-" } else { "" };
        let scientific = exponent + digits.len() as i64 - 1;
        if exponent > 0 || scientific < -6 {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            return format!("{sign}{first}{point}{rest}E{scientific:+}");
        }
        // At most six zeros before the digits, and no more places than there are digits.
        let places = usize::try_from(-exponent).unwrap_or(0);
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// The number to calculate with.
    #[must_use]
    pub fn value(&self) -> f64 {
        match self {
            Self::Nan => f64::NAN,
            Self::Infinite { negative } => infinity(*negative),
            // What is a number in JSON is one for Rust.
            Self::Finite { .. } => self.canonical().parse().unwrap_or(f64::NAN),
        }
    }
}

fn infinity(negative: bool) -> f64 {
    if negative {
        f64::NEG_INFINITY
    } else {
        f64::INFINITY
    }
}

fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    Some(if text.starts_with('-') { -size } else { size })
}

/// The text of a number that was calculated: the fewest digits that tell it from others, at
/// most 17; the greatest number for infinity, and null for what is no number.
#[must_use]
pub fn write(number: f64) -> String {
    if number.is_nan() {
        return "null".to_owned();
    }
    let number = number.clamp(f64::MIN, f64::MAX);
    let shortest = format!("{:e}", number.abs());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    // Where the point stands, counted from the first digit.
    let point = exponent.parse::<i64>().unwrap_or(0) + 1;
    let mut out = String::new();
    if number.is_sign_negative() {
        out.push('-');
    }
    let count = digits.len() as i64;
    if point <= -4 || point > count + 15 {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let sign = if point < 1 { '-' } else { '+' };
        let exponent = (point - 1).unsigned_abs();
        out.push_str(&format!("{first}{dot}{rest}e{sign}{exponent:02}"));
    } else if point <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
        out.push_str(&digits);
    } else if point >= count {
        out.push_str(&digits);
        out.extend(std::iter::repeat_n('0', (point - count) as usize));
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        out.push_str(&format!("{whole}.{fraction}"));
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_jq_takes_for_a_number() {
        // As jq 1.8 answers `tonumber | tojson`.
        for (text, canonical) in [
            ("5", "5"),
            ("+5.43", "5.43"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1E5", "1E+5"),
            ("1e-5", "0.00001"),
            ("1e-7", "1E-7"),
            ("-05", "-5"),
            ("00.5", "0.5"),
            ("1.10", "1.10"),
            ("0e10", "0E+10"),
            ("-0", "-0"),
            ("12345678901234567890.5", "12345678901234567890.5"),
            ("1e-1000", "1E-1000"),
            ("1e1000", "1E+1000"),
            ("nan", "null"),
            ("-NaN", "null"),
            ("inf", "1.7976931348623157e+308"),
            ("-Infinity", "-1.7976931348623157e+308"),
            ("1e99999999999999999999", "1.7976931348623157e+308"),
        ] {
            let numeral = Numeral::read(text).unwrap();
            assert_eq!(numeral.canonical(), canonical, "{text}");
        }
    }

    #[test]
    fn what_jq_does_not() {
        for text in [
            "", "-", "+", ".", "1e", "e5", "1e+", "0x10", " 5", "5 ", "nan1", "infi", "1_0",
            "5\u{0}", "1.2.3", "--5", "\u{661}", "1,5", "true", "50%", "512Mi", "[1]", "1e5.5",
        ] {
            assert_eq!(Numeral::read(text), None, "{text}");
        }
    }

    #[test]
    fn canonical_digits_are_the_same_number() {
        for text in [
            "1e-400",
            "123e-3",
            "0.000001234",
            "9007199254740993",
            "1e23",
        ] {
            let numeral = Numeral::read(text).unwrap();
            assert_eq!(numeral.value(), text.parse::<f64>().unwrap(), "{text}");
            assert_eq!(Numeral::read(&numeral.canonical()), Some(numeral), "{text}");
        }
    }

    #[test]
    fn numbers_that_were_calculated() {
        for (number, text) in [
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (100.0, "100"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000"),
            (123456789012345680.0, "123456789012345680"),
            (1.5e300, "1.5e+300"),
            (0.1 + 0.2, "0.30000000000000004"),
            (5e-324, "5e-324"),
            (1000000000000000.5, "1000000000000000.5"),
            (-2.5, "-2.5"),
            (-0.0, "-0"),
            (f64::INFINITY, "1.7976931348623157e+308"),
            (f64::NAN, "null"),
        ] {
            assert_eq!(write(number), text);
        }
    }
}
