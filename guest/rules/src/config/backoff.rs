//! How often a webhook is tried: the field `backoff`.

use super::fields::Fields;
use super::values::{kind, old_boolean};
use super::{Policy, Retries, Side};
use serde_json::Value as Json;

const SECOND: u64 = 1_000_000_000;
const FORMS: &str = "write `backoff: false` for one attempt, or {max_tries: 12, max_time: 3m}";

/// Bounds on the attempts of one side.
#[derive(Clone, Copy)]
pub struct Limits {
    max_tries: u32,
    max_time: u64,
}

/// Those of both sides.
pub struct Backoff {
    pub before: Limits,
    pub after: Limits,
}

const RETRIED: Limits = Limits {
    max_tries: 12,
    max_time: 180 * SECOND,
};
const ONCE: Limits = Limits {
    max_tries: 1,
    ..RETRIED
};

impl Limits {
    /// With the token for `judge`.
    pub fn retries(self, side: Side, publishes: bool) -> Retries {
        let Self {
            max_tries,
            max_time,
        } = self;
        let policy = Policy {
            side,
            max_tries,
            max_time,
            publishes,
        }
        .token();
        Retries {
            max_tries,
            max_time,
            policy,
        }
    }
}

/// Reads the field. Without it, an event waits for one attempt alone; when given, it
/// holds for both sides.
pub fn read(fields: &mut Fields<'_>) -> Backoff {
    let both = |limits| Backoff {
        before: limits,
        after: limits,
    };
    match fields.get("backoff") {
        None => Backoff {
            before: ONCE,
            after: RETRIED,
        },
        Some(Json::Bool(false)) => both(ONCE),
        Some(Json::Object(members)) => {
            let mut inner = fields.below("backoff", members);
            inner.refuse_unknown(&["max_tries", "max_time"]);
            both(Limits {
                max_tries: tries(&mut inner).unwrap_or(RETRIED.max_tries),
                max_time: inner.duration("max_time").unwrap_or(RETRIED.max_time),
            })
        }
        Some(Json::String(text)) if old_boolean(text) == Some(false) => {
            fields.error(
                "backoff",
                "YAML reads this as a text; write `backoff: false` for one attempt".to_owned(),
            );
            both(RETRIED)
        }
        Some(Json::Bool(true)) => {
            fields.error("backoff", "true says nothing; leave it out for 12 tries in 3m, or give max_tries and max_time".to_owned());
            both(RETRIED)
        }
        Some(other) => {
            fields.error(
                "backoff",
                format!("must be false or a mapping, not {}; {FORMS}", kind(other)),
            );
            both(RETRIED)
        }
    }
}

fn tries(fields: &mut Fields<'_>) -> Option<u32> {
    let value = fields.get("max_tries")?;
    let tries = value
        .as_u64()
        .and_then(|tries| u32::try_from(tries).ok())
        .filter(|tries| *tries > 0);
    if tries.is_none() {
        fields.error(
            "max_tries",
            "must be a whole number from 1, the first attempt counted".to_owned(),
        );
    }
    tries
}
