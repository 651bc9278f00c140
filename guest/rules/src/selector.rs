//! Which webhooks an event concerns.
//!
//! A selector is a side and an event, `after:measure`; `*` stands for either side, and
//! in an event's name for any run of characters, none included: `*:adjust`,
//! `after:k8s_*`. Nothing else is special, and case counts.

use crate::notification::NAME_LIMIT;

/// The indices of the listeners of which a selector matches an event such as
/// `after:measure`, ascending, each once.
#[must_use]
pub fn select<L: AsRef<[S]>, S: AsRef<str>>(listeners: &[L], event: &str) -> Vec<u32> {
    (0..)
        .zip(listeners)
        .filter(|(_, selectors)| {
            let mut selectors = selectors.as_ref().iter();
            selectors.any(|selector| matches(selector.as_ref(), event))
        })
        .map(|(index, _)| index)
        .collect()
}

/// Whether a selector matches an event.
#[must_use]
pub fn matches(selector: &str, event: &str) -> bool {
    if !selector.contains('*') {
        return selector == event;
    }
    match (selector.split_once(':'), event.split_once(':')) {
        (Some((side, pattern)), Some((event_side, name))) => {
            (side == "*" || side == event_side) && glob(pattern.as_bytes(), name.as_bytes())
        }
        _ => false,
    }
}

/// Whether a selector can match events of a side, `before` or `after`.
#[must_use]
pub fn is_of(selector: &str, side: &str) -> bool {
    selector
        .split_once(':')
        .is_some_and(|(own, _)| own == "*" || own == side)
}

/// Whether a text is the event part of a selector that has a `*` in it: else it is a
/// name, which has a grammar of its own.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || b"_*".contains(&byte));
    let rest = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.-*".contains(&byte));
    first && rest && text.contains('*') && !text.contains("**") && text.len() <= NAME_LIMIT
}

/// Goes back to the last star alone, so that no pattern takes longer than the product of
/// both lengths.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    // What follows the last star, and where that is tried next.
    let mut star = None;
    while read < text.len() {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            star = Some((at, read));
        } else if pattern.get(at) == Some(&text[read]) {
            at += 1;
            read += 1;
        } else if let Some((after, tried)) = star {
            (at, read) = (after, tried + 1);
            star = Some((at, read));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names() {
        let listeners: [&[&str]; 4] = [
            &["after:measure"],
            &["before:adjust", "after:measure"],
            &[],
            &["after:measure", "after:measure"],
        ];
        assert_eq!(select(&listeners, "after:measure"), [0, 1, 3]);
        assert_eq!(select(&listeners, "before:adjust"), [1]);
        assert!(select(&listeners, "after:Measure").is_empty());
        assert!(select(&listeners, "measure").is_empty());
        assert!(select::<&[&str], &str>(&[], "after:measure").is_empty());
    }

    #[test]
    fn stars() {
        for (selector, events) in [
            ("after:*", "after:measure after:a"),
            ("before:*", "before:measure"),
            ("*:adjust", "before:adjust after:adjust"),
            ("*:*", "before:adjust after:measure"),
            ("after:k8s_*", "after:k8s_ after:k8s_pod_ready"),
            ("after:*_ready", "after:_ready after:k8s_pod_ready"),
            ("after:k*_*y", "after:k_y after:k8s_pod_ready after:k_yy"),
            ("after:*a*a", "after:aa after:banana after:xaxa"),
            ("after:a.b*", "after:a.b after:a.bc"),
        ] {
            for event in events.split(' ') {
                assert!(matches(selector, event), "{selector} {event}");
            }
        }
        for (selector, events) in [
            ("after:*", "before:measure channel:news after"),
            ("*:adjust", "before:adjusted channel:adjust_ after:Adjust"),
            ("after:k8s_*", "after:k8s after:K8S_x before:k8s_x"),
            ("after:*_ready", "after:ready after:_ready2"),
            ("after:a*b*c", "after:ac after:acb after:abcd"),
            ("after:a.b*", "after:axb"),
        ] {
            for event in events.split(' ') {
                assert!(!matches(selector, event), "{selector} {event}");
            }
        }
    }

    /// Many stars do not blow up.
    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = format!("after:{}b", "*a".repeat(60));
        assert!(!matches(&pattern, &format!("after:{}", "a".repeat(128))));
    }

    #[test]
    fn sides() {
        assert!(is_of("before:adjust", "before") && is_of("*:adjust", "before"));
        assert!(!is_of("after:*", "before") && !is_of("*", "before"));
    }

    #[test]
    fn patterns() {
        for text in ["*", "k8s_*", "*_ready", "a*b*c", "*1"] {
            assert!(is_pattern(text), "{text}");
        }
        for text in ["", "measure", "**", "1*", "-*", "a *", "é*", "[ab]*", "a?*"] {
            assert!(!is_pattern(text), "{text}");
        }
        assert!(!is_pattern(&format!("*{}", "a".repeat(128))));
    }
}
