//! Options of the client.

use super::egress::Allow;
use super::proxy::Proxies;
use std::path::PathBuf;

/// What a client may do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where requests may go beside public addresses.
    pub allow: Allow,
    /// CA certificates to trust beside those of the system: a PEM file.
    pub ca_file: Option<PathBuf>,
    /// Proxies to go through.
    pub proxies: Proxies,
}
