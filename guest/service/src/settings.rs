//! What the environment says.

use crate::access::Access;
use crate::wasi::cli::environment;
use lifecycle::BreakerLimits;
use rules::duration;
use std::time::Duration;

/// The list of webhooks in JSON, or an object with it under `webhooks`.
pub const CONFIG: &str = "SERVO_WEBHOOKS_CONFIG";
/// Names the servo.
const SOURCE: &str = "SERVO_WEBHOOKS_SOURCE";
/// Events of the host's own, in JSON.
const CATALOGUE: &str = "SERVO_WEBHOOKS_CATALOGUE";
/// What requests must bring.
const TOKEN: &str = "SERVO_WEBHOOKS_TOKEN";
/// `loopback`: nobody else reaches the engine, so no token is needed.
const BOUND: &str = "SERVO_WEBHOOKS_BOUND";
/// The time that all webhooks before one event have together.
const BUDGET: &str = "SERVO_WEBHOOKS_BEFORE_BUDGET";
/// For how long a webhook must have failed before its breaker opens.
const BREAKER_AFTER: &str = "SERVO_WEBHOOKS_BREAKER_AFTER";
/// How long an open breaker waits before probing; 0: it never opens.
const BREAKER_HOLD: &str = "SERVO_WEBHOOKS_BREAKER_HOLD";
/// MiB of one event.
const MAX_EVENT: &str = "SERVO_WEBHOOKS_MAX_EVENT_MIB";

/// The variables of the environment.
pub struct Settings {
    variables: Vec<(String, String)>,
}

impl Settings {
    /// Those of this instance.
    pub fn read() -> Self {
        Self {
            variables: environment::get_environment(),
        }
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// One of ours: an empty one is as good as none.
    pub fn set(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.trim().is_empty())
    }

    /// Names the servo; empty: it has no name.
    pub fn source(&self) -> &str {
        self.set(SOURCE).unwrap_or_default()
    }

    /// The rule about who may hand in events.
    pub fn access(&self) -> Access {
        let bound = self
            .set(BOUND)
            .map(|bound| bound.trim().eq_ignore_ascii_case("loopback"));
        // An empty token must not open the door.
        match (self.get(TOKEN), bound) {
            (Some(token), _) => Access::token(token),
            (None, Some(true)) => Access::Local,
            (None, _) => Access::closed(),
        }
    }

    /// Nanoseconds that all webhooks before one event have together.
    ///
    /// # Errors
    /// If it is no duration.
    pub fn budget(&self) -> Result<u64, String> {
        self.duration(BUDGET, "30s")
    }

    /// When breakers open.
    ///
    /// # Errors
    /// If it is no duration.
    pub fn breaker(&self) -> Result<BreakerLimits, String> {
        let limit = |name, usual| self.duration(name, usual).map(Duration::from_nanos);
        Ok(BreakerLimits {
            after: limit(BREAKER_AFTER, "10s")?,
            hold: limit(BREAKER_HOLD, "5s")?,
        })
    }

    fn duration(&self, name: &str, usual: &str) -> Result<u64, String> {
        let text = self.set(name).unwrap_or(usual);
        duration::parse(text).map_err(|why| format!("{name}: {why}"))
    }

    /// Bytes of one event.
    ///
    /// # Errors
    /// If it is no number from 1 to 16.
    pub fn max_event(&self) -> Result<usize, String> {
        let text = self.set(MAX_EVENT).unwrap_or("1");
        match text.parse::<u8>() {
            Ok(number @ 1..=16) => Ok(usize::from(number) << 20),
            _ => Err(format!("{MAX_EVENT}: must be a whole number from 1 to 16")),
        }
    }

    /// Names of the host's own events.
    ///
    /// # Errors
    /// If it is no JSON as in a catalogue's file.
    pub fn catalogue(&self) -> Result<Vec<String>, String> {
        let Some(text) = self.set(CATALOGUE) else {
            return Ok(Vec::new());
        };
        let read: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| format!("{CATALOGUE}: not JSON, at column {}", error.column()))?;
        let events = read.get("events").and_then(serde_json::Value::as_object);
        events
            .map(|events| events.keys().cloned().collect())
            .ok_or_else(|| format!("{CATALOGUE}: has no object `events`"))
    }

    #[cfg(test)]
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            variables: variables.iter().map(owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_not_said() {
        let settings = Settings::of(&[]);
        assert_eq!(settings.budget(), Ok(30_000_000_000));
        assert_eq!(settings.max_event(), Ok(1 << 20));
        assert_eq!(settings.catalogue(), Ok(Vec::new()));
        let breaker = settings.breaker().unwrap();
        let seconds = Duration::from_secs;
        assert_eq!((breaker.after, breaker.hold), (seconds(10), seconds(5)));
        assert!(matches!(settings.access(), Access::Closed(_)));
    }

    #[test]
    fn what_is_said() {
        let settings = Settings::of(&[
            (BUDGET, "500ms"),
            (BREAKER_HOLD, "0"),
            (MAX_EVENT, "16"),
            (CATALOGUE, r#"{"events": {"deploy": {}}}"#),
            (BOUND, "loopback"),
        ]);
        assert_eq!(settings.budget(), Ok(500_000_000));
        assert!(settings.breaker().unwrap().hold.is_zero());
        assert_eq!(settings.max_event(), Ok(16 << 20));
        assert_eq!(settings.catalogue().unwrap(), ["deploy"]);
        assert!(matches!(settings.access(), Access::Local));
    }

    #[test]
    fn what_is_wrong() {
        let settings = Settings::of(&[
            (BUDGET, "soon"),
            (BREAKER_AFTER, "later"),
            (MAX_EVENT, "17"),
            (CATALOGUE, "[]"),
            (BOUND, "everywhere"),
        ]);
        assert!(settings.budget().is_err());
        assert!(settings.breaker().is_err());
        assert!(settings.max_event().is_err());
        assert!(settings.catalogue().is_err());
        assert!(matches!(settings.access(), Access::Closed(_)));
        let empty = Settings::of(&[(TOKEN, ""), (BOUND, "loopback")]);
        assert!(matches!(empty.access(), Access::Closed(_)));
        let unset = [SOURCE, CATALOGUE, BUDGET, MAX_EVENT, BOUND].map(|name| (name, " "));
        let settings = Settings::of(&unset);
        assert_eq!(
            (settings.source(), settings.budget()),
            ("", Ok(30_000_000_000))
        );
        assert_eq!(
            (settings.max_event(), settings.catalogue()),
            (Ok(1 << 20), Ok(Vec::new()))
        );
        assert!(matches!(settings.access(), Access::Closed(_)));
    }
}
