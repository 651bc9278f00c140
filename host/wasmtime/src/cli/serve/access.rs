//! Who may hand in events.

use anyhow::{Context, bail, ensure};
use http::HeaderMap;
use http::header::{AUTHORIZATION, ORIGIN};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::path::Path;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Holds the token where no file is named.
const VARIABLE: &str = "SERVO_WEBHOOKS_TOKEN";

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
}

impl Access {
    /// By a token from a file or the environment; without one only on loopback.
    pub fn new(file: Option<&Path>, address: IpAddr) -> anyhow::Result<Self> {
        if let Some(file) = file {
            let text = std::fs::read_to_string(file)
                .map(Zeroizing::new)
                .with_context(|| format!("--token-file {}", file.display()))?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            return Self::token(line.strip_suffix('\r').unwrap_or(line))
                .with_context(|| format!("--token-file {}", file.display()));
        }
        match std::env::var(VARIABLE).map(Zeroizing::new) {
            Ok(token) => Self::token(&token).context(VARIABLE),
            Err(std::env::VarError::NotUnicode(_)) => bail!("{VARIABLE}: is not UTF-8"),
            Err(std::env::VarError::NotPresent) if address.is_loopback() => Ok(Self::Local),
            Err(std::env::VarError::NotPresent) => bail!(
                "{address} can be reached from other machines, so requests must bring a token: name it with --token-file or {VARIABLE}, or listen on 127.0.0.1"
            ),
        }
    }

    fn token(token: &str) -> anyhow::Result<Self> {
        ensure!(!token.is_empty(), "is empty: give it a token");
        ensure!(
            token.bytes().all(|byte| byte.is_ascii_graphic()),
            "a token has visible characters of ASCII only, and is one line"
        );
        Ok(Self::Token(Sha256::digest(token.as_bytes()).into()))
    }

    /// Whether a request may hand in an event.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match self {
            Self::Local if headers.contains_key(ORIGIN) => Err(Refusal::Page),
            Self::Local => Ok(()),
            Self::Token(expected) => {
                let given = bearer(headers).ok_or(Refusal::Missing)?;
                let given: [u8; 32] = Sha256::digest(given).into();
                let fits = bool::from(given.ct_eq(expected));
                if fits { Ok(()) } else { Err(Refusal::Wrong) }
            }
        }
    }
}

/// The token of `Authorization: Bearer TOKEN`; the scheme's case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked("bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then_some(token.trim_ascii())
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
        let page = with(ORIGIN, "https://example.com");
        assert_eq!(Access::Local.check(&page), Err(Refusal::Page));
        assert_eq!(Access::Local.check(&HeaderMap::new()), Ok(()));
    }
}
