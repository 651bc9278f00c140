#![allow(clippy::unwrap_used)]
use super::*;

fn outputs(expression: &str, input: &str) -> Vec<Result<String, String>> {
    let compiled = Expression::compile(expression).unwrap();
    let input = read(input).unwrap();
    compiled
        .run(input, "2026-11-23T11:23:42.5+01:00")
        .map(|output| output.and_then(|value| write(&value)))
        .collect()
}

#[test]
fn the_library_is_read() {
    assert_eq!(
        outputs("[paths]", "{\"a\":1}"),
        [Ok("[[\"a\"]]".to_owned())]
    );
}

/// Cases whose outputs are those of jq 1.8, number for number and key for key.
#[test]
fn agreed_with_jq() {
    let cases: Vec<serde_json::Value> = serde_json::from_str(include_str!("agreed.json")).unwrap();
    let mut differ = Vec::new();
    for case in &cases {
        let text = |key: &str| case[key].as_str().unwrap();
        let expected = case["outputs"].as_array().unwrap().iter();
        let expected: Vec<_> = expected
            .map(|output| Ok(output.as_str().unwrap().to_owned()))
            .collect();
        let found = outputs(text("expression"), text("input"));
        if found != expected {
            differ.push((text("expression").to_owned(), found, expected));
        }
    }
    assert!(differ.is_empty(), "{} differ: {differ:#?}", differ.len());
}

#[test]
fn the_definitions_can_be_read() {
    library::check().unwrap();
}

#[test]
fn now_is_the_events_time() {
    assert_eq!(outputs("now", "null"), [Ok("1795429422.5".to_owned())]);
}

fn faults(expression: &str) -> Vec<String> {
    let faults = Expression::compile(expression).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn faults_have_a_place() {
    for (expression, says) in [
        (
            "",
            "column 1: expected a value or a function, found the end",
        ),
        (
            ".a |",
            "column 5: expected a value or a function, found the end",
        ),
        (
            ".a\n  | foo",
            "line 2, column 5: there is no function foo without arguments",
        ),
        (
            "\"é\" | foo(1; 2)",
            "column 7: there is no function foo with 2 arguments",
        ),
        (
            "if . then 1",
            "column 12: expected else or end, found the end",
        ),
        ("(.a", "column 4: expected ) to close ("),
        ("\"a", "column 3: the string has no closing \""),
        (".a &", "column 4: jq has no such sign"),
        (".a && .b", "column 4: jq has no &&; write and"),
        (".a == 'b'", "column 7: strings take double quotes"),
        ("!.a", "column 1: jq has no !; write `| not` behind it"),
        ("$x", "column 1: there is no variable $x"),
        ("1 2", "column 3: expected the end or an operator, found 2"),
        (
            "include \"a\"; 1",
            "column 10: modules cannot be loaded; write the definition itself",
        ),
        (
            "env.HOME",
            "column 1: env reaches outside the event; an expression sees the event alone",
        ),
        (
            "$ENV.HOME",
            "column 1: $ENV reaches outside the event; an expression sees the event alone",
        ),
        (
            "input",
            "column 1: input reaches outside the event; an expression sees the event alone",
        ),
        (
            "debug",
            "column 1: debug reaches outside the event; an expression sees the event alone",
        ),
        (
            "halt",
            "column 1: halt reaches outside the event; an expression sees the event alone",
        ),
        ("break $x", "column 7: there is no label $x"),
    ] {
        assert_eq!(faults(expression), [says], "{expression}");
    }
    assert_eq!(faults("foo | bar").len(), 2);
}

#[test]
fn what_would_be_too_much_is_refused() {
    assert!(faults(&"[".repeat(65))[0].contains("nested"));
    assert!(faults(&format!("\"{}\"", "a".repeat(LIMIT)))[0].contains("bytes"));
}

#[test]
fn what_json_cannot_hold() {
    for (expression, written) in [
        ("nan", "null"),
        ("infinite", "1.7976931348623157e+308"),
        ("-infinite", "-1.7976931348623157e+308"),
        ("1.5 + 1.5", "3"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("\"a\\u0001\\n\\\"\\\\\"", "\"a\\u0001\\n\\\"\\\\\""),
    ] {
        assert_eq!(outputs(expression, "null"), [Ok(written.to_owned())]);
    }
    assert!(outputs("{(1|tostring): 1}", "null")[0].is_ok());
    assert!(outputs("reduce range(300) as $i (null; [.])", "null")[0].is_err());
}

/// On a stack for a build that is not optimised.
#[test]
fn operators_in_one_another_are_bounded_and_those_beside_are_not() {
    let compiles = |text: &str| Expression::compile(text).map(drop);
    let bounded = move || {
        let levels = |count: usize, operator: &str| {
            let row = operator.repeat(500);
            format!("{}.{}", "(".repeat(count), format!("{row})").repeat(count))
        };
        for operator in ["?", "|.", ",.", "+1", " and 1"] {
            assert_eq!(compiles(&levels(2, operator)), Ok(()), "{operator}");
            let refused = faults(&levels(3, operator));
            assert!(
                refused.len() == 1 && refused[0].contains("in one another"),
                "{operator}: {refused:?}"
            );
        }
        let alternatives = |count: usize| format!(". as {}$x | 1", "$x ?// ".repeat(count));
        assert_eq!(compiles(&alternatives(500)), Ok(()));
        assert!(faults(&alternatives(2000))[0].contains("in a row"));
        // Of those that stand beside one another there may be many.
        let part = "(.a + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9)";
        assert_eq!(compiles(&[part; 300].join("|")), Ok(()));
        assert_eq!(compiles(&[part; 300].join(",")), Ok(()));
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    thread.spawn(bounded).unwrap().join().unwrap();
}
