//! Connections: looked up once, vetted, and connected to only at what was vetted.

use super::egress::Allow;
use super::error::Lookup;
use super::proxy::{Proxies, Proxy};
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;
type Stream = TokioIo<TcpStream>;

/// Who looks names up.
#[derive(Clone)]
pub enum Resolver {
    /// The operating system.
    System,
    /// A test: it decides what a name means, each time anew.
    #[cfg(test)]
    Test(Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>),
}

impl Resolver {
    /// All addresses of a name.
    pub async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, BoxError> {
        let found: Vec<IpAddr> = match self {
            Self::System => {
                let found = tokio::net::lookup_host((host, 0)).await.map_err(Lookup)?;
                found.map(|address| address.ip()).collect()
            }
            #[cfg(test)]
            Self::Test(lookup) => lookup(host),
        };
        if found.is_empty() {
            return Err(Lookup(io::Error::other("it has no address")).into());
        }
        Ok(found)
    }
}

/// Looks a name up and vets all that it means.
#[derive(Clone)]
pub struct Vetted {
    pub resolver: Resolver,
    pub allow: Arc<Allow>,
}

impl Vetted {
    /// The addresses of a host, if none of them is forbidden.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, BoxError> {
        let host = host.trim_matches(['[', ']']);
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => self.resolver.lookup(host).await?,
        };
        self.allow.verdict_of_all(host, &addresses)?;
        Ok(addresses)
    }
}

impl Service<Name> for Vetted {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let vetted = self.clone();
        Box::pin(async move {
            let addresses = vetted.addresses(name.as_str()).await?;
            // The connector puts the port in place.
            let sockets: Vec<SocketAddr> = addresses
                .into_iter()
                .map(|address| (address, 0).into())
                .collect();
            Ok(sockets.into_iter())
        })
    }
}

/// Opens TCP connections to targets, straight or through a proxy.
#[derive(Clone)]
pub struct Connector {
    vetted: Vetted,
    straight: HttpConnector<Vetted>,
    to_proxy: HttpConnector,
    proxies: Proxies,
}

impl Connector {
    pub fn new(vetted: Vetted, proxies: Proxies) -> Self {
        let mut straight = HttpConnector::new_with_resolver(vetted.clone());
        straight.enforce_http(false);
        straight.set_nodelay(true);
        let mut to_proxy = HttpConnector::new();
        to_proxy.set_nodelay(true);
        Self {
            vetted,
            straight,
            to_proxy,
            proxies,
        }
    }

    async fn connect(mut self, target: Uri) -> Result<Stream, BoxError> {
        let host = target.host().unwrap_or_default();
        match self
            .proxies
            .of(&target)
            .filter(|_| target.scheme_str() == Some("https"))
        {
            Some(proxy) => self.tunnel(&target, &proxy).await,
            None => {
                // hyper asks the resolver for names alone: addresses are vetted here.
                if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
                    self.vetted.addresses(host).await?;
                }
                Ok(self.straight.call(target).await?)
            }
        }
    }

    /// Asks the proxy for a connection to a vetted address.
    async fn tunnel(&self, target: &Uri, proxy: &Proxy) -> Result<Stream, BoxError> {
        let addresses = self
            .vetted
            .addresses(target.host().unwrap_or_default())
            .await?;
        let Some(address) = addresses.first() else {
            return Err("no address".into());
        };
        let socket = SocketAddr::new(*address, target.port_u16().unwrap_or(443));
        let by_address = Uri::builder()
            .scheme("https")
            .authority(socket.to_string())
            .path_and_query("/")
            .build()?;
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy.clone());
        if let Some(authorization) = proxy.authorization() {
            tunnel = tunnel.with_auth(authorization);
        }
        Ok(tunnel.call(by_address).await?)
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        Box::pin(self.clone().connect(target))
    }
}
