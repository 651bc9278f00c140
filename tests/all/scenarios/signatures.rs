//! Signatures of Standard Webhooks, made by other means than the connector's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{SignatureScheme, sign::SigningKey};
use sha2::Sha256;
use std::sync::Arc;

/// What stands before the seed of an ed25519 key in PKCS #8 (RFC 8410, section 7).
const BEFORE_SEED: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The signature that a key makes over an id, a time and a body.
pub fn standard(key: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    if let Some(secret) = key.strip_prefix("whsec_") {
        let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(secret).unwrap()).unwrap();
        mac.update(&content);
        return format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    }
    let secret = key
        .strip_prefix("whsk_")
        .expect("a key of Standard Webhooks");
    let seed = &STANDARD.decode(secret).unwrap()[..32];
    let signature = ed25519(seed)
        .choose_scheme(&[SignatureScheme::ED25519])
        .unwrap()
        .sign(&content);
    format!("v1a,{}", STANDARD.encode(signature.unwrap()))
}

fn ed25519(seed: &[u8]) -> Arc<dyn SigningKey> {
    let key = PrivatePkcs8KeyDer::from([&BEFORE_SEED, seed].concat());
    any_eddsa_type(&key).unwrap()
}

#[test]
fn published_vectors() {
    let text =
        std::fs::read_to_string(crate::support::data("vectors/standard-webhooks.json")).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let vectors = read["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 64);
    for vector in vectors {
        for version in ["v1", "v1a"] {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let (key, id) = (text(&vector[version]["key"]), text(&vector["id"]));
            let made = standard(
                &key,
                &id,
                &vector["timestamp"].to_string(),
                text(&vector["body"]).as_bytes(),
            );
            assert_eq!(made, text(&vector[version]["signature"]));
        }
    }
}
