//! The client: one pool of kept-alive connections for each way of speaking HTTP.
//!
//! All pools connect by the same rule, so a connection that is taken from a pool was
//! vetted when it was opened.

use super::answer::Answer;
use super::connect::{Bounded, ToProxy, ToTarget};
use super::egress::Allow;
use super::error::{ClientError, Lack, NoAnswer, SendError};
use super::proxy::Proxies;
use super::resolve::{Resolve, Vetted};
use super::target::Target;
use super::tls::Trust;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header, uri};
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::Connect;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The most that an answer's headers may hold.
const HEADER_BYTES: u32 = 16 << 10;

/// How long a connection is kept unused. Servers commonly close theirs after 60 or
/// 75 s; to be first leaves no race.
const IDLE: Duration = Duration::from_secs(50);

/// How often an HTTP/2 connection is asked whether it lives, and how long it may take
/// to say so: a dead one is shared by all requests, and TCP notices it after minutes.
const PING: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(5));

/// What is taken of a body that nobody has read yet: of one answer (the default of RFC
/// 9113, 6.9.2), and of all that share an HTTP/2 connection.
const WINDOW: (u32, u32) = (65_535, 1 << 20);

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

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// By ALPN over TLS, 1.1 in clear.
    Auto,
    /// 1.1.
    Http1,
    /// 2, in clear by prior knowledge (RFC 9113, 3.3).
    Http2,
}

type Pool<C> = legacy::Client<Bounded<C>, Full<Bytes>>;
type Secure = HttpsConnector<ToTarget>;

/// Sends requests. Shared by all webhooks.
pub struct Client {
    vetted: Vetted,
    proxies: Proxies,
    trust: Trust,
    clear1: Pool<ToTarget>,
    clear2: Pool<ToTarget>,
    /// In clear through a proxy, which is asked by absolute URL (RFC 9112, 3.2.2).
    proxied: Option<Pool<ToProxy>>,
    secure: [OnceLock<Pool<Secure>>; 3],
}

impl Client {
    /// Sets a client up, in a tokio runtime.
    ///
    /// # Errors
    /// If the CA file or a proxy of the environment cannot be used.
    pub fn new(options: Options) -> Result<Self, ClientError> {
        Self::with_resolve(options, Resolve::System)
    }

    pub(super) fn with_resolve(options: Options, resolve: Resolve) -> Result<Self, ClientError> {
        let Options {
            allow,
            ca_file,
            proxies,
        } = options;
        proxies.check()?;
        let vetted = Vetted {
            resolve,
            allow: Arc::new(allow),
        };
        let target = ToTarget {
            vetted: vetted.clone(),
            proxies: proxies.clone(),
        };
        let to_proxy = |proxy| ToProxy {
            resolve: vetted.resolve.clone(),
            proxy,
        };
        Ok(Self {
            trust: Trust::new(ca_file.as_deref())?,
            clear1: pool(Version::Http1, target.clone()),
            clear2: pool(Version::Http2, target),
            proxied: proxies
                .of_clear()
                .map(|proxy| pool(Version::Http1, to_proxy(proxy))),
            secure: Default::default(),
            vetted,
            proxies,
        })
    }

    /// Posts a body. Returns when status and headers of the answer are there; redirects
    /// are not followed. The caller sets the time limit.
    ///
    /// # Errors
    /// If the target is not allowed, or no answer comes.
    pub async fn send(
        &self,
        target: &Target,
        version: Version,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, SendError> {
        self.request(Method::POST, target, version, headers, body)
            .await
    }

    /// The same with another method.
    pub(crate) async fn request(
        &self,
        method: Method,
        target: &Target,
        version: Version,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, SendError> {
        let length = HeaderValue::from(body.len());
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = target.uri().clone();
        *request.headers_mut() = headers;
        request.headers_mut().insert(header::CONTENT_LENGTH, length);
        let sent = if target.is_https() {
            self.secure(version)
                .map_err(|why| SendError::NoAnswer(NoAnswer::new(Lack::Tls, why)))?
                .request(request)
                .await
        } else if version == Version::Http2 {
            self.clear2.request(request).await
        } else if let Some(pool) = self.proxied.as_ref().filter(|_| self.is_proxied(target)) {
            self.by_address(target, &mut request).await?;
            pool.request(request).await
        } else {
            self.clear1.request(request).await
        };
        sent.map(Answer::new)
            .map_err(|error| SendError::from_client(&error, target))
    }

    fn is_proxied(&self, target: &Target) -> bool {
        self.proxies.of(target.uri()).is_some()
    }

    /// Makes a request for a proxy: the URL names a vetted address, `Host` the name.
    async fn by_address<B>(
        &self,
        target: &Target,
        request: &mut Request<B>,
    ) -> Result<(), SendError> {
        let addresses = self.vetted.addresses(target.host()).await?;
        let authority = target.uri().authority().map(uri::Authority::as_str);
        let host = HeaderValue::from_str(authority.unwrap_or_default());
        let by_address = addresses.first().map(|address| {
            let mut parts = target.uri().clone().into_parts();
            let socket = SocketAddr::new(*address, target.port()).to_string();
            parts.authority = uri::Authority::from_maybe_shared(Bytes::from(socket)).ok();
            Uri::from_parts(parts)
        });
        let (Ok(host), Some(Ok(by_address))) = (host, by_address) else {
            let why = "no request for the proxy can be made";
            return Err(SendError::NoAnswer(NoAnswer::new(Lack::Way, why)));
        };
        *request.uri_mut() = by_address;
        request.headers_mut().insert(header::HOST, host);
        if let Some(credentials) = self
            .proxies
            .of_clear()
            .and_then(|proxy| proxy.authorization())
        {
            request
                .headers_mut()
                .insert(header::PROXY_AUTHORIZATION, credentials);
        }
        Ok(())
    }

    fn secure(&self, version: Version) -> Result<&Pool<Secure>, String> {
        let slot = &self.secure[version as usize];
        if let Some(pool) = slot.get() {
            return Ok(pool);
        }
        let config = self.trust.config(version)?;
        let target = ToTarget {
            vetted: self.vetted.clone(),
            proxies: self.proxies.clone(),
        };
        Ok(slot.get_or_init(|| pool(version, Secure::from((target, config)))))
    }
}

fn pool<C>(version: Version, connector: C) -> Pool<C>
where
    Bounded<C>: Connect + Clone,
{
    legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http1_max_buf_size(HEADER_BYTES as usize)
        .http2_only(version == Version::Http2)
        .http2_max_header_list_size(HEADER_BYTES)
        .http2_initial_stream_window_size(WINDOW.0)
        .http2_initial_connection_window_size(WINDOW.1)
        .http2_keep_alive_interval(PING.0)
        .http2_keep_alive_timeout(PING.1)
        .http2_keep_alive_while_idle(true)
        .build(Bounded(connector))
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client")
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}
