//! Signatures: made for each attempt, the first one's with the rendering where that
//! saves an instance.

use crate::attempt::header_rules;
use crate::config::webhook::Webhook;
use crate::connector::{Contract, Sandbox, wit};
use crate::event::time::{new_id, unix_nanoseconds};
use crate::outbound::Scarcity;
use http::{HeaderName, HeaderValue};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How old signatures may be when the attempt begins: they carry the time, and whoever
/// checks that allows for minutes.
const KEEP: Duration = Duration::from_secs(1);

/// Deliveries of an event that are signed with it: more would hold up whoever comes next.
const MOST: usize = 128;

/// The headers of a delivery's first attempt that are its signatures.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    delivery: Uuid,
    headers: Vec<(HeaderName, HeaderValue)>,
    made: Instant,
}

/// Signs first attempts in the instance that rendered the event, for the webhooks that
/// share the keys of the first: no others come into it.
pub(crate) struct EarlySigner<'a> {
    sandbox: Option<Sandbox>,
    first: Option<&'a Webhook>,
    allowed: usize,
}

impl<'a> EarlySigner<'a> {
    /// Takes over the instance; without one it signs nothing.
    pub(crate) fn new(sandbox: Option<Sandbox>) -> Self {
        Self {
            sandbox,
            first: None,
            allowed: MOST,
        }
    }

    /// Signs a body for a webhook, where that saves an instance. A failure is not told,
    /// since the attempt signs again.
    pub(crate) fn sign(&mut self, webhook: &'a Webhook, body: &[u8]) -> Option<Signed> {
        let sandbox = self.sandbox.as_mut()?;
        let first = *self.first.get_or_insert(webhook);
        if self.allowed == 0 || !first.has_keys_of(webhook) {
            return None;
        }
        self.allowed -= 1;
        let delivery = new_id();
        let mut buffer = Uuid::encode_buffer();
        let id = delivery.hyphenated().encode_lower(&mut buffer);
        let Ok(headers) = sign(Some(sandbox), webhook, (id, 1), body) else {
            self.sandbox = None;
            return None;
        };
        Some(Signed {
            delivery,
            headers,
            made: Instant::now(),
        })
    }

    /// The instance.
    pub(crate) fn into_sandbox(self) -> Option<Sandbox> {
        self.sandbox
    }
}

impl Signed {
    /// The headers, unless they are too old for an attempt that begins now.
    pub(crate) fn into_headers(self, now: Instant) -> Option<Vec<(HeaderName, HeaderValue)>> {
        (now.saturating_duration_since(self.made) < KEEP).then_some(self.headers)
    }
}

/// The id of a delivery, `X-Servo-Delivery`: a new one, or that which was signed.
pub(crate) fn delivery(signed: Option<&Signed>) -> Uuid {
    signed.map_or_else(new_id, |signed| signed.delivery)
}

/// Why an attempt has no signatures; the text does not hold the keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub(crate) struct SignError {
    why: String,
    /// What this machine lacks, if that is why.
    pub scarcity: Option<Scarcity>,
}

impl<T: Into<String>> From<T> for SignError {
    fn from(why: T) -> Self {
        Self {
            why: why.into(),
            scarcity: None,
        }
    }
}

/// Signs an attempt: the id of its delivery, and its number.
///
/// # Errors
/// Why it cannot be signed.
pub(crate) fn sign(
    sandbox: Option<&mut Sandbox>,
    webhook: &Webhook,
    (delivery, attempt): (&str, u32),
    body: &[u8],
) -> Result<Vec<(HeaderName, HeaderValue)>, SignError> {
    let secrets = webhook.secrets.iter();
    let secrets: Vec<&str> = secrets.map(|secret| secret.expose()).collect();
    let context = wit::SigningContext {
        delivery,
        attempt,
        now: unix_nanoseconds(),
    };
    let signatures = Contract::of(&webhook.connector)
        .sign_in(
            sandbox,
            &webhook.scheme,
            &secrets,
            context,
            wit::Content::from(body),
        )
        .map_err(|error| SignError {
            why: error.to_string(),
            scarcity: error.scarcity(),
        })?
        .map_err(|error| format!("secret {}: {}", error.secret, error.message))?;
    Ok(header_rules::signatures(&signatures).map_err(|error| error.to_string())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_long_ago_is_signed_again() {
        let made = Instant::now();
        let after = |age| {
            let signed = Signed {
                delivery: Uuid::nil(),
                headers: vec![(header_rules::SIGNATURE, HeaderValue::from_static("sha1=0"))],
                made,
            };
            signed.into_headers(made + age)
        };
        assert_eq!(after(Duration::ZERO).map(|list| list.len()), Some(1));
        assert_eq!(after(KEEP), None);
    }
}
