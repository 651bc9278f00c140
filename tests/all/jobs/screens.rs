//! The same output on a broad screen, on a narrow one, without colours and in a pipe; and
//! commands that are typed with the Tab key.

use super::{Operator, lines, shows};
use crate::completions::{self, SETTINGS};
use crate::support::terminal::Ended;
use serde_json::{Value, json};

const CONFIGURATION: &str = "webhooks:
  - {name: store, events: after:measure, url: 'https://hooks.example.com/store', secret: {env: NEW}}
  - {name: approve, events: before:adjust, url: 'https://ask.example.com/ask', secret: {env: NEW}, on_error: cancel}
";

const TOLD: [&str; 5] = [
    "store",
    "after:measure",
    "https://hooks.example.com",
    "approve",
    "https://ask.example.com",
];

impl Operator {
    /// Types a command on a screen of so many columns.
    fn types_on(&self, columns: u16, command: &str) -> Ended {
        let mut setup = self.setup();
        setup.columns = columns;
        setup.start(&["sh", "-c", command]).finish().exits(0)
    }
}

/// What was written, as it was broken into lines by the program.
fn written(ended: &Ended) -> Vec<&str> {
    ended.raw.lines().map(str::trim_end).collect()
}

#[test]
fn output_fits_the_screen_and_the_pipe() {
    let Some(operator) = Operator::new() else {
        return;
    };
    operator.configures(CONFIGURATION);
    for command in ["list", "list --wide", "show store"] {
        for columns in [80, 40] {
            let shown = operator.types_on(columns, &format!("servo-webhooks {command}"));
            for line in written(&shown) {
                let is_word = !line.trim().contains(' ');
                let fits = line.chars().count() <= usize::from(columns);
                assert!(fits || is_word, "{columns}: {line}");
            }
            shows(&shown, &TOLD[..3]);
        }
    }
    shows(&operator.types_on(40, "servo-webhooks list"), &TOLD);

    // In a pipe one webhook is one line, whatever the screen: so it can be searched.
    let found = operator.types_on(40, "servo-webhooks list | grep approve");
    let [line] = written(&found)[..] else {
        panic!("{}", found.raw);
    };
    assert!(line.contains("before:adjust") && line.contains(TOLD[4]));
    assert!(line.chars().count() > 40 && !found.is_colored(), "{line}");

    // What is wrong is red, but for who wants no colours or keeps it in a file.
    operator.0.write("wrong.yaml", "- {events: measure}\n");
    let wrong = "servo-webhooks check wrong.yaml";
    let colored = operator.types(wrong).exits(2);
    let plain = operator.types(&format!("NO_COLOR=1 {wrong}")).exits(2);
    assert!(colored.is_colored() && !plain.is_colored());
    assert_eq!(colored.screen, plain.screen);
    operator.types(&format!("{wrong} 2>said")).exits(2);
    assert_eq!(operator.reads("said").trim_end(), plain.screen);

    // For machines.
    operator.types("servo-webhooks list --json >webhooks.json");
    let webhooks: Value = serde_json::from_str(&operator.reads("webhooks.json")).unwrap();
    assert_eq!(
        (&webhooks[1]["name"], &webhooks[1]["on_error"]),
        (&json!("approve"), &json!("cancel"))
    );
    operator
        .types("servo-webhooks check wrong.yaml --json >problems.json")
        .exits(2);
    let report = &lines(&operator.reads("problems.json"))[0];
    let problem = &report["problems"][0];
    assert_eq!(
        (&problem["line"], &report["valid"]),
        (&json!(1), &json!(false))
    );
}

#[test]
fn a_command_is_typed_with_tab() {
    let Some(operator) = Operator::new() else {
        return;
    };
    if !completions::are_there("bash") {
        return;
    }
    operator.configures(CONFIGURATION);
    // On an account without any of the folders.
    let home = operator.0.path("").display().to_string();
    let mut setup = operator.setup().variable("HOME", &home);
    setup.columns = 80;
    let install = crate::documents::block("sh", "completions bash");
    setup.start(&["sh", "-e", "-c", &install]).finish().exits(0);
    let sourced = ". ~/.local/share/bash-completion/completions/servo-webhooks\n";
    operator.0.write("rc", format!("{SETTINGS}{sourced}"));
    let mut shell = setup.start(&["bash", "--noprofile", "--rcfile", "rc", "-i"]);
    shell.until_shown("$");
    completions::completes(&mut shell, "servo-webhooks sho", "servo-webhooks show");
    completions::completes(
        &mut shell,
        "servo-webhooks show --conf",
        "servo-webhooks show --config",
    );
    completions::completes(
        &mut shell,
        "servo-webhooks show --config serv",
        "servo-webhooks show --config servo.yaml",
    );
    // What came of it is a command that runs.
    shell.press(" store\r");
    shell.until_shown("store (#0, enabled)");
    shell.press("exit\r");
    shell.finish().exits(0);
    if completions::are_there("zsh") {
        let asks = "fpath+=(~/.zfunc); autoload -Uz compinit; compinit -u; print for ${_comps[servo-webhooks]}";
        let known = setup.start(&["zsh", "-f", "-c", asks]).finish().exits(0);
        assert_eq!(known.screen, "for _servo-webhooks");
    }
}
