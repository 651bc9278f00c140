//! What a configuration comes to, for whoever has to answer for it: `list`, `show`, `check` and
//! `explain`, at every width.

mod details;
mod expressions;
mod lists;
mod problems;

use crate::support::program::{Finished, Program};
use serde_json::Value;

const CONFIGURATION: &str = "webhooks:
  - name: approve
    description: Asks the people on call.
    events: [before:adjust, after:adjust]
    url: https://hooks.example.com/hunter2/approve?token=hunter2
    secret: [{env: NEW_KEY}, {file: keys/old}, hunter2]
    signatures: [servo, standard]
    on_error: cancel
    when: '.parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)'
    payload: '{routing_key: \"hunter2\", text: .event}'
    headers: {Authorization: hunter2, X-Team: {env: TEAM}}
    backoff: {max_tries: 240, max_time: 6h}
    timeout: 1m30s
    http_version: '1.1'
  - events: after:measure
    url: http://10.1.2.3:8080/hunter2
    secret: {env: OTHER_KEY}
";

/// Its references lead somewhere.
fn program() -> Program {
    let program = Program::new(CONFIGURATION)
        .variable("NEW_KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .variable("OTHER_KEY", "hunter2-other")
        .variable("TEAM", "hunter2-team");
    std::fs::create_dir(program.path("keys")).unwrap();
    program.write("keys/old", "hunter2-old\n");
    program
}

fn json_of(finished: Finished) -> Value {
    serde_json::from_str(&finished.exits(0).stdout).unwrap()
}

fn contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

/// Line and column of the only problem, and what was said.
fn place(text: &str) -> (u64, u64, String) {
    let program = Program::new(text);
    let shown = program.call(&["check"]).stderr;
    assert!(!shown.contains("hunter2"), "{shown}");
    let report = program.call(&["check", "--json"]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    let problems = report["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{report}");
    let at = |key: &str| problems[0][key].as_u64().unwrap();
    (at("line"), at("column"), shown)
}

fn with(fields: &str) -> String {
    format!("- events: after:measure\n  url: https://example.com/\n  secret: s3cr3t\n{fields}\n")
}
