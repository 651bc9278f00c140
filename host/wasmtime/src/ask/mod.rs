//! Questions before an event.

pub mod before;
pub mod question;
