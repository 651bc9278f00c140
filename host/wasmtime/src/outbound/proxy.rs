//! Proxies that the environment names: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
//!
//! A proxy is exempt from the rule of where requests may go; what is asked of it is
//! not. It is asked by vetted address, so that it cannot look the name up otherwise.

use super::error::ClientError;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tower_service::Service;

const ANY_HTTP: &str = "http://servo-webhooks.example/";
const ANY_HTTPS: &str = "https://servo-webhooks.example/";

/// Which proxy a request goes through, if any.
#[derive(Clone, Default)]
pub struct Proxies(Option<Arc<Matcher>>);

/// A proxy for one request.
#[derive(Clone)]
pub(super) struct Proxy(Intercept);

impl fmt::Debug for Proxies {
    /// Without addresses and credentials.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_some() {
            "Proxies(..)"
        } else {
            "Proxies(none)"
        })
    }
}

impl Proxies {
    /// None, whatever the environment says.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Those of the environment, as curl reads it: names in lower or upper case, and
    /// `HTTP_PROXY` not in a CGI program.
    #[must_use]
    pub fn from_env() -> Self {
        Self(Some(Arc::new(Matcher::from_env())))
    }

    #[cfg(test)]
    pub(super) fn all_through(proxy: &str) -> Self {
        Self(Some(Arc::new(Matcher::builder().all(proxy).build())))
    }

    /// Refuses what cannot be spoken to.
    pub(super) fn check(&self) -> Result<(), ClientError> {
        for (sample, variable) in [(ANY_HTTP, "HTTP_PROXY"), (ANY_HTTPS, "HTTPS_PROXY")] {
            let proxy = self.of(&Uri::from_static(sample));
            if proxy.is_some_and(|proxy| proxy.uri().scheme_str() != Some("http")) {
                let why = "only proxies reached by http:// are supported";
                return Err(ClientError::Proxy { variable, why });
            }
        }
        Ok(())
    }

    /// The proxy for a target.
    pub(super) fn of(&self, target: &Uri) -> Option<Proxy> {
        self.0.as_ref()?.intercept(target).map(Proxy)
    }
}

impl Proxy {
    /// Where it is.
    pub fn uri(&self) -> &Uri {
        self.0.uri()
    }

    /// `Proxy-Authorization`, if it wants credentials.
    pub fn authorization(&self) -> Option<HeaderValue> {
        self.0.basic_auth().cloned()
    }
}

/// Connects to the proxy for clear HTTP, whatever the request's own target is.
#[derive(Clone)]
pub(super) struct ToProxy {
    inner: HttpConnector,
    proxy: Option<Uri>,
}

/// A connection to a proxy: hyper writes absolute request lines to it.
pub(super) struct Proxied(TokioIo<TcpStream>);

impl ToProxy {
    pub fn new(proxies: &Proxies) -> Self {
        let mut inner = HttpConnector::new();
        inner.set_nodelay(true);
        let proxy = proxies
            .of(&Uri::from_static(ANY_HTTP))
            .map(|proxy| proxy.uri().clone());
        Self { inner, proxy }
    }
}

impl Service<Uri> for ToProxy {
    type Response = Proxied;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Proxied, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let mut inner = self.inner.clone();
        let proxy = self.proxy.clone();
        Box::pin(async move {
            let proxy = proxy.ok_or("there is no proxy")?;
            Ok(Proxied(inner.call(proxy).await?))
        })
    }
}

impl Connection for Proxied {
    fn connected(&self) -> Connected {
        self.0.connected().proxy(true)
    }
}

impl Read for Proxied {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Proxied {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
