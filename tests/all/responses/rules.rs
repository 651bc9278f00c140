//! What `listen` decides by rules.

use super::{BIG, MEASURE, ended, listen, responder, servo};
use serde_json::{Value, json};

const SMALL: &str = "{\"event\":\"before:adjust\",\"id\":\"b\",\"parameters\":{\"adjustments\":[{\"component_name\":\"web\",\"setting_name\":\"cpu\",\"value\":1}]}}\n";

#[test]
fn rules_answer_by_what_is_asked() {
    let program = responder();
    program.write(
        "rules.yaml",
        r#"
- when: .event == "before:adjust" and (.body.parameters.adjustments | any(.value > 2))  # too many
  answer: cancel:at most 2 cores
- when: .body.nothing[]
  answer: 500
- when: .headers["x-servo-attempt"] == "1" and .event == "after:measure" and .verified
  answer: 503,429
"#,
    );
    let (running, url) = listen(
        &program,
        &["--script", "rules.yaml", "--json", "--answer", "204"],
    );
    let servo = servo(&url, "s3cr3t", ", backoff: {max_tries: 2}");
    let finished = servo.run(&[BIG, SMALL].concat(), &[]).exits(0);
    let outcomes: Vec<Value> = finished
        .of_type("event")
        .iter()
        .map(|event| json!([event["outcome"], event["reason"]]))
        .collect();
    assert_eq!(
        outcomes,
        [
            json!(["cancelled", "at most 2 cores"]),
            json!(["proceed", null])
        ]
    );
    servo.run(MEASURE, &[]).exits(0);
    let finished = ended(running, 0);
    let answers: Vec<Value> = finished
        .of_type("request")
        .iter()
        .map(|request| json!([request["answer"], request["rule"]]))
        .collect();
    assert_eq!(
        answers,
        [
            json!(["200 cancel: at most 2 cores", "rules.yaml:2"]),
            json!(["204", null]),
            json!(["503", "rules.yaml:6"]),
            json!(["204", null]),
        ]
    );
    // A condition that fails decides nothing, and is told.
    let warnings = &finished.of_type("request")[1]["warnings"];
    let warning = warnings[0].as_str().unwrap();
    assert!(
        warning.starts_with("the rule at rules.yaml:4 failed: "),
        "{warning}"
    );
}

#[test]
fn wrong_rules_are_all_pointed_out_before_anything_is_answered() {
    let program = responder();
    for (rules, told) in [
        (
            "- {when: '.a |||', answer: 200}\n- {when: nope, answer: 200}\n",
            &["rules:1:10: ", "rules:2:10: ", "nope"][..],
        ),
        (
            "- {when: true, answer: maybe}\n- {wen: true}\n",
            &[
                "rules:1:24: write a status",
                "rules:2:4: unknown key \"wen\"",
                "`answer` is missing",
            ],
        ),
        ("- {answer: forward}\n", &["needs --forward-to URL"]),
        ("a: 1\n", &["rules:1:1: rules are a YAML list"]),
        ("[]\n", &["there are no rules"]),
    ] {
        program.write("rules", rules);
        let finished = program
            .call(&["listen", "--port", "0", "--script", "rules"])
            .exits(2);
        for part in told {
            assert!(
                finished.stderr.contains(part),
                "{part}: {}",
                finished.stderr
            );
        }
        assert!(
            !finished.stderr.contains("parameters"),
            "{}",
            finished.stderr
        );
    }
}

/// A minute and not the quarter of a second that each of them may take.
#[test]
fn rules_behind_the_one_that_answers_are_not_looked_at() {
    let program = responder();
    let mut rules = "- answer: 204\n".to_owned();
    for number in 0..1000 {
        rules += &format!("- {{when: 'def f: {number} | f; f', answer: 500}}\n");
    }
    program.write("rules.yaml", rules);
    let (running, url) = listen(&program, &["--script", "rules.yaml", "--json"]);
    let servo = servo(&url, "s3cr3t", ", timeout: 1m, backoff: false");
    servo.run(MEASURE, &[]).exits(0);
    let finished = ended(running, 0);
    let requests = finished.of_type("request");
    assert_eq!(requests[0]["answer"], "204");
    assert_eq!(requests[0]["rule"], "rules.yaml:1");
}
