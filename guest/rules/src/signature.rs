//! Signs a body, so that its receiver knows who sent it and that it is whole.
//!
//! `X-Servo-Signature` is that of the original connector: lower-case hex of
//! HMAC-SHA1 (RFC 2104) over the exact bytes of the body.

use crate::render::Header;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Why a secret cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError {
    /// Its place in the list.
    pub secret: u32,
    /// Why, without quoting it.
    pub message: String,
}

/// What tells one attempt from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The same on every attempt.
    pub delivery: String,
    /// Counts from 1.
    pub attempt: u32,
    /// Nanoseconds since 1970.
    pub now: u64,
}

/// The headers that change with webhook and attempt.
///
/// # Errors
/// A list without secrets, or with an empty one.
pub fn sign<S: AsRef<[u8]>>(
    scheme: &str,
    secrets: &[S],
    _stamp: &Stamp,
    body: &[u8],
) -> Result<Vec<Header>, SecretError> {
    let fault = |secret, message: &str| SecretError {
        secret,
        message: message.to_owned(),
    };
    if !scheme.is_empty() {
        return Err(fault(0, "the scheme is not this component's"));
    }
    if let Some(empty) = (0_u32..)
        .zip(secrets)
        .find(|(_, secret)| secret.as_ref().is_empty())
    {
        return Err(fault(empty.0, "the secret is empty"));
    }
    let current = secrets
        .first()
        .ok_or_else(|| fault(0, "there is no secret to sign with"))?;
    let value =
        hmac_sha1(current.as_ref(), body).ok_or_else(|| fault(0, "the secret is no key"))?;
    Ok(vec![Header {
        name: "X-Servo-Signature".to_owned(),
        value,
    }])
}

fn hmac_sha1(key: &[u8], body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(body);
    Some(hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            delivery: "d".to_owned(),
            attempt: 1,
            now: 0,
        }
    }

    /// The test cases of RFC 2202, section 3.
    #[test]
    fn rfc_2202() {
        let long = [0xaa; 80];
        let cases: [(&[u8], &[u8], &str); 4] = [
            (
                &[0x0b; 20],
                b"Hi There",
                "b617318655057264e28bc0b6fb378c8ef146be00",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
            (
                &[0xaa; 20],
                &[0xdd; 50],
                "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
            ),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            ),
        ];
        for (key, body, expected) in cases {
            let headers = sign("", &[key], &stamp(), body).unwrap();
            assert_eq!(headers.len(), 1);
            assert_eq!(headers[0].name, "X-Servo-Signature");
            assert_eq!(headers[0].value, expected);
        }
    }

    #[test]
    fn the_first_secret_is_the_current_one() {
        let both = sign("", &["new", "old"], &stamp(), b"x").unwrap();
        assert_eq!(both, sign("", &["new"], &stamp(), b"x").unwrap());
        assert_ne!(both, sign("", &["old"], &stamp(), b"x").unwrap());
    }

    #[test]
    fn unusable_secrets() {
        assert_eq!(sign::<&str>("", &[], &stamp(), b"").unwrap_err().secret, 0);
        assert_eq!(sign("", &["a", ""], &stamp(), b"").unwrap_err().secret, 1);
        assert!(sign("v9", &["a"], &stamp(), b"").is_err());
    }
}
