//! Standard Webhooks, <https://www.standardwebhooks.com>: `v1` is base64 of HMAC-SHA256,
//! `v1a` of ed25519 (RFC 8032), both over `ID.TIMESTAMP.BODY`.
//!
//! Each key of their kinds makes one signature, so that a receiver may have any of them
//! while they rotate. The timestamp, in seconds, is the attempt's own.

use super::context::SigningContext;
use super::key::Key;
use crate::header::Header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Why there is none.
pub const NO_KEY: &str = "no key signs `standard`: add one with whsec_ (HMAC) or whsk_ (ed25519)";

/// The three headers; none without a key of their kinds.
pub fn headers(keys: &[Key<'_>], context: &SigningContext, body: &[u8]) -> Option<[Header; 3]> {
    let timestamp = (context.now / 1_000_000_000).to_string();
    let content = content(&context.delivery, &timestamp, body);
    let signatures: Vec<String> = keys
        .iter()
        .filter_map(|key| signature(key, &content))
        .collect();
    if signatures.is_empty() {
        return None;
    }
    let header = |name: &str, value: String| Header {
        name: name.to_owned(),
        value,
    };
    Some([
        header("webhook-id", context.delivery.clone()),
        header("webhook-timestamp", timestamp),
        header("webhook-signature", signatures.join(" ")),
    ])
}

/// What is signed.
pub fn content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

fn signature(key: &Key<'_>, content: &[u8]) -> Option<String> {
    match key {
        Key::Servo(_) | Key::Public(_) => None,
        Key::Hmac(key) => {
            let mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            let code = mac.chain_update(content).finalize().into_bytes();
            Some(format!("v1,{}", STANDARD.encode(code)))
        }
        Key::Ed25519(key) => Some(format!(
            "v1a,{}",
            STANDARD.encode(key.sign(content).to_bytes())
        )),
    }
}
