use super::*;

const FITS: Admission = Admission {
    line: Some(0),
    others: None,
};
const HELD: Admission = Admission {
    line: None,
    others: None,
};

#[test]
fn a_cause_is_logged_once_and_then_once_a_minute_with_what_was_held_back() {
    let (limits, start) = (LogLimits::default(), Instant::now());
    let at = |cause: &str, milliseconds: u64| {
        let now = start + Duration::from_millis(milliseconds);
        limits.admit(Kind::EventType, &["after:measure", cause], now)
    };
    assert_eq!(at("a", 0), FITS);
    for millisecond in 1..=1_234 {
        assert_eq!(at("a", millisecond), HELD);
    }
    // Another cause has a minute of its own.
    assert_eq!(at("b", 30_000), FITS);
    assert_eq!(at("a", 59_999), HELD);
    let again = |line| Admission {
        line: Some(line),
        others: None,
    };
    assert_eq!(at("a", 60_000), again(1_235));
    assert_eq!(at("a", 60_001), HELD);
    assert_eq!(at("b", 89_999), HELD);
    assert_eq!(at("b", 90_000), again(1));
    assert_eq!(at("a", 120_000), again(1));
    // Nothing was held back since.
    assert_eq!(at("a", 600_000), FITS);
}

#[test]
fn kinds_and_the_parts_of_a_cause_are_told_apart() {
    let (limits, now) = (LogLimits::default(), Instant::now());
    for kind in Kind::ALL {
        for cause in [&["ab", "c"][..], &["a", "bc"], &["abc"], &["abc", ""]] {
            assert_eq!(limits.admit(kind, cause, now), FITS, "{kind:?} {cause:?}");
        }
    }
}

#[test]
fn ten_thousand_causes_take_the_memory_and_the_lines_of_a_few() {
    let (limits, start) = (LogLimits::default(), Instant::now());
    let mut seconds = 0;
    let (mut lines, mut told) = (0, 0);
    for cause in 0..10_000 {
        seconds = cause / 100;
        let now = start + Duration::from_secs(seconds);
        let admission = limits.admit(Kind::EventName, &[&cause.to_string()], now);
        lines += u64::from(admission.line.is_some());
        told += admission.others.unwrap_or_default();
    }
    // Within 100 s each place was taken twice.
    assert_eq!((lines, seconds), (2 * CAUSES as u64, 99));
    let known = &limits.kinds[Kind::EventName as usize].causes;
    assert_eq!(known.lock().unwrap().known.len(), CAUSES);
    // Each was logged, or is in a number that is, now or at the end.
    let rest = limits.take_held();
    assert_eq!(rest.len(), 1);
    assert!(told > 0);
    assert_eq!(lines + told + rest[0].1, 10_000);
    assert!(limits.take_held().is_empty());
}

#[test]
fn all_are_counted() {
    let (limits, now) = (LogLimits::default(), Instant::now());
    for kind in Kind::ALL {
        for _ in 0..=kind as u64 {
            limits.admit(kind, &[], now);
        }
    }
    let counted: Vec<_> = limits.counts().collect();
    let expected: Vec<_> = (1..)
        .zip(Kind::ALL)
        .map(|(n, kind)| (kind.name(), n))
        .collect();
    assert_eq!(counted, expected);
    let mut names: Vec<_> = counted.iter().map(|(name, _)| name).collect();
    names.dedup();
    assert_eq!(names.len(), Kind::ALL.len());
}

#[test]
fn a_clock_that_stands_still_or_runs_back_holds_lines_back() {
    let (limits, start) = (LogLimits::default(), Instant::now() + PAUSE);
    assert_eq!(limits.admit(Kind::Answer, &["a"], start), FITS);
    assert_eq!(limits.admit(Kind::Answer, &["a"], start), HELD);
    assert_eq!(limits.admit(Kind::Answer, &["a"], start - PAUSE), HELD);
}
