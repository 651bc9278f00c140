//! `list`, at every width.

use super::{contains_all, json_of, program};
use crate::support::missing;
use crate::support::program::binary;
use serde_json::{Value, json};
use std::process::Command;

#[test]
fn list_tells_everything_on_request() {
    let program = program();
    let wide = program.call(&["list", "--wide"]).exits(0).stdout;
    contains_all(
        &wide,
        &[
            "240 in 6h",
            "1m30s",
            "cancel",
            ".parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)",
            "{env: NEW_KEY}",
            "{file: keys/old}",
            "standard",
            "1.1",
            "Authorization",
        ],
    );
    assert!(!wide.contains("hunter2"), "{wide}");
    // In a pipe every webhook's first line holds all of its columns.
    let header = wide.lines().next().unwrap();
    let first = wide.lines().nth(1).unwrap();
    assert!(
        header.starts_with(" #") && header.contains("ON ERROR"),
        "{wide}"
    );
    contains_all(
        first,
        &[
            "approve",
            "https://hooks.example.com",
            "240 in 6h",
            "1m30s",
            "cancel",
        ],
    );

    let listed = json_of(program.call(&["list", "--json"]));
    let webhook = &listed[0];
    for (field, expected) in [
        ("on_error", json!("cancel")),
        ("format", json!("servo")),
        ("signatures", json!(["servo", "standard"])),
        (
            "secrets",
            json!(["{env: NEW_KEY}", "{file: keys/old}", "***"]),
        ),
        ("http_version", json!("1.1")),
        ("timeout", json!(90.0)),
        ("before", json!({"max_tries": 240, "max_time": 21600.0})),
        ("content_type", json!("application/json")),
        (
            "headers",
            json!({"Authorization": "***", "X-Team": "{env: TEAM}"}),
        ),
        ("target", json!("https://hooks.example.com")),
        ("url", json!("https://hooks.example.com/***")),
    ] {
        assert_eq!(webhook[field], expected, "{field}");
    }
    assert!(webhook["when"].as_str().unwrap().contains("any("));
    assert_eq!(listed[1]["when"], Value::Null);
    let defaults = listed[1]["defaults"].as_array().unwrap();
    assert!(defaults.contains(&json!("timeout")) && !defaults.contains(&json!("url")));
    assert!(!listed.to_string().contains("hunter2"), "{listed}");
}

#[test]
fn a_list_fits_into_its_terminal() {
    for (columns, arguments) in [
        ("80", &["list"][..]),
        ("40", &["list"]),
        ("80", &["list", "--wide"]),
        ("40", &["list", "--wide"]),
        ("40", &["show", "0"]),
        ("80", &["show", "0"]),
    ] {
        let shown = program()
            .variable("COLUMNS", columns)
            .call(arguments)
            .exits(0)
            .stdout;
        let columns: usize = columns.parse().unwrap();
        for line in shown.lines() {
            // A word is never broken, so one that is longer than the line stands alone.
            let is_word = !line.trim().contains(' ');
            assert!(
                line.chars().count() <= columns || is_word,
                "{line}\n{shown}"
            );
        }
        contains_all(
            &shown,
            &["approve", "https://hooks.example.com", "240", "6h"],
        );
    }
    let broad = program()
        .variable("COLUMNS", "200")
        .call(&["list"])
        .exits(0)
        .stdout;
    assert_eq!(broad, program().call(&["list"]).exits(0).stdout);
}

#[test]
fn a_terminal_tells_its_own_width() {
    let there = Command::new("script").arg("--version").output();
    if there.is_err() {
        return missing("script");
    }
    let program = program();
    for (columns, is_table) in [(40, false), (160, true)] {
        let line = format!("stty cols {columns}; exec '{}' list", binary().display());
        let mut script = Command::new("script");
        script
            .args(["-qec", &line, "/dev/null"])
            .current_dir(program.path(""))
            .env_remove("COLUMNS")
            .stdin(std::process::Stdio::null());
        let command = program.command(&[]);
        let variables = command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        let output = script.envs(variables).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        assert_eq!(shown.contains("TARGET"), is_table, "{shown}");
        assert!(shown.contains("https://hooks.example.com"), "{shown}");
    }
}
