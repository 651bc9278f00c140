//! Who may hand in events.

use anyhow::{Context, bail, ensure};
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue};
use servo_webhooks::__internal::file;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Holds the token where no file is named.
const VARIABLE: &str = "SERVO_WEBHOOKS_TOKEN";

/// Says of a browser's request where the page is from.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The rule about who may hand in events.
pub enum Access {
    /// Whoever brings the token with this SHA-256: texts of different lengths take the
    /// same time to compare.
    Token([u8; 32]),
    /// Every program of this machine. A page in a browser of this machine is none.
    Local,
}

/// Why somebody may not.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No token.
    Missing,
    /// Another token.
    Wrong,
    /// A web page that anyone may have written.
    Page,
    /// A name of this machine that anyone may have given it.
    Host,
}

impl Access {
    /// By a token from a file or the environment; without one only on loopback.
    pub fn new(named: Option<&Path>, address: IpAddr) -> anyhow::Result<Self> {
        if let Some(path) = named {
            let text = file::read_text(path, file::SECRET, file::Kind::FileOrPipe)
                .map(Zeroizing::new)
                .with_context(|| format!("--token-file {}", path.display()))?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            return Self::token(line.strip_suffix('\r').unwrap_or(line))
                .with_context(|| format!("--token-file {}", path.display()));
        }
        match std::env::var(VARIABLE).map(Zeroizing::new) {
            Ok(token) => Self::token(&token).context(VARIABLE),
            Err(std::env::VarError::NotUnicode(_)) => bail!("{VARIABLE}: is not UTF-8"),
            Err(std::env::VarError::NotPresent) if address.is_loopback() => Ok(Self::Local),
            Err(std::env::VarError::NotPresent) => bail!(
                "{address} can be reached from other machines, so a token is required: set --token-file or {VARIABLE}, or listen on 127.0.0.1"
            ),
        }
    }

    fn token(token: &str) -> anyhow::Result<Self> {
        ensure!(!token.is_empty(), "is empty; it must hold a token");
        ensure!(
            token.bytes().all(|byte| byte.is_ascii_graphic()),
            "a token must be one line of visible ASCII characters"
        );
        Ok(Self::Token(Sha256::digest(token.as_bytes()).into()))
    }

    /// Whether a request may ask anything at all. Without a token it comes from this machine
    /// and from no page in its browser: not even from one whose name leads here.
    pub fn admits(&self, parts: &Parts) -> Result<(), Refusal> {
        if self.is_local() && parts.headers.contains_key(ORIGIN) {
            return Err(Refusal::Page);
        }
        self.admits_own(parts)
    }

    /// The same for a page of this program, which may have an `Origin`: its own.
    pub fn admits_own(&self, parts: &Parts) -> Result<(), Refusal> {
        if !self.is_local() {
            return Ok(());
        }
        let own = [b"same-origin".as_slice(), b"none"];
        if site(&parts.headers).is_some_and(|site| !own.contains(&site)) {
            return Err(Refusal::Page);
        }
        let host = parts.headers.get(HOST).map(HeaderValue::as_bytes);
        let absolute = parts
            .uri
            .authority()
            .map(|authority| authority.as_str().as_bytes());
        let is_elsewhere = |host: Option<&[u8]>| host.is_some_and(|host| !is_loopback(host));
        if host.is_none() || is_elsewhere(host) || is_elsewhere(absolute) {
            return Err(Refusal::Host);
        }
        Ok(())
    }

    /// Whether no token is needed.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }

    /// Whether this is the token; without one nothing is.
    pub fn is_token(&self, given: &[u8]) -> bool {
        let Self::Token(expected) = self else {
            return false;
        };
        let given: [u8; 32] = Sha256::digest(given).into();
        given.ct_eq(expected).into()
    }

    /// Whether a request may hand in an event.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match self {
            Self::Local => Ok(()),
            Self::Token(_) => match bearer(headers) {
                Some(given) if self.is_token(given) => Ok(()),
                Some(_) => Err(Refusal::Wrong),
                None => Err(Refusal::Missing),
            },
        }
    }
}

/// Whether a host, with or without a port, is this machine by a name that nobody can give
/// to it.
fn is_loopback(host: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(host) else {
        return false;
    };
    let name = authority.host();
    let address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    if authority.as_str().contains('@') {
        return false;
    }
    match address {
        Some(address) => address.parse() == Ok(Ipv6Addr::LOCALHOST),
        None => {
            let address = name.parse::<Ipv4Addr>();
            name.eq_ignore_ascii_case("localhost")
                || address.is_ok_and(|address| address.is_loopback())
        }
    }
}

/// What a browser says of where a request comes from.
pub fn site(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes)
}

/// The token of `Authorization: Bearer TOKEN`.
pub fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    credentials(headers, "bearer ")
}

/// What `Authorization` has behind a scheme, which ends in a space and whose case does not
/// matter.
pub fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a [u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (given, credentials) = value.split_at_checked(scheme.len())?;
    given
        .eq_ignore_ascii_case(scheme.as_bytes())
        .then_some(credentials.trim_ascii())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn with(name: http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn tokens() {
        let access = Access::token("s3cr3t").unwrap();
        for (value, expected) in [
            ("Bearer s3cr3t", Ok(())),
            ("bearer  s3cr3t", Ok(())),
            ("Bearer s3cr3", Err(Refusal::Wrong)),
            ("Bearer s3cr3tt", Err(Refusal::Wrong)),
            ("Bearer ", Err(Refusal::Wrong)),
            ("Basic s3cr3t", Err(Refusal::Missing)),
            ("s3cr3t", Err(Refusal::Missing)),
            ("Bearer", Err(Refusal::Missing)),
        ] {
            assert_eq!(
                access.check(&with(AUTHORIZATION, value)),
                expected,
                "{value}"
            );
        }
        assert_eq!(access.check(&HeaderMap::new()), Err(Refusal::Missing));
        for token in ["", "a b", "a\nb", "é"] {
            assert!(Access::token(token).is_err(), "{token:?}");
        }
    }

    #[test]
    fn pages_are_not_local() {
        let asks = |uri: &str, headers: &[(&'static str, &str)]| {
            let mut request = http::Request::get(uri);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            Access::Local.admits(&request.body(()).unwrap().into_parts().0)
        };
        for host in [
            "localhost",
            "LocalHost:8081",
            "127.0.0.1",
            "127.1.2.3:80",
            "[::1]",
            "[::1]:8081",
        ] {
            assert_eq!(asks("/health", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "localhost@example.com",
            "example.com@localhost",
            "127.0.0.1.example.com",
            "128.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::2]:80",
            "::1",
            "localhost, example.com",
            "192.168.0.1:8081",
        ] {
            assert_eq!(
                asks("/health", &[("host", host)]),
                Err(Refusal::Host),
                "{host}"
            );
        }
        assert_eq!(asks("/health", &[]), Err(Refusal::Host));
        let elsewhere = asks("http://example.com/health", &[("host", "localhost")]);
        assert_eq!(elsewhere, Err(Refusal::Host));
        let local = ("host", "localhost");
        for (name, value, expected) in [
            ("origin", "https://example.com", Err(Refusal::Page)),
            ("origin", "null", Err(Refusal::Page)),
            ("sec-fetch-site", "cross-site", Err(Refusal::Page)),
            ("sec-fetch-site", "same-site", Err(Refusal::Page)),
            ("sec-fetch-site", "", Err(Refusal::Page)),
            ("sec-fetch-site", "same-origin", Ok(())),
            ("sec-fetch-site", "none", Ok(())),
        ] {
            assert_eq!(
                asks("/events", &[local, (name, value)]),
                expected,
                "{name}: {value}"
            );
        }
    }
}
