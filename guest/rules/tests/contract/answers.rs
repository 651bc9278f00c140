//! What an answer means: the rows of `tests/answers.json`, and what they do not have.

use rules::answer::{Answer, Attempt, CANCEL_CONTENT_TYPES, Outcome, Ruling, Verdict, judge};
use rules::header::Header;
use rules::notification::Side;
use rules::policy::Policy;
use rules::reason::{Body, Ending};
use serde_json::Value;

const SECOND: u64 = 1_000_000_000;

fn policy(side: Side, max_tries: u32, publishes: bool) -> String {
    Policy {
        side,
        max_tries,
        max_time: 60 * SECOND,
        publishes,
    }
    .token()
}

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

fn attempt(number: u32, status: u16, headers: Vec<Header>, body: Option<Body>) -> Attempt {
    let outcome = Outcome::Answer(Answer {
        status,
        headers,
        body,
    });
    Attempt {
        number,
        elapsed: 0,
        now: 1_770_000_000 * SECOND,
        outcome,
    }
}

/// An attempt with the outcome of a row. The host's cap on bodies is 64 KiB.
fn row_attempt(row: &Value, number: u32) -> Attempt {
    if let Some(failure) = row["failure"].as_str() {
        return Attempt {
            outcome: Outcome::NoAnswer(failure.to_owned()),
            ..attempt(number, 0, Vec::new(), None)
        };
    }
    let headers = row["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, value)| header(name, value.as_str().unwrap()));
    let text = row["body"].as_str().unwrap_or_default();
    let (text, ending) = match text.strip_prefix('*').map(|length| length.parse().unwrap()) {
        Some(length) if length > 65_536 => ("x".repeat(65_536), Ending::Oversized),
        Some(length) => ("x".repeat(length), Ending::Whole),
        None => (text.to_owned(), Ending::Whole),
    };
    let status = row["status"].as_u64().unwrap();
    attempt(
        number,
        status.try_into().unwrap(),
        headers.collect(),
        Some(Body { text, ending }),
    )
}

/// The last verdict of a row, and the attempts that it took, of which two are allowed.
fn played(row: &Value, side: Side) -> (Verdict, u64) {
    let policy = policy(side, 2, false);
    let first = judge(&policy, &row_attempt(row, 1)).verdict;
    if !matches!(first, Verdict::Retry(_)) {
        return (first, 1);
    }
    (judge(&policy, &row_attempt(row, 2)).verdict, 2)
}

#[test]
fn every_row_of_the_table_of_answers_is_kept() {
    let table = crate::data("answers.json");
    let rows = table["rows"].as_array().unwrap();
    assert!(rows.len() > 80, "{} rows", rows.len());
    for row in rows {
        let (after, attempts) = played(row, Side::After);
        let ended = match after {
            Verdict::Delivered => "delivered",
            Verdict::Failed(_) | Verdict::Gone(_) => "failed",
            Verdict::Cancel(_) | Verdict::Retry(_) => "neither",
        };
        assert_eq!(row["after"], ended, "{row}");
        assert_eq!(row["attempts"], attempts, "{row}");

        let (before, attempts) = played(row, Side::Before);
        let settled = match &before {
            Verdict::Delivered => "proceeded",
            Verdict::Failed(_) | Verdict::Gone(_) => "no_answer",
            Verdict::Cancel(_) => "cancelled",
            Verdict::Retry(_) => "neither",
        };
        assert_eq!(row["before"], settled, "{row}");
        assert!(
            row["attempts"] == attempts || settled == "cancelled",
            "{row}"
        );
        if let (Verdict::Cancel(reason), Some(expected)) = (&before, row["reason"].as_str()) {
            let fits = match expected {
                "*" => reason.starts_with("cancelled without a reason"),
                expected => reason == expected,
            };
            assert!(fits, "{row}: {reason}");
        }
        let off = row["switched_off"].as_bool().unwrap_or(false);
        assert_eq!(matches!(before, Verdict::Gone(_)), off, "{row}");
    }
}

fn after(status: u16, publishes: bool, headers: &[Header], body: Option<Body>) -> Ruling {
    let policy = policy(Side::After, 3, publishes);
    judge(&policy, &attempt(1, status, headers.to_vec(), body))
}

#[test]
fn a_failure_says_what_was_answered() {
    for (status, says) in [
        (302, "answered 302: redirects are never followed"),
        (403, "answered 403"),
    ] {
        let verdict = after(status, false, &[], None).verdict;
        assert_eq!(verdict, Verdict::Failed(says.to_owned()));
    }
    let gone = after(410, false, &[], None).verdict;
    assert!(matches!(gone, Verdict::Gone(why) if why.contains("410")));
}

/// With `backoff: false` there was never to be another attempt: only the answer is told.
#[test]
fn what_is_tried_once_is_not_given_up() {
    let once = policy(Side::After, 1, false);
    let failed = judge(&once, &attempt(1, 500, Vec::new(), None)).verdict;
    assert_eq!(failed, Verdict::Failed("answered 500".to_owned()));
    let thrice = policy(Side::After, 3, false);
    let failed = judge(&thrice, &attempt(3, 500, Vec::new(), None)).verdict;
    assert!(
        matches!(&failed, Verdict::Failed(why) if why.starts_with("answered 500; ") && why.contains("3 attempts")),
        "{failed:?}"
    );
    let late = Attempt {
        elapsed: 60 * SECOND,
        ..attempt(2, 500, Vec::new(), None)
    };
    let failed = judge(&thrice, &late).verdict;
    assert!(
        matches!(&failed, Verdict::Failed(why) if why.contains("2 attempts in 1m")),
        "{failed:?}"
    );
}

#[test]
fn a_wait_that_does_not_fit_is_told_with_what_is_left() {
    let policy = policy(Side::After, 3, false);
    let asked = Attempt {
        elapsed: 50 * SECOND,
        ..attempt(1, 503, vec![header("retry-after", "11")], None)
    };
    let verdict = judge(&policy, &asked).verdict;
    assert!(
        matches!(&verdict, Verdict::Failed(why) if why.contains("wait 11s") && why.contains("the 10s left")),
        "{verdict:?}"
    );
}

/// Of two waits the longer one: none is undercut.
#[test]
fn the_longest_of_several_retry_after_counts() {
    let headers = [header("Retry-After", "7"), header("retry-after", "30")];
    for headers in [headers.clone(), [headers[1].clone(), headers[0].clone()]] {
        let verdict = after(429, false, &headers, None).verdict;
        assert!(
            matches!(verdict, Verdict::Retry(wait) if wait.at_least == 30 * SECOND),
            "{verdict:?}"
        );
    }
}

/// The answer's content type is published with its body: without one nothing is.
#[test]
fn nothing_is_published_without_a_content_type() {
    for value in ["", "  "] {
        let headers = [header("content-type", value)];
        let ruling = after(200, true, &headers, whole("x"));
        assert!(!ruling.publish && !after(200, true, &headers, None).read_body);
    }
    let typed = [header("Content-Type", "text/plain")];
    assert!(after(200, true, &typed, whole("x")).publish);
    assert!(!after(200, false, &typed, whole("x")).publish);
}

#[test]
fn what_cannot_be_published_says_why() {
    let typed = [header("content-type", "text/plain")];
    for (ending, says) in [
        (Ending::Oversized, "too long"),
        (Ending::Broken, "broke off"),
    ] {
        let body = Body {
            text: "x".to_owned(),
            ending,
        };
        let warning = after(200, true, &typed, Some(body)).warning.unwrap();
        assert!(warning.contains(says), "{warning}");
    }
    assert_eq!(after(200, true, &typed, whole("x")).warning, None);
}

/// After an event it is too late, whatever the status: nothing of it is published, and an
/// answer that is none yet (1xx) is not taken for a cancel.
#[test]
fn a_cancel_after_an_event_is_a_warning() {
    for kind in CANCEL_CONTENT_TYPES {
        let cancel = [header("content-type", kind)];
        for status in [200, 302, 404, 500] {
            let ruling = after(status, true, &cancel, whole("{}"));
            let warning = ruling.warning.unwrap();
            assert!(warning.contains("too late"), "{status}: {warning}");
            assert!(!ruling.publish, "{status}");
        }
        assert_eq!(after(199, true, &cancel, None).warning, None);
    }
    let plain = [header("content-type", "text/plain")];
    assert_eq!(after(500, true, &plain, None).warning, None);
}

#[test]
fn each_cancel_without_a_reason_says_why_there_is_none() {
    let cancel = [header("content-type", CANCEL_CONTENT_TYPES[0])];
    let policy = policy(Side::Before, 1, false);
    let body = |text: &str, ending| {
        Some(Body {
            text: text.to_owned(),
            ending,
        })
    };
    for (body, says) in [
        (None, "was not read"),
        (body("", Ending::Whole), "no body"),
        (body("  \n", Ending::Whole), "no body"),
        (body("{", Ending::Whole), "not JSON"),
        (body("[1]", Ending::Whole), "not a JSON object"),
        (body("{}", Ending::Whole), "no member \"reason\""),
        (body(r#"{"reason": 1}"#, Ending::Whole), "not a string"),
        (body(r#"{"reason": " "}"#, Ending::Whole), "is empty"),
        (body(r#"{"reason": "a"}"#, Ending::Oversized), "too long"),
        (body(r#"{"reason": "a"}"#, Ending::Broken), "broke off"),
    ] {
        let attempt = attempt(1, 200, cancel.to_vec(), body);
        let verdict = judge(&policy, &attempt).verdict;
        assert!(
            matches!(&verdict, Verdict::Cancel(reason)
                if reason.starts_with("cancelled without a reason: ") && reason.contains(says)),
            "{verdict:?}"
        );
    }
}
