//! What tells the forms of this page from those of others.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs forms, for as long as this process runs: one that another page made, or that was
/// shown to somebody else or for another action, has no signature that fits.
pub struct FormKey([u8; 32]);

impl FormKey {
    /// A new one.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub fn new() -> anyhow::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        Ok(Self(key))
    }

    /// What a form carries that this visitor may send to this path.
    pub fn sign(&self, visitor: &str, path: &str) -> String {
        let bytes = self
            .over(visitor, path)
            .map(|mac| mac.finalize().into_bytes());
        let mut text = String::new();
        for byte in bytes.unwrap_or_default() {
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }

    /// Whether a form carries it; the comparison takes the same time for each.
    pub fn fits(&self, visitor: &str, path: &str, given: &str) -> bool {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let pairs = given.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = pairs
            .map(|pair| match pair {
                [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
                _ => None,
            })
            .collect();
        let Some(mac) = self.over(visitor, path) else {
            return false;
        };
        bytes.is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
    }

    fn over(&self, visitor: &str, path: &str) -> Option<Hmac<Sha256>> {
        // A key may have any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        // Neither has a NUL in it.
        for part in [visitor, "\0", path] {
            mac.update(part.as_bytes());
        }
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::FormKey;

    #[test]
    fn a_form_is_for_one_visitor_one_action_and_one_process() {
        let (key, other) = (FormKey::new().unwrap(), FormKey::new().unwrap());
        let token = key.sign("anna", "/pause");
        assert_eq!(token.len(), 64);
        assert!(key.fits("anna", "/pause", &token));
        for (visitor, path) in [("bob", "/pause"), ("anna", "/resume"), ("anna/", "pause")] {
            assert!(!key.fits(visitor, path, &token), "{visitor} {path}");
        }
        assert!(!other.fits("anna", "/pause", &token));
        let cut = token.get(..62).unwrap();
        for wrong in ["", "0", "zz", cut, &format!("{token}00"), &"0".repeat(64)] {
            assert!(!key.fits("anna", "/pause", wrong), "{wrong}");
        }
    }
}
