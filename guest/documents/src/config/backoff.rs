//! How often a webhook is tried: the field `backoff`.

use super::Retries;
use super::fields::Fields;
use super::values::{kind, old_boolean};
use rules::notification::Side;
use rules::policy::Policy;
use serde_json::Value as Json;

const SECOND: u64 = 1_000_000_000;
const FORMS: &str =
    "write false for one attempt, {max_tries: 12, max_time: 3m} for more, or leave it out";

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
        None => {
            return Backoff {
                before: ONCE,
                after: RETRIED,
            };
        }
        Some(Json::Bool(false)) => return both(ONCE),
        Some(Json::Object(members)) => return both(limits(&mut fields.below("backoff", members))),
        Some(Json::Bool(true)) => {
            fields.error(
                "backoff",
                format!("must be false or a mapping, not true; {FORMS}"),
            );
        }
        Some(Json::String(text)) if old_boolean(text) == Some(false) => {
            fields.error(
                "backoff",
                "must be a boolean, not a string; write backoff: false for one attempt".to_owned(),
            );
        }
        Some(other) => {
            fields.error(
                "backoff",
                format!("must be false or a mapping, not {}; {FORMS}", kind(other)),
            );
        }
    }
    both(RETRIED)
}

fn limits(fields: &mut Fields<'_>) -> Limits {
    fields.refuse_unknown(&["max_tries", "max_time"]);
    let max_tries = tries(fields).unwrap_or(RETRIED.max_tries);
    let max_time = fields.duration("max_time").unwrap_or(RETRIED.max_time);
    if max_time == 0 && max_tries > 1 {
        // Other programs take it for no limit: whoever meant that should know.
        fields.warning(
            "max_time",
            "leaves no time for a second attempt; write backoff: false, or a longer time"
                .to_owned(),
        );
    }
    Limits {
        max_tries,
        max_time,
    }
}

fn tries(fields: &mut Fields<'_>) -> Option<u32> {
    let value = fields.get("max_tries")?;
    let tries = value
        .as_u64()
        .and_then(|tries| u32::try_from(tries).ok())
        .filter(|tries| *tries > 0);
    if tries.is_none() {
        let message = "must be a whole number from 1, including the first attempt; for example 12";
        fields.error("max_tries", message.to_owned());
    }
    tries
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::SECOND;
    use crate::config::test_webhook::{good, refuses, warns};
    use rules::policy::Policy;
    use serde_json::{Value as Json, json};

    /// Tries before and after, and the seconds of both.
    fn limits(changes: &Json) -> [u64; 4] {
        let webhook = good(changes);
        let (before, after) = (webhook.before, webhook.after);
        for retries in [&before, &after] {
            let policy = Policy::parse(&retries.policy).unwrap();
            assert_eq!(
                (policy.max_tries, policy.max_time),
                (retries.max_tries, retries.max_time)
            );
        }
        [
            before.max_tries.into(),
            after.max_tries.into(),
            before.max_time / SECOND,
            after.max_time / SECOND,
        ]
    }

    #[test]
    fn by_default_only_after_is_retried() {
        assert_eq!(limits(&json!({})), [1, 12, 180, 180]);
    }

    #[test]
    fn given_for_both_sides() {
        assert_eq!(limits(&json!({"backoff": false}))[..2], [1, 1]);
        assert_eq!(
            limits(&json!({"backoff": {"max_tries": 3, "max_time": "5m"}})),
            [3, 3, 300, 300]
        );
        assert_eq!(
            limits(&json!({"backoff": {"max_tries": 1}})),
            [1, 1, 180, 180]
        );
        assert_eq!(
            limits(&json!({"backoff": {"max_time": 60}})),
            [12, 12, 60, 60]
        );
        assert_eq!(limits(&json!({"backoff": {}})), [12, 12, 180, 180]);
    }

    #[test]
    fn other_forms() {
        refuses(&json!({"backoff": true}), "/0/backoff", "leave it out");
        refuses(&json!({"backoff": null}), "/0/backoff", "write false");
        for text in ["no", "No", "off", "false", "n"] {
            refuses(
                &json!({ "backoff": text }),
                "/0/backoff",
                "write backoff: false",
            );
        }
        refuses(
            &json!({"backoff": "yes"}),
            "/0/backoff",
            "must be false or a mapping, not a string",
        );
        refuses(&json!({"backoff": 3}), "/0/backoff", "not a number");
        refuses(&json!({"backoff": [12]}), "/0/backoff", "not a list");
        refuses(
            &json!({"backoff": {"tries": 3}}),
            "/0/backoff/tries",
            "max_tries",
        );
    }

    #[test]
    fn tries_are_whole_and_at_least_one() {
        for tries in [
            json!(0),
            json!(-1),
            json!(1.5),
            json!("3"),
            json!(null),
            json!(4_294_967_296_u64),
        ] {
            refuses(
                &json!({"backoff": {"max_tries": tries}}),
                "/0/backoff/max_tries",
                "whole number from 1",
            );
        }
        assert_eq!(
            limits(&json!({"backoff": {"max_tries": u32::MAX}}))[1],
            u64::from(u32::MAX)
        );
    }

    #[test]
    fn times() {
        let path = "/0/backoff/max_time";
        refuses(&json!({"backoff": {"max_time": "1:30"}}), path, "write 90s");
        refuses(&json!({"backoff": {"max_time": -1}}), path, "negative");
        refuses(&json!({"backoff": {"max_time": null}}), path, "not null");
        refuses(&json!({"backoff": {"max_time": "soon"}}), path, "1h30m");
        warns(&json!({"backoff": {"max_time": 0}}), path, "no time");
        assert_eq!(
            limits(&json!({"backoff": {"max_tries": 1, "max_time": 0}})),
            [1, 1, 0, 0]
        );
    }
}
