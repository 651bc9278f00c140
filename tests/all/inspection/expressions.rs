//! What `check` points out in expressions.

use super::{contains_all, place, with};
use crate::support::program::Program;

#[test]
fn a_caret_points_into_an_expression() {
    let (line, column, shown) = place(&with("  when: .parameters.metrics | lenght > 1"));
    assert_eq!((line, column), (4, 31));
    contains_all(
        &shown,
        &[
            "when: .parameters.metrics | lenght > 1",
            "^^^^^^ [0].when",
            "did you mean length?",
        ],
    );
    assert!(!shown.contains("column"), "the place says it: {shown}");

    let (line, column, shown) = place(&with("  when: '.a == \"it''s\" | )'"));
    assert_eq!((line, column), (4, 26));
    assert!(shown.contains("expected"), "{shown}");

    let (line, column, shown) = place(&with(
        "  payload: |\n    {key: \"hunter2\",\n     text: .event | uper}",
    ));
    assert_eq!((line, column), (6, 21));
    contains_all(&shown, &["text: .event | uper}", "^^^^ [0].payload"]);

    let (line, column, _) = place(&with("  when: \".a == \\\"x\\\" |\""));
    assert_eq!((line, column), (4, 23));
    let (line, column, _) = place(&with("  when: >-\n    .parameters\n    | lenght"));
    assert_eq!((line, column), (6, 7));
    // The strings of a payload may be keys of whoever receives it.
    let (_, _, shown) = place(&with("  payload: '{key: \"hunter2\", text: uper}'"));
    contains_all(&shown, &["{key: \"*******\", text: uper}"]);
}

#[test]
fn a_field_that_no_event_has_is_pointed_out() {
    let (line, column, shown) = place(&with("  when: .paramters.metrics | length > 1"));
    assert_eq!((line, column), (4, 10));
    contains_all(
        &shown,
        &[
            "warning",
            "\"paramters\"",
            "did you mean parameters?",
            "^^^^^^^^^ [0].when",
        ],
    );
    let (_, column, _) = place(&with("  payload: '{text: .results[0].value.reading}'"));
    assert_eq!(column, 38);
    for fields in [
        "  when: .parameters.of_my_own",
        "  when: .parameters.control.userdata.x",
    ] {
        let checked = Program::new(&with(fields)).call(&["check"]).exits(0);
        assert!(
            checked.stdout.ends_with("no problems\n"),
            "{}",
            checked.stderr
        );
    }
}

#[test]
fn a_condition_that_fails_is_pointed_out() {
    let (line, _, shown) = place(&with("  when: .parameters.metrics + 1 > 2"));
    assert_eq!(line, 4);
    contains_all(
        &shown,
        &[
            "fails for the sample of after:measure",
            "the delivery of such an event fails",
        ],
    );
    let before =
        with("  when: .parameters.adjustments + 1 > 2").replace("after:measure", "before:adjust");
    let (_, _, shown) = place(&before);
    contains_all(
        &shown,
        &[
            "fails for the sample of before:adjust",
            "the webhook is then asked anyway",
        ],
    );
    // What fails in the payload, or is stopped, leaves nobody to ask.
    for field in [
        "payload: 'error(\"late when\")'",
        "when: 'last(range(1e12)) > 0'",
    ] {
        let hook = with(&format!("  {field}")).replace("after:measure", "before:adjust");
        let (_, _, shown) = place(&hook);
        assert!(
            shown.contains("on_error decides for such an event"),
            "{shown}"
        );
    }
    let (_, _, shown) = place(&with("  payload: '{text: (.results + 1)}'"));
    assert!(
        shown.contains("fails for the sample of after:measure"),
        "{shown}"
    );
    // One that does not hold for the sample may hold for others.
    for fields in [
        "  when: .parameters.metrics | length > 100",
        "  when: .id == \"mine\"\n  enabled: false",
    ] {
        let checked = Program::new(&with(fields)).call(&["check"]).exits(0);
        assert!(
            checked.stdout.ends_with("no problems\n"),
            "{}",
            checked.stderr
        );
    }
    let silent = with("  when: error\n  enabled: false");
    let checked = Program::new(&silent).call(&["check"]).exits(0);
    assert!(
        checked.stdout.ends_with("no problems\n"),
        "{}",
        checked.stderr
    );
}
