//! The client: one pool of kept-alive connections for each way of speaking HTTP.

use super::answer::Answer;
use super::connect::{Connector, Resolver, Vetted};
use super::egress::Allow;
use super::error::{ClientError, SendError};
use super::proxy::{Proxies, Proxy, ToProxy};
use super::target::Target;
use super::tls;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::Connect;
use hyper_util::client::legacy::{self, Builder};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Of an answer; more closes the connection.
const HEADER_BYTES: usize = 16 << 10;

/// How long a connection is kept without use. Servers close theirs after 60 or 75
/// seconds, and lookups are made anew when one is opened.
const IDLE: Duration = Duration::from_secs(50);

/// What a client may do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where requests may go beside public addresses.
    pub allow: Allow,
    /// Further CA certificates to trust, PEM.
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
    /// 2; in clear by prior knowledge.
    Http2,
}

type Pool<C> = legacy::Client<C, Full<Bytes>>;
type Secure = HttpsConnector<Connector>;

/// Sends requests. Shared by all webhooks.
pub struct Client {
    vetted: Vetted,
    proxies: Proxies,
    connector: Connector,
    ca: Vec<CertificateDer<'static>>,
    tls: OnceLock<Result<Arc<ClientConfig>, String>>,
    clear1: Pool<Connector>,
    clear2: Pool<Connector>,
    secure: [OnceLock<Pool<Secure>>; 3],
    proxied: Pool<ToProxy>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client")
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sets a client up. The system's CA certificates are read when first needed.
    ///
    /// # Errors
    /// If the CA file or a proxy of the environment cannot be used.
    pub fn new(options: Options) -> Result<Self, ClientError> {
        Self::with_resolver(options, Resolver::System)
    }

    pub(super) fn with_resolver(options: Options, resolver: Resolver) -> Result<Self, ClientError> {
        options.proxies.check()?;
        let ca = match &options.ca_file {
            Some(file) => tls::read_ca_file(file)?,
            None => Vec::new(),
        };
        let vetted = Vetted {
            resolver,
            allow: Arc::new(options.allow),
        };
        let connector = Connector::new(vetted.clone(), options.proxies.clone());
        Ok(Self {
            clear1: pool(Version::Http1, connector.clone()),
            clear2: pool(Version::Http2, connector.clone()),
            proxied: pool(Version::Http1, ToProxy::new(&options.proxies)),
            vetted,
            proxies: options.proxies,
            connector,
            ca,
            tls: OnceLock::new(),
            secure: Default::default(),
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
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target.uri().clone();
        *request.headers_mut() = headers;
        let sent = if target.is_https() {
            self.secure(version)
                .map_err(SendError::NoAnswer)?
                .request(request)
                .await
        } else if let Some(proxy) = self.proxies.of(target.uri()) {
            self.through(&proxy, target, &mut request).await?;
            self.proxied.request(request).await
        } else if version == Version::Http2 {
            self.clear2.request(request).await
        } else {
            self.clear1.request(request).await
        };
        sent.map(Answer::new)
            .map_err(|error| SendError::from_chain(&error, target))
    }

    /// Asks a proxy in clear for a vetted address; `Host` keeps the name.
    async fn through<B>(
        &self,
        proxy: &Proxy,
        target: &Target,
        request: &mut Request<B>,
    ) -> Result<(), SendError> {
        let addresses = self.vetted.addresses(target.host()).await;
        let addresses = addresses.map_err(|error| SendError::from_chain(&*error, target))?;
        let unusable = |error: http::Error| SendError::NoAnswer(error.to_string());
        let first = addresses
            .first()
            .ok_or_else(|| SendError::NoAnswer("no address".to_owned()))?;
        let host = target
            .uri()
            .authority()
            .map(http::uri::Authority::as_str)
            .unwrap_or_default();
        let host = HeaderValue::from_str(host).map_err(|error| unusable(error.into()))?;
        let mut parts = target.uri().clone().into_parts();
        let socket = SocketAddr::new(*first, target.port());
        parts.authority = Some(
            socket
                .to_string()
                .parse()
                .map_err(|error: http::uri::InvalidUri| unusable(error.into()))?,
        );
        *request.uri_mut() = Uri::from_parts(parts).map_err(|error| unusable(error.into()))?;
        request.headers_mut().insert(header::HOST, host);
        if let Some(authorization) = proxy.authorization() {
            request
                .headers_mut()
                .insert(header::PROXY_AUTHORIZATION, authorization);
        }
        Ok(())
    }

    fn secure(&self, version: Version) -> Result<&Pool<Secure>, String> {
        let tls = self
            .tls
            .get_or_init(|| tls::configuration(&self.ca).map(Arc::new))
            .clone()?;
        Ok(self.secure[version as usize].get_or_init(|| {
            let builder = HttpsConnectorBuilder::new()
                .with_tls_config((*tls).clone())
                .https_only();
            let connector = match version {
                Version::Auto => builder
                    .enable_all_versions()
                    .wrap_connector(self.connector.clone()),
                Version::Http1 => builder
                    .enable_http1()
                    .wrap_connector(self.connector.clone()),
                Version::Http2 => builder
                    .enable_http2()
                    .wrap_connector(self.connector.clone()),
            };
            pool(version, connector)
        }))
    }
}

fn pool<C: Connect + Clone>(version: Version, connector: C) -> Pool<C> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http1_max_buf_size(HEADER_BYTES)
        .http2_max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX))
        .http2_only(version == Version::Http2);
    builder.build(connector)
}
