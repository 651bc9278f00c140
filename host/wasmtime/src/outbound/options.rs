//! Options of the client.

use super::egress::Allow;
use super::proxy::Proxies;
use super::transport::Transport;
use std::path::PathBuf;

/// What a client may do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where requests may go beside public addresses.
    pub allow: Allow,
    /// CA certificates to trust beside those of the system: a PEM file.
    pub ca_file: Option<PathBuf>,
    /// The same, as bytes.
    pub ca_certificates: Vec<u8>,
    /// Proxies to go through.
    pub proxies: Proxies,
    /// Who answers instead of the network.
    pub transport: Option<Transport>,
}
