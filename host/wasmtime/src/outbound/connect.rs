//! Connections: to vetted addresses alone, straight or through a proxy.

use super::error::ConnectError;
use super::proxy::{Proxies, Proxy};
use super::resolve::{Resolve, Vetted};
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::future::Future;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

/// Until a connection must stand, TLS included. The caller's own limit is usually
/// shorter; this one ends connections that outlived their caller.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the addresses of a name share before the last is tried: less than the default
/// time limit of an attempt (5 s), so that a dead address does not hide a living one.
const SHARED: Duration = Duration::from_secs(4);

/// The most that one of several addresses gets: a lost packet is sent again after 1 s.
const MOST: Duration = Duration::from_millis(1500);

/// The least that one of several addresses gets.
const LEAST: Duration = Duration::from_millis(250);

type BoxError = Box<dyn Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Connects to targets.
#[derive(Clone)]
pub(super) struct ToTarget {
    pub(super) vetted: Vetted,
    pub(super) proxies: Proxies,
}

/// Connects to a proxy, whatever the target is: the request line names it.
#[derive(Clone)]
pub(super) struct ToProxy {
    pub(super) resolve: Resolve,
    pub(super) proxy: Proxy,
}

/// Bounds the time in which another connector connects.
#[derive(Clone)]
pub(super) struct Bounded<C>(pub(super) C);

/// A TCP connection.
pub(super) struct Stream {
    tcp: TokioIo<TcpStream>,
    to_proxy: bool,
}

impl ToTarget {
    async fn connect(self, target: Uri) -> Result<Stream, ConnectError> {
        let addresses = self
            .vetted
            .addresses(target.host().unwrap_or_default())
            .await?;
        let default = if target.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let port = target.port_u16().unwrap_or(default);
        let tcp = match self.proxies.of(&target) {
            None => in_turn(addresses, port, open).await?,
            Some(proxy) => {
                let resolve = &self.vetted.resolve;
                in_turn(addresses, port, |socket| tunnel(resolve, &proxy, socket)).await?
            }
        };
        Ok(Stream {
            tcp: TokioIo::new(tcp),
            to_proxy: false,
        })
    }
}

impl ToProxy {
    async fn connect(self) -> Result<Stream, ConnectError> {
        let tcp = reach(&self.resolve, &self.proxy).await?;
        Ok(Stream {
            tcp: TokioIo::new(tcp),
            to_proxy: true,
        })
    }
}

async fn tunnel(
    resolve: &Resolve,
    proxy: &Proxy,
    socket: SocketAddr,
) -> Result<TcpStream, ConnectError> {
    proxy.tunnel(reach(resolve, proxy).await?, socket).await
}

/// Connects to the proxy itself, which no rule forbids.
async fn reach(resolve: &Resolve, proxy: &Proxy) -> Result<TcpStream, ConnectError> {
    let reached = async {
        let addresses = resolve.lookup(proxy.host()).await?;
        in_turn(addresses, proxy.port(), open).await
    };
    reached.await.map_err(|why| ConnectError::Proxy {
        proxy: proxy.name(),
        why: Box::new(why),
    })
}

async fn open(address: SocketAddr) -> Result<TcpStream, ConnectError> {
    let fault = |error| ConnectError::Tcp { address, error };
    let tcp = TcpStream::connect(address).await.map_err(fault)?;
    // Without it a small request may wait for the acknowledgement of the last one.
    tcp.set_nodelay(true).map_err(fault)?;
    Ok(tcp)
}

/// Tries addresses one after the other; the last has the patience of the caller.
async fn in_turn<F: Future<Output = Result<TcpStream, ConnectError>>>(
    addresses: Vec<IpAddr>,
    port: u16,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<TcpStream, ConnectError> {
    let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let share = (SHARED / count).clamp(LEAST, MOST);
    let last = addresses.len().saturating_sub(1);
    let mut failure = ConnectError::Late { address: None };
    for (index, address) in addresses.into_iter().enumerate() {
        let address = SocketAddr::new(address, port);
        let limit = if index == last { PATIENCE } else { share };
        failure = match timeout(limit, connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => error,
            Err(_) => ConnectError::Late {
                address: Some(address),
            },
        };
    }
    Err(failure)
}

impl Service<Uri> for ToTarget {
    type Response = Stream;
    type Error = BoxError;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let connecting = self.clone().connect(target);
        Box::pin(async { connecting.await.map_err(Into::into) })
    }
}

impl Service<Uri> for ToProxy {
    type Response = Stream;
    type Error = BoxError;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connecting = self.clone().connect();
        Box::pin(async { connecting.await.map_err(Into::into) })
    }
}

impl<C> Service<Uri> for Bounded<C>
where
    C: Service<Uri, Error = BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Connecting<C::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let connecting = timeout(PATIENCE, self.0.call(target));
        Box::pin(async {
            connecting
                .await
                .unwrap_or_else(|_| Err(ConnectError::Late { address: None }.into()))
        })
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.to_proxy)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(context, buffers)
    }
}
