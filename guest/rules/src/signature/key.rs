//! What a secret is a key for, by its prefix.
//!
//! Standard Webhooks prefixes its keys, in base64: `whsec_` for HMAC, `whsk_` for the
//! private and `whpk_` for the public half of an ed25519 pair. Any other text is a key of
//! the scheme `servo`, as it stands. A key is never used for two things.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::{SigningKey, VerifyingKey};

/// With padding or without: keys are pasted from many places.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret, read.
pub enum Key<'a> {
    /// For `X-Servo-Signature`.
    Servo(&'a [u8]),
    /// For `v1`.
    Hmac(Vec<u8>),
    /// For `v1a`.
    Ed25519(Box<SigningKey>),
    /// To verify `v1a` with, and for nothing else.
    Public(Box<VerifyingKey>),
}

impl<'a> Key<'a> {
    /// Reads a secret.
    ///
    /// # Errors
    /// If it is empty, or not what its prefix says. Does not quote it.
    pub fn read(secret: &'a [u8]) -> Result<Self, String> {
        if secret.is_empty() {
            Err("the secret is empty".to_owned())
        } else if let Some(key) = secret.strip_prefix(b"whsec_") {
            hmac(key).map(Self::Hmac)
        } else if let Some(key) = secret.strip_prefix(b"whsk_") {
            ed25519(key).map(|key| Self::Ed25519(Box::new(key)))
        } else if let Some(key) = secret.strip_prefix(b"whpk_") {
            public(key).map(|key| Self::Public(Box::new(key)))
        } else {
            Ok(Self::Servo(secret))
        }
    }
}

fn hmac(base64: &[u8]) -> Result<Vec<u8>, String> {
    match BASE64.decode(base64) {
        Ok(key) if (24..=64).contains(&key.len()) => Ok(key),
        _ => Err("a whsec_ key must be 24 to 64 bytes in base64".to_owned()),
    }
}

/// The seed alone, or the seed and the public key, as libraries write it.
fn ed25519(base64: &[u8]) -> Result<SigningKey, String> {
    let refused = || {
        "a whsk_ key must be the 32 bytes of an ed25519 seed in base64, or 64 with its public key"
            .to_owned()
    };
    let bytes = BASE64.decode(base64).map_err(|_| refused())?;
    let seed: [u8; 32] = bytes
        .get(..32)
        .and_then(|seed| seed.try_into().ok())
        .ok_or_else(refused)?;
    let key = SigningKey::from_bytes(&seed);
    match &bytes[32..] {
        [] => Ok(key),
        public if public == key.verifying_key().as_bytes() => Ok(key),
        _ => Err(refused()),
    }
}

fn public(base64: &[u8]) -> Result<VerifyingKey, String> {
    let bytes = BASE64.decode(base64).ok();
    let key = bytes.and_then(|bytes| VerifyingKey::try_from(bytes.as_slice()).ok());
    key.ok_or_else(|| {
        "a whpk_ key must be the 32 bytes of an ed25519 public key in base64".to_owned()
    })
}
