//! Numbers: doubles, and literals that keep their digits.

use super::Val;
use std::cmp::Ordering;
use std::rc::Rc;

/// The digits that every double keeps.
const EXACT_DIGITS: usize = 15;

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

    /// The digits, if they are kept.
    #[must_use]
    pub fn digits(&self) -> Option<&str> {
        match self {
            Self::Float(_) => None,
            Self::Literal(literal) => Some(&literal.text),
        }
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

/// The digits of what is no number.
const STRAY: &str = "stray";

impl Val {
    /// A key that no value has: what follows it is no path of the input.
    #[must_use]
    pub fn stray() -> Self {
        let (text, value) = (STRAY.into(), 0.0);
        Self::Num(Num::Literal(Rc::new(Literal { text, value })))
    }

    /// Whether it is that key.
    #[must_use]
    pub fn is_stray(&self) -> bool {
        matches!(self, Self::Num(number) if number.digits() == Some(STRAY))
    }

    /// A number, with its digits where they matter.
    #[must_use]
    pub fn number(text: &str) -> Option<Self> {
        Num::read(text).map(Self::Num)
    }
}
