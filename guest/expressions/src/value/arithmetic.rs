//! `+ - * / %` of jq.

use super::{Map, Members, Num, Val, ValR, equal, fail};
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// The deepest nesting of objects that are merged.
const MERGE_LIMIT: usize = 10_000;

/// The longest text that repetition makes, as in jq.
const REPEAT_LIMIT: usize = i32::MAX as usize;

impl Add for Val {
    type Output = ValR;

    fn add(self, other: Self) -> ValR {
        match (self, other) {
            (Self::Null, other) | (other, Self::Null) => Ok(other),
            (Self::Num(left), Self::Num(right)) => Ok((left.value() + right.value()).into()),
            (Self::Str(left), Self::Str(right)) => {
                if left.is_empty() {
                    return Ok(Self::Str(right));
                }
                if right.is_empty() {
                    return Ok(Self::Str(left));
                }
                let mut text = room_for(left.len() + right.len())?;
                text.push_str(&left);
                text.push_str(&right);
                Ok(text.into())
            }
            (Self::Arr(mut left), Self::Arr(right)) => {
                if left.is_empty() {
                    return Ok(Self::Arr(right));
                }
                left.extend(right.into_vec());
                Ok(Self::Arr(left))
            }
            (Self::Obj(mut left), Self::Obj(right)) => {
                if left.is_empty() {
                    return Ok(Self::Obj(right));
                }
                left.extend(right.into_map());
                Ok(Self::Obj(left))
            }
            (left, right) => Err(left.error_with(&right, "cannot be added")),
        }
    }
}

impl Sub for Val {
    type Output = ValR;

    fn sub(self, other: Self) -> ValR {
        match (self, other) {
            (Self::Num(left), Self::Num(right)) => Ok((left.value() - right.value()).into()),
            (Self::Arr(left), Self::Arr(right)) => {
                let mut kept = Vec::new();
                'items: for item in left.into_vec() {
                    for other in right.iter() {
                        if equal(&item, other)? {
                            continue 'items;
                        }
                    }
                    kept.push(item);
                }
                Ok(Self::array(kept))
            }
            (left, right) => Err(left.error_with(&right, "cannot be subtracted")),
        }
    }
}

impl Mul for Val {
    type Output = ValR;

    fn mul(self, other: Self) -> ValR {
        match (self, other) {
            (Self::Num(left), Self::Num(right)) => Ok((left.value() * right.value()).into()),
            (Self::Str(text), Self::Num(times)) | (Self::Num(times), Self::Str(text)) => {
                repeat(&text, times.value())
            }
            (Self::Obj(left), Self::Obj(right)) => merge(left, right, 0).map(Self::Obj),
            (left, right) => Err(left.error_with(&right, "cannot be multiplied")),
        }
    }
}

fn repeat(text: &str, times: f64) -> ValR {
    if times.is_nan() || times < 0.0 {
        return Ok(Val::Null);
    }
    if text.is_empty() {
        return Ok(Val::text(text));
    }
    let times = times.min(f64::from(i32::MAX)) as usize;
    let length = text.len().saturating_mul(times);
    if length >= REPEAT_LIMIT {
        return Err(fail("Repeat string result too long"));
    }
    let mut out = room_for(length)?;
    if times > 0 {
        out.push_str(text);
    }
    while out.len() < length {
        // What there is, doubled: whole texts, and so whole characters.
        out.extend_from_within(..out.len().min(length - out.len()));
    }
    Ok(out.into())
}

/// Room in a memory that may be small.
fn room_for(length: usize) -> Result<String, super::Error> {
    let mut text = String::new();
    text.try_reserve_exact(length)
        .map_err(|_| fail("the text is too long for the memory"))?;
    Ok(text)
}

fn merge(mut left: Members, right: Members, depth: usize) -> Result<Members, super::Error> {
    if depth > MERGE_LIMIT {
        return Err(fail("Object merge too deep"));
    }
    for (key, value) in right.into_map() {
        match (left.get_mut(&key), value) {
            (Some(Val::Obj(inner)), Val::Obj(value)) => {
                let merged = merge(std::mem::take(inner), value, depth + 1)?;
                left.insert(key, Val::Obj(merged));
            }
            (_, value) => {
                left.insert(key, value);
            }
        }
    }
    Ok(left)
}

impl Div for Val {
    type Output = ValR;

    fn div(self, other: Self) -> ValR {
        match (&self, &other) {
            (Self::Num(_), Self::Num(right)) if right.value() == 0.0 => {
                Err(self.error_with(&other, "cannot be divided because the divisor is zero"))
            }
            (Self::Num(left), Self::Num(right)) => Ok((left.value() / right.value()).into()),
            (Self::Str(text), Self::Str(separator)) => Ok(split(text, separator)),
            _ => Err(self.error_with(&other, "cannot be divided")),
        }
    }
}

/// The parts of a text between separators; its characters, if the separator is empty.
pub fn split(text: &str, separator: &str) -> Val {
    if text.is_empty() {
        return Val::array(Vec::new());
    }
    if separator.is_empty() {
        let mut buffer = [0; 4];
        return text
            .chars()
            .map(|char| Val::text(char.encode_utf8(&mut buffer)))
            .collect();
    }
    text.split(separator).map(Val::text).collect()
}

impl Rem for Val {
    type Output = ValR;

    fn rem(self, other: Self) -> ValR {
        let (Self::Num(left), Self::Num(right)) = (&self, &other) else {
            return Err(self.error_with(&other, "cannot be divided (remainder)"));
        };
        let (left, right) = (left.value(), right.value());
        if left.is_nan() || right.is_nan() {
            return Ok(f64::NAN.into());
        }
        // Conversion rounds towards zero and saturates, as jq does.
        let (left, right) = (left as i64, right as i64);
        if right == 0 {
            let message = "cannot be divided (remainder) because the divisor is zero";
            return Err(self.error_with(&other, message));
        }
        Ok((left.wrapping_rem(right) as f64).into())
    }
}

impl Neg for Val {
    type Output = ValR;

    fn neg(self) -> ValR {
        match &self {
            Self::Num(number) => Ok(Self::Num(Num::negated(number))),
            _ => Err(self.error("cannot be negated")),
        }
    }
}

/// An object from keys and values.
pub fn object(members: impl IntoIterator<Item = (Val, Val)>) -> ValR {
    let mut map = Map::default();
    for (key, value) in members {
        let Val::Str(key) = key else {
            return Err(fail(format!(
                "Cannot use {} ({}) as object key",
                key.kind(),
                key.excerpt()
            )));
        };
        map.insert(key, value);
    }
    Ok(Val::Obj(map.into()))
}
