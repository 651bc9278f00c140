//! Questions before an event.

pub(crate) mod before;
pub(crate) mod question;
