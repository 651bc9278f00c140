//! How long to wait before the next attempt, and when to give up.
//!
//! Full jitter: the host draws the wait between two bounds, so that a thousand
//! servos do not come back in the same moment.

use crate::duration;
use crate::policy::Policy;

const SECOND: u64 = 1_000_000_000;
const LONGEST: u64 = 64 * SECOND;

/// The bounds of a wait, in nanoseconds, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Never undercut.
    pub at_least: u64,
    /// Not below `at_least`.
    pub at_most: u64,
}

/// The wait after attempt `number` (from 1), `elapsed` nanoseconds after the first
/// one began; `asked` is what a `Retry-After` asks for.
///
/// # Errors
/// Why there is no further attempt; empty if there was never to be one.
pub fn next(
    policy: &Policy,
    number: u32,
    elapsed: u64,
    asked: Option<u64>,
) -> Result<Wait, String> {
    if policy.max_tries <= 1 {
        return Err(String::new());
    }
    if number >= policy.max_tries {
        return Err(format!("gave up after {number} attempts"));
    }
    let left = policy.max_time.saturating_sub(elapsed);
    if left == 0 {
        let limit = duration::format(policy.max_time);
        return Err(format!("gave up after {number} attempts in {limit}"));
    }
    let at_least = asked.unwrap_or(0);
    if at_least > left {
        return Err(format!(
            "it asks to wait {}, longer than the {} left to retry in",
            duration::format(at_least),
            duration::rough(left)
        ));
    }
    let doubled = number.saturating_sub(1).min(6);
    let at_most = (SECOND << doubled).min(LONGEST).min(left);
    Ok(Wait {
        at_least,
        at_most: at_most.max(at_least),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::Side;

    fn policy(max_tries: u32, seconds: u64) -> Policy {
        Policy {
            side: Side::After,
            max_tries,
            max_time: seconds * SECOND,
            publishes: false,
        }
    }

    fn bounds(number: u32, elapsed: u64, asked: Option<u64>) -> Option<(u64, u64)> {
        let wait = next(
            &policy(12, 180),
            number,
            elapsed * SECOND,
            asked.map(|asked| asked * SECOND),
        )
        .ok()?;
        Some((wait.at_least / SECOND, wait.at_most / SECOND))
    }

    #[test]
    fn waits_double_up_to_64_seconds() {
        let most: Vec<_> = (1..=9)
            .filter_map(|number| bounds(number, 0, None))
            .collect();
        assert_eq!(most, [1, 2, 4, 8, 16, 32, 64, 64, 64].map(|most| (0, most)));
    }

    #[test]
    fn waits_fit_into_what_is_left() {
        assert_eq!(bounds(7, 170, None), Some((0, 10)));
        assert_eq!(bounds(7, 180, None), None);
        assert_eq!(bounds(7, 500, None), None);
    }

    #[test]
    fn tries_count_the_first() {
        assert!(next(&policy(3, 180), 2, 0, None).is_ok());
        assert!(next(&policy(3, 180), 3, 0, None).is_err());
        assert_eq!(next(&policy(1, 180), 1, 0, None), Err(String::new()));
    }

    #[test]
    fn retry_after_is_never_undercut() {
        assert_eq!(bounds(1, 0, Some(30)), Some((30, 30)));
        assert_eq!(bounds(5, 0, Some(3)), Some((3, 16)));
        assert_eq!(bounds(1, 0, Some(180)), Some((180, 180)));
        assert_eq!(bounds(1, 0, Some(181)), None);
        assert_eq!(bounds(1, 100, Some(81)), None);
    }
}
