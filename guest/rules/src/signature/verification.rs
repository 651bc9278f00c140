//! Verifies a request, and says exactly what is wrong with it.
//!
//! Whole signatures alone count, and all comparisons take the same time whatever they find.

use super::key::Key;
use super::standard::content;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// What of a request is verified: headers as they came, none where they did not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// `X-Servo-Signature`.
    pub servo: Option<&'a str>,
    /// `webhook-id`.
    pub id: Option<&'a str>,
    /// `webhook-timestamp`.
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`.
    pub standard: Option<&'a str>,
    /// `Content-Length`.
    pub length: Option<&'a str>,
    /// Byte for byte.
    pub body: &'a [u8],
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It carries no signature.
    Unsigned,
    /// Nobody can tell: there is no key for what it carries; which.
    NoKey(&'static str),
    /// A secret is no key, and why.
    Secret(String),
    /// The body is not as long as was said: the length said, and that of the body.
    Length(String, usize),
    /// A header is missing or is not what it should be.
    Header(&'static str, &'static str),
    /// None of the versions of `webhook-signature` is known: those that it has.
    Unknown(String),
    /// The signature of a scheme is another one; what would fit, if anything does.
    Wrong(&'static str, Option<&'static str>),
    /// Signed so many seconds ago, and so many are allowed.
    Old(u64, u64),
    /// Signed so many seconds in the future, and so many are allowed.
    Early(u64, u64),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsigned => {
                out.write_str("unsigned: no X-Servo-Signature or webhook-signature header")
            }
            Self::NoKey(scheme) => {
                let kind = match *scheme {
                    SERVO => "without the prefix whsec_, whsk_ or whpk_",
                    _ => "that starts with whsec_, whsk_ or whpk_",
                };
                write!(out, "no secret can verify {scheme}: pass one {kind}")
            }
            Self::Secret(why) => write!(out, "unusable secret: {why}"),
            Self::Length(said, found) => write!(
                out,
                "body changed: Content-Length is {said}, but the body has {found} bytes"
            ),
            Self::Header(name, why) => write!(out, "{name} {why}"),
            Self::Unknown(versions) => write!(
                out,
                "unknown signature scheme: webhook-signature has {versions}; v1 and v1a are supported"
            ),
            Self::Wrong(scheme, None) => write!(
                out,
                "{scheme} does not match: signed with a different secret, or the body was changed"
            ),
            Self::Wrong(scheme, Some(fits)) => write!(out, "{scheme} does not match: {fits}"),
            Self::Old(seconds, most) => write!(
                out,
                "timestamp too old: signed {seconds} s ago, and {most} s are allowed"
            ),
            Self::Early(seconds, most) => write!(
                out,
                "timestamp too new: signed {seconds} s in the future, and {most} s are allowed; see to the clocks"
            ),
        }
    }
}

/// Verifies every signature that a request carries; gives their schemes. `now` is in
/// seconds since 1970, `tolerance` in seconds.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify<S: AsRef<[u8]>>(
    secrets: &[S],
    request: &Request<'_>,
    now: u64,
    tolerance: u64,
) -> Result<Vec<&'static str>, Fault> {
    let keys: Result<Vec<Key<'_>>, String> = secrets
        .iter()
        .map(|secret| Key::read(secret.as_ref()))
        .collect();
    let keys = keys.map_err(Fault::Secret)?;
    if let Some(said) = request.length
        && said.trim().parse() != Ok(request.body.len())
    {
        return Err(Fault::Length(said.to_owned(), request.body.len()));
    }
    let mut verified = Vec::new();
    if let Some(signature) = request.servo {
        verify_servo(&keys, signature, request.body)?;
        verified.push("X-Servo-Signature");
    }
    if let Some(signatures) = request.standard {
        verified.push(verify_standard(&keys, signatures, request, now, tolerance)?);
    }
    if verified.is_empty() {
        return Err(Fault::Unsigned);
    }
    Ok(verified)
}

const SERVO: &str = "X-Servo-Signature";

fn verify_servo(keys: &[Key<'_>], signature: &str, body: &[u8]) -> Result<(), Fault> {
    let code = hex::decode(signature).ok().filter(|code| code.len() == 20);
    let code = code.ok_or(Fault::Header(SERVO, "is not 40 hexadecimal digits"))?;
    let keys: Vec<&[u8]> = keys
        .iter()
        .filter_map(|key| match key {
            Key::Servo(key) => Some(*key),
            _ => None,
        })
        .collect();
    if keys.is_empty() {
        return Err(Fault::NoKey(SERVO));
    }
    let fits = |key: &[u8], body: &[u8]| {
        let mac = Hmac::<Sha1>::new_from_slice(key).ok();
        mac.is_some_and(|mac| mac.chain_update(body).verify_slice(&code).is_ok())
    };
    if keys.iter().any(|key| fits(key, body)) {
        return Ok(());
    }
    // What happens most: an editor's newline at the end, of the body or of the secret.
    let cut = body.strip_suffix(b"\n").unwrap_or(body);
    let longer = [body, b"\n"].concat();
    let hint = keys.iter().find_map(|key| {
        let newline = [key, &b"\n"[..]].concat();
        if fits(key, cut) {
            Some("the body has a newline at its end that was not signed")
        } else if fits(key, &longer) {
            Some("the newline at the end of the signed body is missing")
        } else if fits(&newline, body) || fits(key.trim_ascii(), body) {
            Some("the secret has different white space at its end")
        } else {
            None
        }
    });
    Err(Fault::Wrong(SERVO, hint))
}

fn verify_standard(
    keys: &[Key<'_>],
    signatures: &str,
    request: &Request<'_>,
    now: u64,
    tolerance: u64,
) -> Result<&'static str, Fault> {
    let id = request
        .id
        .ok_or(Fault::Header("webhook-id", "is missing"))?;
    let timestamp = request
        .timestamp
        .ok_or(Fault::Header("webhook-timestamp", "is missing"))?;
    let signed: u64 = timestamp
        .parse()
        .map_err(|_| Fault::Header("webhook-timestamp", "is not a number of seconds"))?;
    let pairs: Vec<(&str, Vec<u8>)> = signatures
        .split(' ')
        .filter_map(|signature| {
            let (version, code) = signature.split_once(',')?;
            Some((version, STANDARD.decode(code).ok()?))
        })
        .collect();
    let known: Vec<_> = pairs
        .iter()
        .filter(|(version, _)| ["v1", "v1a"].contains(version))
        .collect();
    if pairs.is_empty() {
        return Err(Fault::Header(
            "webhook-signature",
            "is not a list of VERSION,BASE64 separated by spaces",
        ));
    }
    if known.is_empty() {
        let versions: Vec<&str> = pairs.iter().map(|(version, _)| *version).collect();
        return Err(Fault::Unknown(versions.join(", ")));
    }
    let content = content(id, timestamp, request.body);
    let mut tried = false;
    for key in keys {
        for (version, code) in &known {
            let fits = match (key, *version) {
                (Key::Hmac(key), "v1") => fits_hmac(key, &content, code),
                (Key::Ed25519(key), "v1a") => fits_ed25519(&key.verifying_key(), &content, code),
                (Key::Public(key), "v1a") => fits_ed25519(key, &content, code),
                _ => continue,
            };
            tried = true;
            if fits {
                let scheme = if *version == "v1" {
                    "webhook-signature v1"
                } else {
                    "webhook-signature v1a"
                };
                return in_time(signed, now, tolerance).map(|()| scheme);
            }
        }
    }
    if tried {
        Err(Fault::Wrong("webhook-signature", None))
    } else {
        Err(Fault::NoKey("webhook-signature"))
    }
}

fn in_time(signed: u64, now: u64, tolerance: u64) -> Result<(), Fault> {
    if now.saturating_sub(signed) > tolerance {
        Err(Fault::Old(now - signed, tolerance))
    } else if signed.saturating_sub(now) > tolerance {
        Err(Fault::Early(signed - now, tolerance))
    } else {
        Ok(())
    }
}

fn fits_hmac(key: &[u8], content: &[u8], code: &[u8]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(key).ok();
    mac.is_some_and(|mac| mac.chain_update(content).verify_slice(code).is_ok())
}

fn fits_ed25519(key: &VerifyingKey, content: &[u8], code: &[u8]) -> bool {
    let signature = Signature::from_slice(code).ok();
    signature.is_some_and(|signature| key.verify_strict(content, &signature).is_ok())
}

#[cfg(test)]
mod tests;
