//! From an event or a message to the requests of the webhooks that it concerns.

pub mod addressing;
#[cfg(feature = "validate")]
pub mod conformity;
pub mod parcel;
pub mod recipients;
pub mod rendered_request;
pub mod rendering;
