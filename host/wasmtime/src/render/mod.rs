//! From an event or a message to the requests of the webhooks that it concerns.

pub mod fan_out;
pub mod notification;
pub mod recipients;
pub mod rendered_request;
pub mod rendering;
#[cfg(feature = "validate")]
pub mod validate;
