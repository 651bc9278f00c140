use crate::config::test_webhook::{good, read, warns, with};
use serde_json::json;

#[test]
fn a_misspelt_field_is_pointed_out() {
    for (when, says) in [
        (
            ".paramters.a",
            "column 2: no event of this webhook has the field \"paramters\"; did you mean parameters?",
        ),
        (".results[].vale", "did you mean value?"),
        (".results[0].value.reading", "did you mean readings?"),
        (
            ".results[].value.readings[] | select(.metrc.name == \"a\")",
            "did you mean metric?",
        ),
        (
            ".parameters | .metrcs | length > 1",
            "did you mean metrics?",
        ),
        (
            ".severity",
            "there are created_at, event, id, parameters, results, source",
        ),
        ("[.results[].connectr]", "did you mean connector?"),
        (
            ".event == \"after:mesure\"",
            "is never equal, since this webhook listens to after:measure",
        ),
    ] {
        warns(&json!({"when": when}), "/0/when", says);
    }
    warns(
        &json!({"payload": "{text: .evnt}"}),
        "/0/payload",
        "column 9: no event",
    );
    warns(
        &json!({"events": "before:adjust", "when": ".results[0].value > 1"}),
        "/0/when",
        "before an event results is null",
    );
}

#[test]
fn what_may_be_there_is_left_alone() {
    for when in [
        ".parameters.mine",
        ".parameters.control.userdata.paramters",
        ".results[].value.annotations.anything",
        ".results[].value | .error, .message, .readings",
        ".source == \"a\"",
        ".event == \"after:measure\"",
        "{paramters: 1} | .paramters",
        // Servos may add members to a value, and none has a name like it.
        ".results[].value.zzzzzz",
        ".parameters.kind == \"after:nothing\"",
        ".paramters? // 1 | . as $x | $x",
    ] {
        let read = read(&[with(&json!({"when": when}))]);
        let odd = when.starts_with(".paramters?");
        assert_eq!(
            read.problems.len(),
            usize::from(odd),
            "{when}: {:?}",
            read.problems
        );
    }
    for events in ["after:*", "after:deploy", "*:d*"] {
        good(&json!({"events": events, "when": ".parameters.metrcs or .results[0].value.vale"}));
    }
    // One of its events has it.
    good(&json!({"events": ["after:adjust", "after:measure"], "when": ".parameters.metrics"}));
    good(&json!({"events": ["before:adjust", "after:adjust"], "when": ".results[0].value"}));
}

/// Two letters are near to too many words: what there is is listed.
#[test]
fn a_short_name_is_not_guessed() {
    warns(
        &json!({"when": ".ib"}),
        "/0/when",
        "there are created_at, event, id, ",
    );
}

/// Where no event is left, nothing is known of its fields.
#[test]
fn nothing_is_said_of_fields_where_the_events_are_refused() {
    let read = read(&[with(&json!({"events": "measure", "when": ".paramters"}))]);
    let paths: Vec<_> = read.problems.iter().map(|problem| &problem.path).collect();
    assert_eq!(paths, ["/0/events"]);
}

#[test]
fn one_slip_is_said_once() {
    let read = read(&[with(&json!({"when": ".paramters.a or .paramters.b"}))]);
    assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
}
