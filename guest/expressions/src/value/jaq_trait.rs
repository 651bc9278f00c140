//! What the evaluator asks of a value.

use super::index::{index, slice_key};
use super::{Error, Val, ValR, arithmetic, fail, paths, to_json, update};
use jaq_core::box_iter::BoxIter;
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{ValT, ValX};

impl From<Range<Self>> for Val {
    fn from(range: Range<Self>) -> Self {
        slice_key(
            range.start.unwrap_or(Self::Null),
            range.end.unwrap_or(Self::Null),
        )
    }
}

fn cannot_iterate(value: &Val) -> Error {
    fail(format!(
        "Cannot iterate over {} ({})",
        value.kind(),
        value.excerpt()
    ))
}

impl ValT for Val {
    fn from_num(text: &str) -> ValR {
        Self::number(text).ok_or_else(|| fail(format!("{text} is no number")))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(members: I) -> ValR {
        arithmetic::object(members)
    }

    fn key_values(self) -> BoxIter<'static, Result<(Self, Self), Error>> {
        match self {
            Self::Arr(items) => {
                let items = (0..items.len()).map(move |at| Ok((Self::from(at), items[at].clone())));
                Box::new(items)
            }
            Self::Obj(members) => Box::new((0..members.len()).filter_map(move |at| {
                let (key, value) = members.get_index(at)?;
                Some(Ok((Self::Str(key.clone()), value.clone())))
            })),
            other => Box::new(std::iter::once(Err(cannot_iterate(&other)))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR>> {
        match self {
            Self::Arr(items) => Box::new((0..items.len()).map(move |at| Ok(items[at].clone()))),
            Self::Obj(members) => Box::new((0..members.len()).map(move |at| {
                let value = members.get_index(at).map(|(_, value)| value.clone());
                Ok(value.unwrap_or(Self::Null))
            })),
            other => Box::new(std::iter::once(Err(cannot_iterate(&other)))),
        }
    }

    fn index(self, key: &Self) -> ValR {
        index(&self, key)
    }

    fn range(self, range: Range<&Self>) -> ValR {
        paths::range(&self, range.start, range.end)
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        update::refuse(&self)
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        _: &Self,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        update::refuse(&self)
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        _: Range<&Self>,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        update::refuse(&self)
    }

    fn as_bool(&self) -> bool {
        self.is_true()
    }

    fn into_string(self) -> Self {
        match self {
            Self::Str(_) => self,
            other => to_json(&other).into(),
        }
    }
}
