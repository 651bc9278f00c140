//! Secrets of the commands that verify, and what they find.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::HeaderMap;
use rules::signature::{Fault, Request, verify};
use servo_webhooks::file;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// Where a secret is. It is never an argument itself: those can be read by others.
#[derive(Clone, Debug)]
pub enum Reference {
    Env(String),
    File(PathBuf),
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            // Not repeated: it may be the secret itself.
            _ => Err("write env:NAME or file:PATH".to_owned()),
        }
    }
}

impl Reference {
    fn resolve(&self) -> anyhow::Result<String> {
        let (secret, place) = match self {
            Self::Env(name) => (
                std::env::var(name).with_context(|| format!("the variable {name}"))?,
                name.clone(),
            ),
            Self::File(path) => {
                let place = path.display().to_string();
                let text = file::read_text(path, file::SECRET, file::Kind::FileOrPipe)
                    .map(Zeroizing::new)
                    .with_context(|| place.clone())?;
                let cut = text.strip_suffix('\n').unwrap_or(&text);
                (cut.strip_suffix('\r').unwrap_or(cut).to_owned(), place)
            }
        };
        ensure!(!secret.is_empty(), "{place}: the secret is empty");
        Ok(secret)
    }
}

/// Verifies requests.
pub struct Verifier {
    secrets: Vec<String>,
    tolerance: Duration,
}

impl Verifier {
    /// With these secrets, any of which may have signed.
    pub fn new(references: &[Reference], tolerance: Duration) -> anyhow::Result<Self> {
        let secrets: Result<_, _> = references.iter().map(Reference::resolve).collect();
        Ok(Self {
            secrets: secrets?,
            tolerance,
        })
    }

    /// With a secret of the program's own.
    pub fn with_secret(secret: &str) -> Self {
        Self {
            secrets: vec![secret.to_owned()],
            tolerance: Duration::ZERO,
        }
    }

    /// Whether there is anything to verify with.
    pub fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// The schemes that verified, or the first thing that is wrong.
    pub fn verify(&self, headers: &HeaderMap, body: &Bytes) -> Result<Vec<&'static str>, Fault> {
        let value = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let request = Request {
            servo: value("x-servo-signature"),
            id: value("webhook-id"),
            timestamp: value("webhook-timestamp"),
            standard: value("webhook-signature"),
            length: value("content-length"),
            body,
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        verify(
            &self.secrets,
            &request,
            now.as_secs(),
            self.tolerance.as_secs(),
        )
    }
}
