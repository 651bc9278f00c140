//! `X-Servo-Signature`: lower-case hex of HMAC-SHA1 (RFC 2104) over the exact bytes of
//! the body, under the first key of its kind.

use super::key::Key;
use crate::header::Header;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Why there is none.
pub const NO_KEY: &str = "no key signs X-Servo-Signature: keys with whsec_ and whsk_ are for `signatures: standard` alone; \
     write that, or add a secret without a prefix";

/// The header; none without a key of its kind.
pub fn header(keys: &[Key<'_>], body: &[u8]) -> Option<Header> {
    let current = keys.iter().find_map(|key| match key {
        Key::Servo(key) => Some(*key),
        _ => None,
    })?;
    let mac = Hmac::<Sha1>::new_from_slice(current).ok()?;
    // Into a place of its size: a text that grows digit by digit takes four times as long.
    let mut digits = [0; 40];
    hex::encode_to_slice(mac.chain_update(body).finalize().into_bytes(), &mut digits).ok()?;
    Some(Header {
        name: "X-Servo-Signature".to_owned(),
        value: str::from_utf8(&digits).ok()?.to_owned(),
    })
}
