//! Proxies that the environment names: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
//!
//! A proxy is exempt from the rule of where requests may go; what is asked of it is
//! not: it is looked up and vetted here first. The proxy is then asked by name, so that
//! lists of names and virtual hosts work, and is trusted to connect to what it was asked for.

mod exceptions;

use super::connect_error::ConnectError;
use super::egress::is_host_name;
use super::setup_error::ClientError;
use super::target::Target;
use super::wording::hyper_in_words;
use crate::error::Error;
use bytes::Bytes;
use exceptions::Exceptions;
use http::uri::Scheme;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use tokio::net::TcpStream;

/// Which proxy a request goes through, if any. Credentials are never shown.
#[derive(Clone, Default)]
pub struct Proxies(Option<Arc<Inner>>);

struct Inner {
    /// For http, and for https.
    named: [Option<Named>; 2],
    exceptions: Result<Exceptions, String>,
}

/// What a variable says.
struct Named {
    variable: &'static str,
    proxy: Result<Proxy, &'static str>,
}

/// A proxy for one request.
#[derive(Clone)]
pub(super) struct Proxy(Intercept);

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
        // What is no UTF-8 is told as what it is: unreadable.
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self::from_variables(|name| std::env::var_os(name).map(lossy))
    }

    /// This one for all requests, by its URL: `http://HOST:PORT`, with user and password if it
    /// wants them. Targets in `exceptions`, as `NO_PROXY` has them, are reached without it.
    ///
    /// # Errors
    /// Why it cannot be used, without any of it.
    ///
    /// # Examples
    /// ```
    /// use servo_webhooks::Proxies;
    ///
    /// assert!(Proxies::from_url("http://proxy.example:3128", "localhost, .internal").is_ok());
    /// assert!(Proxies::from_url("socks5://proxy.example", "").is_err());
    /// ```
    pub fn from_url(url: &str, exceptions: &str) -> Result<Self, Error> {
        let proxy = Proxy::parse(url).map_err(|why| ClientError::ProxyUrl(why.to_owned()))?;
        let exceptions = Exceptions::parse(exceptions).map_err(ClientError::ProxyUrl)?;
        let named = || {
            Some(Named {
                variable: "URL",
                proxy: Ok(proxy.clone()),
            })
        };
        Ok(Self(Some(Arc::new(Inner {
            named: [named(), named()],
            exceptions: Ok(exceptions),
        }))))
    }

    /// Those of variables, each in upper case or else in lower case.
    pub(super) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| {
            let found = variable(name).or_else(|| variable(&name.to_ascii_lowercase()));
            found.unwrap_or_default()
        };
        let all = value("ALL_PROXY");
        let named = ["HTTP_PROXY", "HTTPS_PROXY"].map(|name| {
            let candidates = [(value(name), name), (all.clone(), "ALL_PROXY")];
            let mut named = candidates.into_iter().filter(|(text, _)| !text.is_empty());
            named.next().map(|(text, variable)| Named {
                variable,
                proxy: Proxy::parse(&text),
            })
        });
        if named.iter().all(Option::is_none) {
            return Self::none();
        }
        Self(Some(Arc::new(Inner {
            named,
            exceptions: Exceptions::parse(&value("NO_PROXY")),
        })))
    }

    /// Refuses what cannot be spoken to, before any request needs it.
    pub(super) fn check(&self) -> Result<(), ClientError> {
        let Some(inner) = &self.0 else { return Ok(()) };
        for named in inner.named.iter().flatten() {
            if let Err(why) = named.proxy {
                let (variable, why) = (named.variable, why.to_owned());
                return Err(ClientError::Proxy { variable, why });
            }
        }
        match &inner.exceptions {
            Ok(_) => Ok(()),
            Err(why) => Err(ClientError::Proxy {
                variable: "NO_PROXY",
                why: why.clone(),
            }),
        }
    }

    /// The proxy for a target.
    pub(super) fn of(&self, target: &Uri) -> Option<Proxy> {
        let inner = self.0.as_ref()?;
        let secure = target.scheme() == Some(&Scheme::HTTPS);
        let port = target.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let host = target.host().unwrap_or_default();
        match &inner.exceptions {
            Ok(exceptions) if exceptions.contain(host, port) => None,
            _ => inner.proxy(secure),
        }
    }
}

impl Inner {
    fn proxy(&self, secure: bool) -> Option<Proxy> {
        let named = self.named[usize::from(secure)].as_ref()?;
        named.proxy.clone().ok()
    }
}

impl Proxy {
    /// Reads the URL of a proxy; `http://` may be left out, and so may the port, 80.
    ///
    /// # Errors
    /// Why it cannot be used, without any of it.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        match &*scheme.to_ascii_lowercase() {
            "http" => {}
            "https" => {
                return Err("proxies reached by https:// are not supported; use http://");
            }
            "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
                return Err("SOCKS proxies are not supported; use one reached by http://");
            }
            _ => return Err("it is no URL of a proxy; write http://HOST:PORT"),
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err("it has a path, a query or an unescaped password; write http://HOST:PORT");
        }
        let (_, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (place, "80"),
        };
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err("its port is no number from 1 to 65535; write http://HOST:PORT");
        }
        let address = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let is_host = match address {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => host.parse::<Ipv4Addr>().is_ok() || is_host_name(host),
        };
        if !is_host {
            return Err("its host is neither a name nor an address; write http://HOST:PORT");
        }
        let matcher = Matcher::builder().all(format!("http://{rest}")).build();
        let found = matcher.intercept(&Uri::from_static("http://sample.example/"));
        found
            .map(Self)
            .ok_or("it is no URL of a proxy; write http://HOST:PORT, with what is special in a password escaped by %")
    }

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
        let named = self.0.iter().flat_map(|inner| inner.named.iter().flatten());
        let variables: Vec<_> = named.map(|named| named.variable).collect();
        out.debug_tuple("Proxies").field(&variables).finish()
    }
}
