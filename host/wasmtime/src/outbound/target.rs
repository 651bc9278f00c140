//! Where a request goes: a URL, of which only the origin is ever shown.

use http::{HeaderValue, Uri};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use url::{Host, Url};

/// A checked URL. Cloning shares it.
#[derive(Clone)]
pub struct Target {
    inner: Arc<Inner>,
}

struct Inner {
    uri: Uri,
    origin: String,
    host: String,
    address: Option<IpAddr>,
    port: u16,
    https: bool,
    host_header: HeaderValue,
}

/// Why a URL cannot be used; nothing behind its host is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The URL parser's word (WHATWG).
    #[error("is not a valid URL: {0}")]
    Url(#[from] url::ParseError),
    /// Another scheme.
    #[error("must start with http:// or https://")]
    Scheme,
    /// A host is missing.
    #[error("needs a host, as in https://example.com/")]
    Host,
    /// Credentials in the URL.
    #[error(
        "must not contain a user or password; put credentials in a header such as Authorization"
    )]
    Userinfo,
    /// Port 0.
    #[error("has an invalid port; write a number from 1 to 65535, or remove it")]
    Port,
    /// Something that HTTP cannot carry.
    #[error("contains characters that a request cannot carry; percent-encode them, as in %20")]
    Characters,
}

impl Target {
    /// Parses a URL as browsers do (WHATWG): odd spellings of an address, such as
    /// `0x7f.1`, become the address they mean. A fragment is dropped.
    ///
    /// # Errors
    /// Says what to write.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let mut url = Url::parse(text)?;
        let https = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(TargetError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Userinfo);
        }
        url.set_fragment(None);
        let (host, address) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), None),
            Some(Host::Ipv4(address)) => (address.to_string(), Some(address.into())),
            Some(Host::Ipv6(address)) => (address.to_string(), Some(address.into())),
            None => return Err(TargetError::Host),
        };
        let port = url
            .port_or_known_default()
            .filter(|port| *port != 0)
            .ok_or(TargetError::Port)?;
        let origin = url.origin().ascii_serialization();
        let uri = Uri::try_from(url.as_str()).map_err(|_| TargetError::Characters)?;
        // The port only where it is not the scheme's own (RFC 9110, 7.2).
        let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let host_header = HeaderValue::from_str(authority).map_err(|_| TargetError::Characters)?;
        Ok(Self {
            inner: Arc::new(Inner {
                host_header,
                uri,
                origin,
                host,
                address,
                port,
                https,
            }),
        })
    }

    /// For requests.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.inner.uri
    }

    /// Scheme, host and port: the part that is no secret.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// A name, or an address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.inner.host
    }

    /// What a request in HTTP/1.1 says of it in `Host`.
    pub(crate) fn host_header(&self) -> &HeaderValue {
        &self.inner.host_header
    }

    /// Host and port, as a proxy is asked for them (RFC 9110, 9.3.6).
    #[must_use]
    pub(crate) fn authority(&self) -> String {
        match self.address() {
            Some(IpAddr::V6(address)) => format!("[{address}]:{}", self.port()),
            _ => format!("{}:{}", self.host(), self.port()),
        }
    }

    /// The address, if the host is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.inner.address
    }

    /// The port, its scheme's default if none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.inner.port
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.inner.https
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.origin())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.origin())
    }
}
