//! Connections: to vetted addresses alone, straight or through a proxy, and TLS above them.

use super::byte_meter::{Counted, Wire};
use super::connect_error::ConnectError;
use super::connection::Connection;
use super::connection_limit::{ConnectionPermit, Urgency};
use super::proxy::{Proxies, Proxy};
use super::race;
use super::resolve::{Resolve, Vetted};
use super::target::Target;
use super::tls::Trust;
use super::version::Version;
use crate::event::time;
use rustls::pki_types::ServerName;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Until a connection must stand, TLS included. The caller's own limit is usually
/// shorter.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a target is reached.
#[derive(Clone)]
pub(super) enum Route {
    /// At one of its own addresses.
    Straight,
    /// Through a tunnel that a proxy opens (RFC 9110, 9.3.6).
    Tunnel(Proxy),
    /// By a proxy that is asked by absolute URL (RFC 9112, 3.2.2).
    Forward(Proxy),
}

/// Connects to targets.
pub(super) struct Connector {
    pub(super) vetted: Vetted,
    pub(super) proxies: Proxies,
    pub(super) trust: RwLock<Arc<Trust>>,
}

impl Connector {
    /// How a target is reached with a version of HTTP.
    pub(super) fn route(&self, target: &Target, version: Version) -> Route {
        match self.proxies.of(target.uri()) {
            None => Route::Straight,
            Some(proxy) if target.is_https() || version == Version::Http2 => Route::Tunnel(proxy),
            Some(proxy) => Route::Forward(proxy),
        }
    }

    /// Opens a connection that speaks HTTP.
    ///
    /// # Errors
    /// If the target is not allowed, or cannot be connected to.
    pub(super) async fn open(
        &self,
        target: &Target,
        version: Version,
        urgency: Urgency,
        permit: ConnectionPermit,
    ) -> Result<Connection, ConnectError> {
        let opening = self.open_patiently(target, version, urgency, permit);
        let opened = timeout(PATIENCE, opening).await;
        opened.unwrap_or(Err(ConnectError::Late))
    }

    async fn open_patiently(
        &self,
        target: &Target,
        version: Version,
        urgency: Urgency,
        permit: ConnectionPermit,
    ) -> Result<Connection, ConnectError> {
        let resolve = &self.vetted.resolve;
        let tcp = match self.route(target, version) {
            Route::Straight => {
                let addresses = self.vetted.addresses(target.host(), urgency).await?;
                race::connect(addresses, target.port()).await?
            }
            Route::Tunnel(proxy) => {
                self.vet_for_a_proxy(target, urgency).await?;
                let tcp = reach(resolve, &proxy, urgency).await?;
                proxy.tunnel(tcp, target).await?
            }
            // Vetted at each request, since the proxy looks the name up at each.
            Route::Forward(proxy) => reach(resolve, &proxy, urgency).await?,
        };
        let (wire, meter) = Wire::new(tcp);
        if !target.is_https() {
            let stream = Counted::new(wire, Arc::clone(&meter));
            let http2 = version == Version::Http2;
            return Connection::start(stream, http2, meter, permit).await;
        }
        let config = self.trust().config(version)?;
        let name =
            ServerName::try_from(target.host().to_owned()).map_err(|_| ConnectError::Trust {
                why: "its host is no name for TLS".to_owned(),
                scarcity: None,
            })?;
        if !time::is_readable(SystemTime::now()) {
            // The library would panic: it has certificates to compare with the time.
            return Err(ConnectError::Trust {
                why: "the clock of this machine is set before 1970".to_owned(),
                scarcity: None,
            });
        }
        let stream = TlsConnector::from(config)
            .connect(name, wire)
            .await
            .map_err(|error| ConnectError::tls(&error, target))?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        if version == Version::Http2 && !http2 {
            return Err(ConnectError::WithoutAlpn);
        }
        let stream = Counted::new(stream, Arc::clone(&meter));
        Connection::start(stream, http2, meter, permit).await
    }

    /// Whether a target may be asked of a proxy. It is asked by name, and looked up and
    /// vetted here first; a name that only the proxy can look up must be allowed by name.
    ///
    /// # Errors
    /// If it may not.
    pub(super) async fn vet_for_a_proxy(
        &self,
        target: &Target,
        urgency: Urgency,
    ) -> Result<(), ConnectError> {
        match self.vetted.addresses(target.host(), urgency).await {
            Ok(_) => Ok(()),
            Err(error) if error.scarcity().is_some() => Err(error),
            Err(ConnectError::Lookup { .. }) if self.vetted.allow.lists(target.host()) => Ok(()),
            Err(ConnectError::Lookup { host, error }) => {
                Err(ConnectError::LookupForProxy { host, error })
            }
            Err(error) => Err(error),
        }
    }

    /// Whom TLS trusts now.
    pub(super) fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.trust.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Connects to the proxy itself, which no rule forbids.
async fn reach(
    resolve: &Resolve,
    proxy: &Proxy,
    urgency: Urgency,
) -> Result<TcpStream, ConnectError> {
    let reached = async {
        let addresses = resolve.lookup(proxy.host(), urgency).await?;
        race::connect(addresses, proxy.port()).await
    };
    reached.await.map_err(|why| ConnectError::Proxy {
        proxy: proxy.name(),
        why: Box::new(why),
    })
}
