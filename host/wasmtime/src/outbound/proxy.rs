//! Proxies that the environment names: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
//!
//! A proxy is exempt from the rule of where requests may go; what is asked of it is
//! not: it is looked up and vetted here first. The proxy is then asked by name, so that
//! lists of names and virtual hosts work, and is trusted to connect to what it was asked for.

use super::error::{ClientError, ConnectError, hyper_in_words};
use super::target::Target;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Which proxy a request goes through, if any. Credentials are never shown.
#[derive(Clone, Default)]
pub struct Proxies(Option<Arc<Inner>>);

struct Inner {
    matcher: Matcher,
    /// The same without exceptions, for what does not depend on a name.
    unexcepted: Matcher,
    /// The variable that names the proxy for http, and that for https.
    named: [Option<&'static str>; 2],
}

/// A proxy for one request.
#[derive(Clone)]
pub(super) struct Proxy(Intercept);

/// A target of each scheme, which stands for all of them.
const SAMPLES: [&str; 2] = ["http://sample.example/", "https://sample.example/"];

impl Proxies {
    /// None, whatever the environment says.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Those of the environment, as curl reads it. In a CGI program, where a request can
    /// set HTTP_PROXY (CVE-2016-5385), none.
    #[must_use]
    pub fn from_env() -> Self {
        if std::env::var_os("REQUEST_METHOD").is_some() {
            return Self::none();
        }
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Those of variables, each in upper case or else in lower case.
    pub(super) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| {
            let found = variable(name).or_else(|| variable(&name.to_ascii_lowercase()));
            found.unwrap_or_default()
        };
        let (http, https) = (value("HTTP_PROXY"), value("HTTPS_PROXY"));
        let (all, no) = (value("ALL_PROXY"), value("NO_PROXY"));
        let named = [(&http, "HTTP_PROXY"), (&https, "HTTPS_PROXY")].map(|(own, name)| {
            let candidates = [(own, name), (&all, "ALL_PROXY")];
            candidates
                .into_iter()
                .find(|(text, _)| !text.is_empty())
                .map(|(_, name)| name)
        });
        if named == [None, None] {
            return Self::none();
        }
        let builder = || {
            let builder = Matcher::builder().all(all.as_str());
            builder.http(http.as_str()).https(https.as_str())
        };
        let unexcepted = builder().build();
        Self(Some(Arc::new(Inner {
            matcher: builder().no(no).build(),
            unexcepted,
            named,
        })))
    }

    /// Refuses what cannot be spoken to, before any request needs it.
    pub(super) fn check(&self) -> Result<(), ClientError> {
        let Some(inner) = &self.0 else { return Ok(()) };
        for (variable, sample) in inner.named.into_iter().zip(SAMPLES) {
            let Some(variable) = variable else { continue };
            let found = inner.unexcepted.intercept(&Uri::from_static(sample));
            let why = match found.as_ref().and_then(|proxy| proxy.uri().scheme_str()) {
                Some("http") => continue,
                Some("https") => "proxies reached by https:// are not supported; use http://",
                Some(_) => "SOCKS proxies are not supported; use one reached by http://",
                None => "it is no URL of a proxy; write http://HOST:PORT",
            };
            return Err(ClientError::Proxy { variable, why });
        }
        Ok(())
    }

    /// The proxy for a target.
    pub(super) fn of(&self, target: &Uri) -> Option<Proxy> {
        self.0.as_ref()?.matcher.intercept(target).map(Proxy)
    }

    /// The proxy for targets in clear that are not excepted.
    pub(super) fn of_clear(&self) -> Option<Proxy> {
        let sample = Uri::from_static(SAMPLES[0]);
        self.0.as_ref()?.unexcepted.intercept(&sample).map(Proxy)
    }
}

impl Proxy {
    pub(super) fn host(&self) -> &str {
        self.0.uri().host().unwrap_or_default()
    }

    pub(super) fn port(&self) -> u16 {
        self.0.uri().port_u16().unwrap_or(80)
    }

    /// Host and port, as errors show it.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host(), self.port())
    }

    /// `Proxy-Authorization` (RFC 9110, 11.7.2), if it wants credentials.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        self.0.basic_auth().cloned()
    }

    /// Asks over a connection to the proxy for one to a target, by name (RFC 9110, 9.3.6).
    pub(super) async fn tunnel(
        &self,
        tcp: TcpStream,
        target: &Target,
    ) -> Result<TcpStream, ConnectError> {
        let authority = target.authority();
        let broken = |why| ConnectError::TunnelBroken {
            proxy: self.name(),
            why,
        };
        let in_words = |error: hyper::Error| broken(hyper_in_words(&error));
        let mut request = Request::builder()
            .method(Method::CONNECT)
            .uri(&authority)
            .header(header::HOST, &authority);
        if let Some(authorization) = self.authorization() {
            request = request.header(header::PROXY_AUTHORIZATION, authorization);
        }
        let request = request.body(Empty::<Bytes>::new());
        let request = request.map_err(|error| broken(error.to_string()))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(tcp))
            .await
            .map_err(in_words)?;
        let exchange = async {
            let answer = sender.send_request(request).await.map_err(in_words)?;
            if !answer.status().is_success() {
                return Err(ConnectError::Tunnel {
                    proxy: self.name(),
                    status: answer.status(),
                });
            }
            hyper::upgrade::on(answer).await.map_err(in_words)
        };
        // The connection only serves the exchange, whose result says how it ended.
        let served = async {
            drop(connection.with_upgrades().await);
            std::future::pending().await
        };
        let upgraded = tokio::select! {
            result = exchange => result?,
            never = served => never,
        };
        let parts = upgraded.downcast::<TokioIo<TcpStream>>();
        let parts = parts.map_err(|_| broken("it is no tunnel".to_owned()))?;
        // The server speaks after the client in TLS and in HTTP.
        if !parts.read_buf.is_empty() {
            return Err(broken("it sent more than the answer".to_owned()));
        }
        Ok(parts.io.into_inner())
    }
}

impl fmt::Debug for Proxies {
    /// Without addresses and credentials.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.0.as_ref().map(|inner| inner.named);
        out.debug_tuple("Proxies")
            .field(&named.unwrap_or_default())
            .finish()
    }
}
