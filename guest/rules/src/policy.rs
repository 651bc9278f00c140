//! The token that carries a webhook's retry rules from `parse-config` to `judge`.

use crate::notification::Side;

/// What decides about one side of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Before or after the event.
    pub side: Side,
    /// The first attempt counted.
    pub max_tries: u32,
    /// Nanoseconds from the start of the first attempt.
    pub max_time: u64,
    /// A successful answer's body goes to a response channel.
    pub publishes: bool,
}

impl Policy {
    /// Such as `before 12 180000000000 publish`.
    #[must_use]
    pub fn token(&self) -> String {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        let publishes = if self.publishes { " publish" } else { "" };
        format!("{side} {} {}{publishes}", self.max_tries, self.max_time)
    }

    /// Reads a token back; none if it is not ours.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        let mut words = token.split(' ');
        let policy = Self {
            side: match words.next()? {
                "before" => Side::Before,
                "after" => Side::After,
                _ => return None,
            },
            max_tries: words.next()?.parse().ok()?,
            max_time: words.next()?.parse().ok()?,
            publishes: match words.next() {
                Some("publish") => true,
                Some(_) => return None,
                None => false,
            },
        };
        words.next().is_none().then_some(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for side in [Side::Before, Side::After] {
            for publishes in [false, true] {
                let policy = Policy {
                    side,
                    max_tries: 12,
                    max_time: u64::MAX,
                    publishes,
                };
                assert_eq!(Policy::parse(&policy.token()), Some(policy));
            }
        }
        for token in [
            "",
            "before",
            "before 1",
            "on 1 1",
            "after 1 1 x",
            "after 1 1 publish x",
            "after -1 1",
        ] {
            assert_eq!(Policy::parse(token), None, "{token}");
        }
    }
}
