//! Secrets of the commands that verify, and what they find.

use super::input;
use anyhow::{Context, anyhow, ensure};
use bytes::Bytes;
use http::HeaderMap;
use jiff::SignedDuration;
use rules::signature::{Fault, Request, verify};
use servo_webhooks::__internal::file;
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
            _ => Err(
                "write env:NAME or file:PATH; other users of this machine can read arguments"
                    .to_owned(),
            ),
        }
    }
}

impl Reference {
    /// The file or variable that it is read from, for messages.
    fn place(&self) -> String {
        match self {
            Self::Env(name) => format!("the variable {name}"),
            Self::File(path) => input::label(path),
        }
    }

    /// Whether it is read from standard input.
    pub fn is_standard_input(&self) -> bool {
        matches!(self, Self::File(path) if input::is_standard(path))
    }

    fn resolve(&self) -> anyhow::Result<String> {
        let secret = match self {
            Self::Env(name) => std::env::var(name).map_err(|error| match error {
                std::env::VarError::NotPresent => anyhow!("{} is not set", self.place()),
                std::env::VarError::NotUnicode(_) => anyhow!("{} is not UTF-8", self.place()),
            })?,
            Self::File(path) => {
                let text = input::read_text(path, file::SECRET)
                    .map(Zeroizing::new)
                    .with_context(|| self.place())?;
                let cut = text.strip_suffix('\n').unwrap_or(&text);
                cut.strip_suffix('\r').unwrap_or(cut).to_owned()
            }
        };
        ensure!(!secret.is_empty(), "{}: the secret is empty", self.place());
        // One that is no key is told before any request comes.
        if let Err(Fault::Secret(why)) = verify(&[&secret], &Request::default(), 0, 0) {
            return Err(anyhow!("{}: {why}", self.place()));
        }
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
        let standard = references.iter().filter(|one| one.is_standard_input());
        ensure!(
            standard.count() < 2,
            "only one --secret can be read from standard input"
        );
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

    /// The schemes that verified, or the first thing that is wrong, for people.
    pub fn verify(&self, headers: &HeaderMap, body: &Bytes) -> Result<Vec<&'static str>, String> {
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
        // Timestamps are whole seconds: those within the whole seconds of the tolerance are
        // those within the tolerance.
        verify(
            &self.secrets,
            &request,
            now.as_secs(),
            self.tolerance.as_secs(),
        )
        .map_err(|fault| self.said(&fault))
    }

    /// What is wrong; a tolerance in the units that it was given in.
    fn said(&self, fault: &Fault) -> String {
        match fault {
            Fault::Old(seconds, _) => format!(
                "timestamp too old: signed {} ago, more than the tolerance of {} (--tolerance)",
                length(Duration::from_secs(*seconds)),
                length(self.tolerance)
            ),
            Fault::Early(seconds, _) => format!(
                "timestamp too new: signed {} in the future, more than the tolerance of {} (--tolerance); check the clocks of both machines",
                length(Duration::from_secs(*seconds)),
                length(self.tolerance)
            ),
            fault => fault.to_string(),
        }
    }
}

/// A duration to its last digit: `5m`, `1m 30s`, `100ms`.
fn length(duration: Duration) -> String {
    SignedDuration::try_from(duration).map_or_else(
        |_| format!("{} s", duration.as_secs()),
        |duration| format!("{duration:#}"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn durations_are_exact() {
        for (milliseconds, expected) in [
            (0, "0s"),
            (100, "100ms"),
            (1_500, "1s 500ms"),
            (90_000, "1m 30s"),
            (300_000, "5m"),
            (86_400_000, "24h"),
        ] {
            assert_eq!(length(Duration::from_millis(milliseconds)), expected);
        }
    }
}
