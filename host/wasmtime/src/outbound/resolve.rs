//! Names: looked up once for a connection, and refused if any of their addresses is.

use super::egress::Allow;
use super::error::ConnectError;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

#[cfg(test)]
type Told = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// Who looks names up.
#[derive(Clone)]
pub(super) enum Resolve {
    /// The operating system.
    System,
    /// A test says what a name means, each time anew.
    #[cfg(test)]
    Test(Told),
}

impl Resolve {
    /// All addresses of a host, at least one. The host is a name, or an address with or
    /// without brackets, which needs no lookup.
    pub(super) async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, ConnectError> {
        let host = plain(host);
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let fault = |error| ConnectError::Lookup {
            host: host.to_owned(),
            error,
        };
        let found: Vec<IpAddr> = match self {
            Self::System => {
                let found = tokio::net::lookup_host((host, 0)).await.map_err(fault)?;
                found.map(|address| address.ip()).collect()
            }
            #[cfg(test)]
            Self::Test(lookup) => lookup(host),
        };
        if found.is_empty() {
            return Err(fault(io::Error::other("it has no address")));
        }
        Ok(found)
    }
}

/// A resolver under the rule of where requests may go.
#[derive(Clone)]
pub(super) struct Vetted {
    pub(super) resolve: Resolve,
    pub(super) allow: Arc<Allow>,
}

impl Vetted {
    /// The addresses of a host. One that is forbidden refuses them all: which of them
    /// is taken must not be left to chance, or to whoever answers for the name.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, ConnectError> {
        let addresses = self.resolve.lookup(host).await?;
        for address in &addresses {
            self.allow.verdict(plain(host), *address)?;
        }
        Ok(addresses)
    }
}

fn plain(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}
