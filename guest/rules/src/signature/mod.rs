//! Signs a body, so that its receiver knows who sent it and that it is whole.
//!
//! The scheme `servo` is that of the original connector; `standard` is Standard Webhooks.
//! A key belongs to one of them by its form.

mod context;
mod key;
mod servo;
mod standard;
#[cfg(test)]
mod tests;
mod verification;

use crate::header::Header;
pub use crate::scheme::Scheme;
pub use context::SigningContext;
pub use verification::{Fault, Request, verify};

use key::Key;

const PUBLIC: &str =
    "a key with whpk_ is a public one and verifies; sign with the private one, whsk_";

/// Why a secret cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError {
    /// Its place in the list.
    pub secret: u32,
    /// Why, without quoting it.
    pub message: String,
}

/// The headers that change with webhook and attempt.
///
/// # Errors
/// For a list without secrets, one that is no key, and for a scheme without a key of
/// its kind.
pub fn sign<S: AsRef<[u8]>>(
    scheme: &str,
    secrets: &[S],
    context: &SigningContext,
    body: &[u8],
) -> Result<Vec<Header>, SecretError> {
    let fault = |secret, message: &str| SecretError {
        secret,
        message: message.to_owned(),
    };
    let scheme =
        Scheme::from_token(scheme).ok_or_else(|| fault(0, "the scheme is not this component's"))?;
    if secrets.is_empty() {
        return Err(fault(0, "there is no secret to sign with"));
    }
    let mut keys = Vec::with_capacity(secrets.len());
    for (index, secret) in (0..).zip(secrets) {
        match Key::read(secret.as_ref()).map_err(|message| fault(index, &message))? {
            Key::Public(_) => return Err(fault(index, PUBLIC)),
            key => keys.push(key),
        }
    }
    let mut headers = Vec::with_capacity(4);
    if scheme.servo {
        headers.push(servo::header(&keys, body).ok_or_else(|| fault(0, servo::NO_KEY))?);
    }
    if scheme.standard {
        let signed = standard::headers(&keys, context, body);
        headers.extend(signed.ok_or_else(|| fault(0, standard::NO_KEY))?);
    }
    Ok(headers)
}
