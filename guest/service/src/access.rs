//! Who may hand in events.

use crate::problem::Problem;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The rule about who may hand in events.
pub enum Access {
    /// Whoever brings the token with this SHA-256: texts of different lengths take the
    /// same time to compare.
    Token([u8; 32]),
    /// Everybody: the operator says that only this machine can. A page in a browser of
    /// this machine may not.
    Local,
    /// Nobody, and why.
    Closed(&'static str),
}

impl Access {
    /// By a token.
    pub fn token(token: &str) -> Self {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Self::Closed(
                "SERVO_WEBHOOKS_TOKEN must have visible characters of ASCII only, and be one line",
            );
        }
        Self::Token(Sha256::digest(token.as_bytes()).into())
    }

    /// By nothing at all.
    pub fn closed() -> Self {
        Self::Closed(
            "no events are taken: set SERVO_WEBHOOKS_TOKEN, or SERVO_WEBHOOKS_BOUND=loopback where only this machine reaches the engine",
        )
    }

    /// Whether a request may hand in an event, by its `Authorization` and whether it has
    /// an `Origin`.
    pub fn check(&self, authorization: Option<&[u8]>, page: bool) -> Result<(), Problem> {
        match self {
            Self::Closed(why) => Err(Problem::new(503, *why)),
            Self::Local if page => Err(Problem::new(
                403,
                "requests of web pages are refused without a token (this one has an Origin)",
            )),
            Self::Local => Ok(()),
            Self::Token(expected) => {
                let given = authorization.and_then(bearer).ok_or_else(|| {
                    Problem::unauthorized("missing header Authorization: Bearer TOKEN")
                })?;
                let given: [u8; 32] = Sha256::digest(given).into();
                if bool::from(given.ct_eq(expected)) {
                    Ok(())
                } else {
                    Err(Problem::unauthorized("wrong token"))
                }
            }
        }
    }
}

/// The token of `Bearer TOKEN`; the scheme's case does not matter.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked("bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then_some(token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(access: &Access, authorization: Option<&str>, page: bool) -> u16 {
        let checked = access.check(authorization.map(str::as_bytes), page);
        checked.err().map_or(200, |problem| problem.status)
    }

    #[test]
    fn tokens() {
        let access = Access::token("s3cr3t");
        for (value, expected) in [
            ("Bearer s3cr3t", 200),
            ("bearer  s3cr3t", 200),
            ("Bearer s3cr3", 401),
            ("Bearer s3cr3tt", 401),
            ("Bearer ", 401),
            ("Basic s3cr3t", 401),
            ("Bearer", 401),
        ] {
            assert_eq!(status(&access, Some(value), false), expected, "{value}");
        }
        assert_eq!(status(&access, None, false), 401);
        // Who has the token is no page that anyone may have written.
        assert_eq!(status(&access, Some("Bearer s3cr3t"), true), 200);
        for token in ["", "a b", "a\nb", "é"] {
            assert!(
                matches!(Access::token(token), Access::Closed(_)),
                "{token:?}"
            );
        }
    }

    #[test]
    fn without_a_token() {
        assert_eq!(status(&Access::Local, None, false), 200);
        assert_eq!(status(&Access::Local, None, true), 403);
        assert_eq!(status(&Access::closed(), Some("Bearer x"), false), 503);
    }
}
