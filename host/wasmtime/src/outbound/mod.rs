//! Outbound HTTP: connections to vetted addresses alone, kept alive and shared.
//!
//! The host decides where requests may go, not the configuration and not the
//! connector: every name is looked up, refused if any of its addresses is forbidden,
//! and connected to only at an address that was vetted.

mod address;
mod answer;
mod client;
mod connect;
mod egress;
mod error;
mod proxy;
mod resolve;
mod target;
mod tls;

pub use address::Class;
pub(crate) use answer::finish;
pub use answer::{Answer, Body, Ending};
pub use client::{Client, Options, Version};
pub use egress::{Allow, AllowError, Refused};
pub use error::{ClientError, Lack, NoAnswer, SendError};
pub use proxy::Proxies;
pub use target::{Target, TargetError};

#[cfg(test)]
mod tests;
