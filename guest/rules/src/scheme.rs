//! Which signatures a webhook has.

/// How a webhook signs: the token between `parse-config` and `sign`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// `X-Servo-Signature`.
    pub servo: bool,
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature`.
    pub standard: bool,
}

impl Scheme {
    /// What a webhook that says nothing has.
    pub const DEFAULT: Self = Self {
        servo: true,
        standard: false,
    };

    const TOKENS: [(&str, Self); 3] = [
        ("", Self::DEFAULT),
        (
            "standard",
            Self {
                servo: false,
                standard: true,
            },
        ),
        (
            "servo standard",
            Self {
                servo: true,
                standard: true,
            },
        ),
    ];

    /// The token: empty for the default scheme.
    #[must_use]
    pub fn token(self) -> &'static str {
        let known = Self::TOKENS.iter().find(|(_, scheme)| *scheme == self);
        known.map_or("", |(token, _)| token)
    }

    /// Reads a token back; none if it is not ours.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        let known = Self::TOKENS.iter().find(|(known, _)| *known == token);
        known.map(|(_, scheme)| *scheme)
    }
}
