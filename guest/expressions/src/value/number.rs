//! Numbers: doubles, and literals that keep their digits.

use std::cmp::Ordering;
use std::rc::Rc;

/// The digits that every double keeps.
const EXACT_DIGITS: usize = 15;

/// The digits of what is no number.
const STRAY: &str = "stray";

/// A number.
#[derive(Clone, Debug)]
pub enum Num {
    /// As arithmetic gives it.
    Float(f64),
    /// As it was read, where its digits say more than the double.
    Literal(Rc<Literal>),
}

/// The digits of a number, and what arithmetic takes it for.
#[derive(Debug)]
pub struct Literal {
    text: Box<str>,
    value: f64,
}

impl Num {
    /// What arithmetic takes it for.
    #[must_use]
    pub fn value(&self) -> f64 {
        match self {
            Self::Float(value) => *value,
            Self::Literal(literal) => literal.value,
        }
    }

    /// Whether it is no number.
    #[must_use]
    pub fn is_nan(&self) -> bool {
        self.value().is_nan()
    }

    /// The digits, if they are kept.
    #[must_use]
    pub fn digits(&self) -> Option<&str> {
        match self {
            Self::Float(_) => None,
            Self::Literal(literal) => Some(&literal.text),
        }
    }

    /// A key that no value has: what follows it is no path of the input.
    #[must_use]
    pub fn stray() -> Self {
        let (text, value) = (STRAY.into(), 0.0);
        Self::Literal(Rc::new(Literal { text, value }))
    }

    /// Whether it is that key.
    #[must_use]
    pub fn is_stray(&self) -> bool {
        self.digits() == Some(STRAY)
    }

    /// Reads a number that is one in JSON.
    pub fn read(text: &str) -> Option<Self> {
        let value: f64 = text.parse().ok()?;
        if is_plain(text, value) {
            return Some(Self::Float(value));
        }
        let text = text.into();
        Some(Self::Literal(Rc::new(Literal { text, value })))
    }

    /// The number with the other sign, digits and all.
    #[must_use]
    pub fn negated(&self) -> Self {
        let Self::Literal(literal) = self else {
            return Self::Float(-self.value());
        };
        let text = match literal.text.strip_prefix('-') {
            Some(text) => text.into(),
            None => format!("-{}", literal.text).into(),
        };
        let value = -literal.value;
        Self::Literal(Rc::new(Literal { text, value }))
    }

    /// The order of two numbers; what is no number is less than all that are, itself
    /// included.
    pub fn compare(&self, other: &Self) -> Ordering {
        let (left, right) = (self.value(), other.value());
        if left.is_nan() {
            return Ordering::Less;
        }
        if right.is_nan() {
            return Ordering::Greater;
        }
        match left.partial_cmp(&right) {
            Some(Ordering::Equal) => match (self.digits(), other.digits()) {
                (Some(left), Some(right)) if left != right => compare_digits(left, right),
                _ => Ordering::Equal,
            },
            order => order.unwrap_or(Ordering::Equal),
        }
    }
}

/// Whether the double is written with these very digits.
fn is_plain(text: &str, value: f64) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let Some((whole, fraction)) = digits.split_once('.') else {
        let zero = digits == "0";
        return digits.len() <= EXACT_DIGITS
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (zero || !digits.starts_with('0'))
            && !(zero && text.len() > 1);
    };
    whole.len() + fraction.len() <= EXACT_DIGITS
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && !fraction.ends_with('0')
        && value.abs() >= 1e-4
}

/// The order of two literals that are one double.
fn compare_digits(left: &str, right: &str) -> Ordering {
    let (left_negative, left) = split_sign(left);
    let (right_negative, right) = split_sign(right);
    let (left, right) = (significant(left), significant(right));
    let order = match (left.0.is_empty(), right.0.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) if left_negative != right_negative => Ordering::Greater,
        (false, false) => left.1.cmp(&right.1).then_with(|| left.0.cmp(&right.0)),
    };
    let negative = if left.0.is_empty() {
        right_negative
    } else {
        left_negative
    };
    if negative { order.reverse() } else { order }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

/// The significant digits of a number without sign, and the power of ten of the first.
fn significant(text: &str) -> (String, i64) {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse().unwrap_or(0)),
        None => (text, 0_i64),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = [whole, fraction].concat();
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let power = exponent.saturating_add(whole.len() as i64 - leading as i64);
    (digits.trim_matches('0').to_owned(), power)
}

/// A double as jq writes it: 17 digits at most, and no fraction that is none.
#[must_use]
pub fn written(value: f64) -> String {
    if value.is_nan() {
        return "null".to_owned();
    }
    let value = value.clamp(f64::MIN, f64::MAX);
    let scientific = format!("{:e}", value.abs());
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let point = exponent + 1;
    let count = digits.len() as i32;
    if point <= -4 || point > count + 15 {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{dot}{rest}e{direction}{:02}", exponent.abs());
    }
    if point <= 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(-point as usize));
    }
    if point >= count {
        return format!("{sign}{digits}{}", "0".repeat((point - count) as usize));
    }
    let (whole, fraction) = digits.split_at(point as usize);
    format!("{sign}{whole}.{fraction}")
}
