//! Outbound HTTP: connections to vetted addresses alone, kept alive and shared.
//!
//! The host decides where requests may go, not the configuration and not the
//! connector: every name is looked up, refused if any of its addresses is forbidden,
//! and connected to only at an address that was vetted.

mod address;
mod answer;
mod byte_meter;
mod client;
mod connect;
mod connect_error;
mod connection;
mod connection_limit;
mod driver;
mod egress;
mod error;
mod http1;
mod http2;
mod keep_alive;
mod lease;
mod options;
mod origin;
mod pool;
mod proxy;
mod race;
mod refused;
mod resolve;
mod scarcity;
mod setup_error;
mod target;
mod tls;
mod transport;
mod unanswered;
mod version;
mod wait_reason;
mod wording;

pub use address::Class;
pub use answer::Ending;
pub(crate) use answer::{Answer, Body};
#[cfg(feature = "service")]
pub(crate) use answer::{Payload, finish};
pub use client::{Client, Outgoing};
pub use connection_limit::Urgency;
pub use egress::Allow;
pub(crate) use error::{NoAnswerKind, SendError};
pub use options::Options;
pub use proxy::Proxies;
pub use refused::Refused;
pub(crate) use scarcity::Pauses;
pub(crate) use scarcity::Scarcity;
pub(crate) use setup_error::{AllowError, ClientError};
pub use target::Target;
pub use transport::Transport;
pub use version::Version;

#[cfg(test)]
mod tests;
