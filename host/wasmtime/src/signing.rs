//! Signatures: made for each attempt, the first one's with the rendering where that
//! saves an instance.

use crate::connector::{Connector, Sandbox, wit};
use crate::headers;
use crate::parcel;
use crate::time::unix_nanoseconds;
use crate::webhook::Webhook;
use http::{HeaderName, HeaderValue};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How old signatures may be when the attempt begins: they carry the time, and whoever
/// checks that allows for minutes.
const KEEP: Duration = Duration::from_secs(1);

/// The headers of a delivery's first attempt that are its signatures.
#[derive(Clone, Debug)]
pub struct Signed {
    delivery: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    made: Instant,
}

impl Signed {
    /// Signs what an instance has rendered for the webhook. A failure is not told here,
    /// since the attempt signs again.
    pub fn ahead(
        connector: &Connector,
        sandbox: Sandbox,
        webhook: &Webhook,
        body: &[u8],
    ) -> Option<Self> {
        let delivery = delivery(None);
        let headers = sign(connector, Some(sandbox), webhook, (&delivery, 1), body).ok()?;
        Some(Self {
            delivery,
            headers,
            made: Instant::now(),
        })
    }

    /// The headers, unless they are too old.
    pub fn into_headers(self) -> Option<Vec<(HeaderName, HeaderValue)>> {
        (self.made.elapsed() < KEEP).then_some(self.headers)
    }
}

/// The id of a delivery, `X-Servo-Delivery`: a new one, or that which was signed.
pub fn delivery(signed: Option<&Signed>) -> String {
    match signed {
        Some(signed) => signed.delivery.clone(),
        None => Uuid::now_v7().to_string(),
    }
}

/// Signs an attempt: the id of its delivery, and its number.
///
/// # Errors
/// Why it cannot be signed; the text does not hold the keys.
pub fn sign(
    connector: &Connector,
    sandbox: Option<Sandbox>,
    webhook: &Webhook,
    (delivery, attempt): (&str, u32),
    body: &[u8],
) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let secrets = webhook.secrets.iter();
    let secrets: Vec<&str> = secrets.map(|secret| secret.expose()).collect();
    let stamp = wit::Stamp {
        delivery,
        attempt,
        now: unix_nanoseconds(),
    };
    let signatures = connector
        .sign_in(
            sandbox,
            &webhook.scheme,
            &secrets,
            stamp,
            parcel::content(body),
        )
        .map_err(|error| error.to_string())?
        .map_err(|error| format!("secret {}: {}", error.secret, error.message))?;
    headers::signatures(&signatures).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_long_ago_is_signed_again() {
        let signed = |age| Signed {
            delivery: "d".to_owned(),
            headers: vec![(headers::SIGNATURE, HeaderValue::from_static("sha1=0"))],
            made: Instant::now().checked_sub(age).unwrap_or_else(Instant::now),
        };
        assert_eq!(
            signed(Duration::ZERO).into_headers().map(|list| list.len()),
            Some(1)
        );
        assert_eq!(signed(KEEP).into_headers(), None);
    }
}
