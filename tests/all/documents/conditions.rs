//! The conditions that the guide recommends.

use super::block;
use crate::support::program::Program;

/// The conditions that keep to what they mean.
#[test]
fn the_recipes_of_conditions_do_what_they_say() {
    let adjusting = |value: &str| {
        r#"{"event": "before:adjust", "parameters": {"adjustments": [{"component_name": "web", "setting_name": "cpu", "value": VALUE}]}}"#
            .replace("VALUE", value)
    };
    let measured = |value: &str| {
        r#"{"event": "after:measure", "results": [{"connector": "p", "value": VALUE}]}"#
            .replace("VALUE", value)
    };
    let points = |value: &str| {
        measured(&format!(
            r#"{{"readings": [{{"data_points": [{{"value": {value}}}]}}]}}"#
        ))
    };
    let controlled =
        r#"{"event": "before:adjust", "parameters": {"control": {"load": {"rps": 200}}}}"#;
    let recipes = block("jq", "tonumber?");
    let cases = [
        (
            vec![adjusting("\"2.5\""), adjusting("4")],
            vec![
                adjusting("\"0.5\""),
                adjusting("\"fast\""),
                adjusting("null"),
            ],
        ),
        (vec![adjusting("4")], vec![controlled.to_owned()]),
        (vec![], vec![adjusting("4")]),
        (
            vec![points("1200")],
            vec![points("900"), measured("null"), measured("{}")],
        ),
    ];
    assert_eq!(recipes.lines().count(), cases.len());
    for (recipe, (fire, rest)) in recipes.lines().zip(cases) {
        let expression = recipe.split("  #").next().unwrap().trim();
        let event = match fire.iter().chain(&rest).next() {
            Some(event) if event.contains("after:measure") => "after:measure",
            _ => "before:adjust",
        };
        let program = Program::new(&format!(
            "- events: {event}\n  url: https://example.com/\n  secret: s\n  when: '{expression}'\n"
        ));
        let checked = program.call(&["check"]).exits(0);
        assert_eq!(
            checked.stdout, "ok: 1 webhook, no problems\n",
            "{}",
            checked.stderr
        );
        let expected = fire.iter().map(|_| true).chain(rest.iter().map(|_| false));
        let expected: Vec<bool> = expected.collect();
        program.write("events", [fire, rest].concat().join("\n"));
        let explained = program
            .call(&["explain", "--events", "events", "--json"])
            .exits(0);
        let fires = explained
            .lines()
            .iter()
            .map(|line| line["webhooks"][0]["fires"] == true)
            .collect::<Vec<_>>();
        assert_eq!(fires, expected, "{expression}: {}", explained.stdout);
    }
}
