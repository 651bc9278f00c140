//! What is shown of a file, and what is not.

use super::{Problem, SERVO, Severity, parse};

#[test]
fn snippets_show_the_line_and_hide_what_is_confidential() {
    let document = parse(SERVO);
    let pointers = [
        "/0/backoff/max_time",
        "/0/url",
        "/0/secret",
        "/1/url",
        "/1/secret/1",
        "/1/headers/X-Foo",
        "/1/bäckoff",
    ];
    // Those that say the same would be one.
    let locate = |pointer: &&str| {
        document.locate(Severity::Error, pointer, false, format!("m at {pointer}"))
    };
    let problems: Vec<Problem> = pointers.iter().map(locate).collect();
    let shown = document.report(problems).render(false);
    for part in [
        "max_time: 10x",
        "https://example.com**",
        "secret: *******",
        "{env: URL}",
        "X-Foo: ",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(
        shown.contains("^^^ webhooks[0].backoff.max_time"),
        "{shown}"
    );
    for part in ["hunter", "T0", "abc", ": no"] {
        assert!(!shown.contains(part), "{shown}");
    }
    assert!(!format!("{document:?}").contains("hunter"));
}

#[test]
fn a_value_that_lost_its_key_is_not_shown() {
    let document = parse("- headers: {X-Foo: a, hunter2, hunter2}\n- retrys:\n- {retrys: }\n");
    let mut problems = document.problems().to_vec();
    assert_eq!(problems.len(), 1);
    for pointer in ["/0/headers/hunter2", "/1/retrys", "/2/retrys"] {
        problems.push(document.locate(Severity::Error, pointer, true, "unknown".to_owned()));
    }
    let report = document.report(problems);
    let shown = report.to_string() + &report.render(false);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(
        shown.contains("[1].retrys") && shown.contains("[2].retrys"),
        "{shown}"
    );
    assert!(
        shown.contains("2 | - retrys:") && shown.contains("3 | - {retrys: }"),
        "{shown}"
    );
}
