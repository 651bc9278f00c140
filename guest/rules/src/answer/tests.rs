use super::*;
use crate::cancel::CONTENT_TYPES;

const BEFORE: Policy = Policy {
    side: Side::Before,
    max_tries: 3,
    max_time: 60_000_000_000,
    publishes: false,
};
const AFTER: Policy = Policy {
    side: Side::After,
    ..BEFORE
};
const PUBLISHING: Policy = Policy {
    publishes: true,
    ..AFTER
};

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn whole(text: &str) -> Option<Body> {
    Some(Body {
        text: text.to_owned(),
        ending: Ending::Whole,
    })
}

fn rule(policy: Policy, status: u16, headers: &[Header], body: Option<Body>) -> Ruling {
    let answer = Answer {
        status,
        headers: headers.to_vec(),
        body,
    };
    let attempt = Attempt {
        number: 1,
        elapsed: 0,
        now: 0,
        outcome: Outcome::Answer(answer),
    };
    judge(&policy.token(), &attempt)
}

#[test]
fn every_status_has_its_row() {
    for policy in [BEFORE, AFTER] {
        for status in 100..=999 {
            let verdict = rule(policy.clone(), status, &[], None).verdict;
            let fits = match status {
                200..=299 => verdict == Verdict::Delivered,
                410 => matches!(verdict, Verdict::Gone(_)),
                404 | 408 | 409 | 425 | 429 | 500..=999 => matches!(verdict, Verdict::Retry(_)),
                _ => matches!(verdict, Verdict::Failed(_)),
            };
            assert!(fits, "{status}: {verdict:?}");
        }
    }
}

#[test]
fn a_cancel_in_any_spelling() {
    for kind in CONTENT_TYPES {
        for value in [
            kind.to_owned(),
            kind.to_uppercase(),
            format!(" {kind} ; charset=utf-8"),
            format!("text/html, {kind}"),
            format!("text/html; a=\"b\\\",c\", {kind}; x=y"),
        ] {
            let headers = [header("Content-Type", &value)];
            for status in [200, 204, 302, 400, 403, 404, 410, 500, 503, 599] {
                let ruling = rule(BEFORE, status, &headers, whole("{\"reason\": \"no\"}"));
                assert_eq!(
                    ruling.verdict,
                    Verdict::Cancel("no".to_owned()),
                    "{status} {value}"
                );
            }
        }
    }
}

#[test]
fn what_is_no_cancel() {
    for value in [
        "application/json",
        "",
        "application/vnd.opsani.servo.errors.CancelEventError",
        "application/vnd.opsani.servo.errors.CancelEventError+jsonx",
        "text/plain; a=\", application/vnd.opsani.servo.errors.CancelEventError+json\"",
    ] {
        let ruling = rule(
            BEFORE,
            200,
            &[header("content-type", value)],
            whole("{\"reason\": \"no\"}"),
        );
        assert_eq!(ruling.verdict, Verdict::Delivered, "{value}");
    }
    let early = rule(
        BEFORE,
        101,
        &[header("content-type", CONTENT_TYPES[0])],
        None,
    );
    assert!(matches!(early.verdict, Verdict::Failed(_)));
}

#[test]
fn a_cancel_is_decided_before_its_body() {
    let headers = [header("content-type", CONTENT_TYPES[0])];
    let ruling = rule(BEFORE, 200, &headers, None);
    assert!(matches!(ruling.verdict, Verdict::Cancel(_)) && ruling.read_body);
    let broken = Body {
        text: "{\"rea".to_owned(),
        ending: Ending::Broken,
    };
    let ruling = rule(BEFORE, 200, &headers, Some(broken));
    assert!(matches!(ruling.verdict, Verdict::Cancel(_)) && !ruling.read_body);
}

#[test]
fn too_late_to_cancel() {
    let headers = [header("content-type", CONTENT_TYPES[1])];
    let ruling = rule(PUBLISHING, 200, &headers, None);
    assert_eq!(ruling.verdict, Verdict::Delivered);
    assert!(ruling.warning.is_some() && !ruling.publish && !ruling.read_body);
    assert!(matches!(
        rule(AFTER, 500, &headers, None).verdict,
        Verdict::Retry(_)
    ));
}

#[test]
fn publishing() {
    let typed = [header("content-type", "text/plain")];
    assert!(rule(PUBLISHING, 200, &typed, None).read_body);
    assert!(rule(PUBLISHING, 200, &typed, whole("x")).publish);
    assert!(!rule(PUBLISHING, 200, &typed, whole("")).publish);
    assert!(!rule(PUBLISHING, 200, &[], None).read_body);
    assert!(!rule(PUBLISHING, 404, &typed, whole("x")).publish);
    assert!(!rule(AFTER, 200, &typed, None).read_body);
    for ending in [Ending::Oversized, Ending::Broken] {
        let ruling = rule(
            PUBLISHING,
            200,
            &typed,
            Some(Body {
                text: "x".to_owned(),
                ending,
            }),
        );
        assert!(
            !ruling.publish && ruling.warning.is_some() && ruling.verdict == Verdict::Delivered
        );
    }
}

#[test]
fn retry_after_counts_on_429_and_503_alone() {
    let headers = [header("retry-after", "7")];
    for (status, least) in [(429, 7), (503, 7), (500, 0), (404, 0)] {
        let Verdict::Retry(wait) = rule(AFTER, status, &headers, None).verdict else {
            panic!("{status} is retried");
        };
        assert_eq!(wait.at_least, least * 1_000_000_000, "{status}");
    }
    let long = rule(AFTER, 503, &[header("retry-after", "61")], None).verdict;
    assert!(matches!(long, Verdict::Failed(why) if why.contains("503") && why.contains("wait")));
}

#[test]
fn no_answer_is_retried_and_named_at_the_end() {
    let outcome = Outcome::NoAnswer("connection refused".to_owned());
    let attempt = Attempt {
        number: 1,
        elapsed: 0,
        now: 0,
        outcome,
    };
    assert!(matches!(
        judge(&AFTER.token(), &attempt).verdict,
        Verdict::Retry(_)
    ));
    let last = Attempt {
        number: 3,
        ..attempt
    };
    let verdict = judge(&AFTER.token(), &last).verdict;
    assert!(matches!(verdict, Verdict::Failed(why) if why.starts_with("connection refused")));
}

#[test]
fn a_foreign_policy_fails() {
    let attempt = Attempt {
        number: 1,
        elapsed: 0,
        now: 0,
        outcome: Outcome::NoAnswer(String::new()),
    };
    assert!(matches!(judge("?", &attempt).verdict, Verdict::Failed(_)));
}
