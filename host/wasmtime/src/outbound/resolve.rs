//! Names: looked up once for a connection, and refused if any of their addresses is.

use super::connect_error::ConnectError;
use super::connection_limit::{ConnectionLimit, ConnectionPermit, Urgency};
use super::egress::Allow;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use tokio::sync::oneshot;

/// Of the thread of a lookup, in bytes: the C library needs some hundred kilobytes.
const STACK: usize = 512 << 10;

#[cfg(test)]
type Told = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// Who looks names up.
#[derive(Clone)]
pub(super) enum Resolve {
    /// The operating system, so many names at a time.
    System(Arc<ConnectionLimit>),
    /// A test says what a name means, each time anew.
    #[cfg(test)]
    Test(Told),
}

impl Resolve {
    /// The operating system.
    pub(super) fn system() -> Self {
        Self::System(Arc::new(ConnectionLimit::of_lookups()))
    }

    /// All addresses of a host, at least one. The host is a name, or an address with or
    /// without brackets, which needs no lookup.
    pub(super) async fn lookup(
        &self,
        host: &str,
        urgency: Urgency,
    ) -> Result<Vec<IpAddr>, ConnectError> {
        let host = plain(host);
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let fault = |error| ConnectError::Lookup {
            host: host.to_owned(),
            error,
        };
        let found: Vec<IpAddr> = match self {
            Self::System(connection_limit) => {
                // Held by the thread, which may be at work for longer than anybody waits.
                let permit = connection_limit.acquire(urgency).await;
                system(host.to_owned(), permit).await.map_err(fault)?
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

/// Asks the operating system, in a thread of its own: the runtime panics where it cannot
/// start one, and this says so.
async fn system(host: String, permit: ConnectionPermit) -> io::Result<Vec<IpAddr>> {
    let (tell, told) = oneshot::channel();
    thread::Builder::new()
        .name("lookup".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let found = (host.as_str(), 0).to_socket_addrs();
            drop(permit);
            // Whoever asked may have gone.
            let _ = tell.send(found.map(|found| found.map(|address| address.ip()).collect()));
        })?;
    told.await
        .unwrap_or_else(|_| Err(io::Error::other("the lookup has died")))
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
    pub(super) async fn addresses(
        &self,
        host: &str,
        urgency: Urgency,
    ) -> Result<Vec<IpAddr>, ConnectError> {
        self.allow.verdict_of_name(plain(host))?;
        let addresses = self.resolve.lookup(host, urgency).await?;
        for address in &addresses {
            self.allow.verdict(plain(host), *address)?;
        }
        Ok(addresses)
    }
}

fn plain(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}
