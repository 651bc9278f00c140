//! A cancel is what has a cancel's content type, before an event, and nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rules::answer::{Answer, Attempt, CANCEL_CONTENT_TYPES, Outcome, Verdict, judge};
use rules::reason::{Body, Ending};
use rules::header::Header;

/// Status, content type, Retry-After, body and how it ended.
type Input<'a> = (u16, &'a str, &'a str, Option<(&'a str, u8)>, u32);

fuzz_target!(|input: Input<'_>| {
    let (status, content_type, retry_after, body, number) = input;
    let header = |name: &str, value: &str| Header {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let body = body.map(|(text, ending)| Body {
        text: text.to_owned(),
        ending: [Ending::Whole, Ending::Oversized, Ending::Broken][usize::from(ending % 3)],
    });
    let answer = Answer {
        status,
        headers: vec![header("content-type", content_type), header("retry-after", retry_after)],
        body,
    };
    let attempt = Attempt {
        number: number.max(1),
        elapsed: 0,
        now: 1_795_433_022_000_000_000,
        outcome: Outcome::Answer(answer),
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim_matches([' ', '\t']);
    let cancels = CANCEL_CONTENT_TYPES.iter().any(|cancel| essence.eq_ignore_ascii_case(cancel));
    let lower = content_type.to_ascii_lowercase();
    // What stands beside it may hide nothing, and makes no cancel of anything else.
    let named = CANCEL_CONTENT_TYPES.iter().any(|cancel| lower.contains(&cancel.to_ascii_lowercase()));
    for (policy, before) in [("before 12 180000000000 publish", true), ("after 12 180000000000", false)] {
        match judge(policy, &attempt).verdict {
            Verdict::Cancel(reason) => assert!(before && named && !reason.is_empty()),
            _ if before => assert!(!cancels || status < 200),
            Verdict::Delivered => assert_eq!(status / 100, 2),
            _ => assert_ne!(status / 100, 2),
        }
    }
});
