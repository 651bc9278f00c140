#![allow(clippy::unwrap_used)]
use super::unknown::unknown;
use super::*;
use crate::args;
use std::collections::BTreeSet;

fn parsed(line: &str, set: &[(&str, &str)]) -> Result<Arguments, Rejected> {
    let given: Vec<OsString> = ["servo-webhooks"]
        .into_iter()
        .chain(line.split_whitespace())
        .map(OsString::from)
        .collect();
    let variable = |name: &str| {
        let mut set = set.iter();
        let found = set.find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    };
    parse(&given, &variable)
}

fn serving(line: &str, set: &[(&str, &str)]) -> args::ServeCommand {
    match parsed(line, set).unwrap().command {
        args::Command::Serve(command) => command,
        other => panic!("{other:?}"),
    }
}

fn refused(line: &str, set: &[(&str, &str)]) -> String {
    match parsed(line, set).unwrap_err() {
        Rejected::Variable(why) => why,
        Rejected::Arguments(error) => error.render().to_string(),
    }
}

#[test]
fn a_variable_is_as_good_as_an_option() {
    let set = [
        ("SERVO_WEBHOOKS_BIND", "0.0.0.0:1"),
        ("SERVO_WEBHOOKS_MAX_WAITING", "7"),
        ("SERVO_WEBHOOKS_ALLOW", "loopback,10.0.0.0/8"),
        ("SERVO_WEBHOOKS_INSTANCES", "Warm"),
        ("SERVO_WEBHOOKS_TOKEN_FILE", "token"),
        ("SERVO_WEBHOOKS_BEFORE_BUDGET", ""),
        ("SERVO_WEBHOOKS_CONFIG", "other.yaml"),
        ("SERVO_WEBHOOKS_HANDLER_DIGEST", "00"),
    ];
    let command = serving("serve", &set);
    let delivering = &command.delivering;
    assert_eq!(command.bind.to_string(), "0.0.0.0:1");
    assert_eq!(delivering.max_waiting, 7);
    assert_eq!(delivering.network.allow, ["loopback", "10.0.0.0/8"]);
    assert_eq!(delivering.instances, args::Instances::Warm);
    assert_eq!(command.token_file.unwrap().to_str(), Some("token"));
    assert_eq!(delivering.before_budget.as_secs(), 30);
    assert_eq!(delivering.config.config.to_str(), Some("other.yaml"));
    // What is written counts, and what it excludes is not asked for.
    let command = serving("serve --bind [::1]:2 --allow private", &set);
    assert_eq!(command.bind.to_string(), "[::1]:2");
    assert_eq!(command.delivering.network.allow, ["private"]);
    let command = serving("serve --handler h.wasm", &set);
    assert!(command.hosted.handler.is_some());
    let handler = [("SERVO_WEBHOOKS_HANDLER", "h.wasm")];
    assert!(
        serving("serve --max-instances 3", &handler)
            .hosted
            .handler
            .is_some()
    );
}

#[test]
fn what_a_command_must_have_may_be_in_a_variable() {
    let events = [("SERVO_WEBHOOKS_EVENTS", "events.jsonl")];
    let Ok(args::Command::Run(command)) = parsed("run", &events).map(|read| read.command) else {
        panic!("run")
    };
    assert_eq!(command.events.to_str(), Some("events.jsonl"));
    let explain = |line| match parsed(line, &events).map(|read| read.command) {
        Ok(args::Command::Explain(command)) => (command.event, command.events),
        other => panic!("{other:?}"),
    };
    assert_eq!(explain("explain"), (None, Some("events.jsonl".into())));
    let named = explain("explain after:measure");
    assert_eq!(named, (Some("after:measure".to_owned()), None));
    assert!(refused("run", &[]).contains("--events"));
}

#[test]
fn flags_are_true_or_false_and_words_have_any_case() {
    let strict = |value| match parsed("check", &[("SERVO_WEBHOOKS_STRICT", value)]) {
        Ok(read) => match read.command {
            args::Command::Check(command) => Ok(command.strict),
            other => panic!("{other:?}"),
        },
        Err(Rejected::Variable(why)) => Err(why),
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(
        (strict("1"), strict("True"), strict("NO")),
        (Ok(true), Ok(true), Ok(false))
    );
    assert_eq!(strict(""), Ok(false));
    let why = "SERVO_WEBHOOKS_STRICT: must be true or false";
    assert_eq!(strict("hunter2"), Err(why.to_owned()));
    for name in ["SERVO_WEBHOOKS_LOG", "SERVO_WEBHOOKS_LOG_LEVEL"] {
        for value in ["INFO", "Warn", ""] {
            assert!(parsed("list", &[(name, value)]).is_ok(), "{name}={value}");
        }
    }
    assert!(parsed("list --log-format JSON --log-level Debug", &[]).is_ok());
}

#[test]
fn no_message_shows_the_value_of_a_variable() {
    for (line, name, says) in [
        ("serve", "SERVO_WEBHOOKS_BIND", "an address and a port"),
        (
            "serve",
            "SERVO_WEBHOOKS_MAX_WAITING",
            "a whole number from 1",
        ),
        ("run --events -", "SERVO_WEBHOOKS_ON_FULL", "wait, reject"),
        ("list", "SERVO_WEBHOOKS_LOG_FORMAT", "text, json"),
        ("listen", "SERVO_WEBHOOKS_TOLERANCE", "a duration"),
    ] {
        let why = refused(line, &[(name, "hunter2")]);
        assert!(why.starts_with(&format!("{name}: must be")), "{why}");
        assert!(why.contains(says) && !why.contains("hunter2"), "{why}");
    }
    // Nor does what is wrong elsewhere name what they fill in.
    let set = [
        ("SERVO_WEBHOOKS_ALLOW", "hunter2"),
        ("SERVO_WEBHOOKS_LOG", "info"),
    ];
    for line in ["run", "serve --nonsense", "serve --max-waiting 0"] {
        let said = refused(line, &set);
        assert!(
            !said.contains("hunter2") && !said.contains("--allow"),
            "{said}"
        );
        assert!(!said.contains("--log-level"), "{said}");
    }
    let help = refused("serve --help", &set);
    assert!(
        !help.contains("hunter2") && !help.contains("info]"),
        "{help}"
    );
}

/// A variable that is meant for one command stands in the environment of all.
#[test]
fn no_variable_breaks_a_command_that_does_not_need_it() {
    let lines = [
        "run --events e",
        "serve",
        "serve --handler h",
        "list",
        "schema measure",
        "explain measure",
        "trigger measure",
        "listen",
        "verify --headers h --body b --secret env:S",
        "generate",
        "check",
        "deliveries --store s",
        "decisions --store s",
        "show name",
        "replay --store s --all",
        "forget --store s --all",
        "store check --store s",
        "top --metrics 127.0.0.1:1",
        "component",
        "demo",
        "completions bash",
    ];
    for arg in all(&command()) {
        let words = arg.get_possible_values();
        let value = words.first().map_or("1", |word| word.get_name()).to_owned();
        for name in names(arg) {
            let value = match name.strip_prefix("SERVO_WEBHOOKS_") {
                Some("BIND" | "METRICS" | "PAGE") => "127.0.0.1:0",
                Some("ANSWER") => "200",
                _ => &value,
            };
            for line in lines {
                let read = parsed(line, &[(&name, value)]);
                assert!(read.is_ok(), "{name}: {line}: {:?}", read.err());
            }
        }
    }
}

/// What one call is about cannot be set for all calls, nor where `listen` listens for
/// anyone: it asks for no token.
#[test]
fn what_one_call_is_about_has_no_variable() {
    let set = [
        ("SERVO_WEBHOOKS_WEBHOOK", "one"),
        ("SERVO_WEBHOOKS_DRY_RUN", "true"),
        ("SERVO_WEBHOOKS_EVENT", "e"),
        ("SERVO_WEBHOOKS_BIND", "0.0.0.0:1"),
    ];
    match parsed("run --events -", &set).unwrap().command {
        args::Command::Run(command) => assert!(command.webhook.is_empty() && !command.dry_run),
        other => panic!("{other:?}"),
    }
    match parsed("trigger after:measure", &set).unwrap().command {
        args::Command::Trigger(command) => assert!(command.file.is_none()),
        other => panic!("{other:?}"),
    }
    match parsed("listen", &set).unwrap().command {
        args::Command::Listen(command) => assert!(command.bind.ip().is_loopback()),
        other => panic!("{other:?}"),
    }
    match parsed("serve", &set).unwrap().command {
        args::Command::Serve(command) => assert!(command.bind.ip().is_unspecified()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_kubernetes_sets_is_not_warned_of() {
    let set = [
        "PORT",
        "SERVICE_HOST",
        "SERVICE_PORT_HTTP",
        "PORT_8081_TCP_ADDR",
    ];
    let set = set.map(|rest| PREFIX.to_owned() + rest);
    assert!(unknown(set.into_iter(), &BTreeSet::new()).is_empty());
}

#[test]
fn old_spellings_still_do() {
    let connector = |line| match parsed(line, &[]).unwrap().command {
        args::Command::List(command) => command.config.component.component,
        args::Command::Serve(command) => command.delivering.config.component.component,
        other => panic!("{other:?}"),
    };
    for line in [
        "list --component c",
        "list --connector c",
        "serve --connector c",
    ] {
        assert_eq!(connector(line).unwrap().to_str(), Some("c"), "{line}");
    }
    let digests = "list --component c --component-digest 00";
    assert!(parsed(digests, &[]).is_ok());
    let hosted = serving("serve --component h --component-digest 00", &[]).hosted;
    assert_eq!(hosted.handler.unwrap().to_str(), Some("h"));
    let at = |line| match parsed(line, &[]).unwrap().command {
        args::Command::Listen(command) => command.at().to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(at("listen"), "127.0.0.1:8080");
    assert_eq!(at("listen --bind [::1]:1"), "[::1]:1");
    assert_eq!(at("listen --address ::1 --port 0"), "[::1]:0");
    assert_eq!(at("listen --port 9"), "127.0.0.1:9");
    let both = refused("listen --bind [::1]:1 --port 2", &[]);
    assert!(both.contains("cannot be used with"), "{both}");
    let help = refused("listen --help", &[]);
    assert!(
        !help.contains("--port") && !help.contains("--address"),
        "{help}"
    );
}

#[test]
fn standard_input_is_read_once() {
    let why = refused("run -c - --events -", &[]);
    assert!(
        why.contains("--events and --config") || why.contains("--config and --events"),
        "{why}"
    );
    let set = [("SERVO_WEBHOOKS_CONFIG", "-")];
    assert!(refused("run --events -", &set).contains("cannot both be standard input"));
    assert!(parsed("run -c - --events e", &[]).is_ok());
}

#[test]
fn what_is_unknown_is_named_with_what_was_meant() {
    let said = |names: &[&str]| {
        let set = names.iter().map(ToString::to_string);
        unknown(set, &BTreeSet::from(["SERVO_WEBHOOKS_KEY"]))
    };
    let known = [
        "SERVO_WEBHOOKS_KEY",
        "SERVO_WEBHOOKS_TOKEN",
        "SERVO_WEBHOOKS_LOG",
        "SERVO_WEBHOOKS_BEFORE_BUDGET",
        "PATH",
    ];
    assert!(said(&known).is_empty());
    let warnings = said(&["SERVO_WEBHOOKS_BNID", "SERVO_WEBHOOKS_SOMETHING_ELSE"]);
    assert!(
        warnings[0].contains("did you mean SERVO_WEBHOOKS_BIND?"),
        "{warnings:?}"
    );
    assert!(warnings[1].contains("SERVO_WEBHOOKS_SOMETHING_ELSE is unknown"));
}
