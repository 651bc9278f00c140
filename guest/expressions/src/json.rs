//! What callers put together and take apart.

use crate::value::{Map, Val};

/// A text as a value.
#[must_use]
pub fn text(text: &str) -> Val {
    Val::text(text)
}

/// An object with members in this order.
#[must_use]
pub fn object(members: impl IntoIterator<Item = (&'static str, Val)>) -> Val {
    let members = members.into_iter().map(|(key, value)| (key.into(), value));
    Val::Obj(members.collect::<Map>().into())
}
