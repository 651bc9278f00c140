//! From an event or a message to the requests of the webhooks that it concerns.

pub(crate) mod fan_out;
pub(crate) mod notification;
pub(crate) mod recipients;
pub(crate) mod rendered_request;
pub(crate) mod rendering;
#[cfg(feature = "validate")]
pub(crate) mod validate;
