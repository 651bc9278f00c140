//! `trigger --print curl`.

use super::{EVENTS, configuration};
use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use crate::support::{has, hmac_sha1, missing};
use std::process::Command;

/// Runs a printed command in a shell.
fn shell(command: &str, variables: &[(&str, &str)]) {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{command} --silent --fail --noproxy '*'")])
        .envs(variables.iter().copied());
    let output = shell.output().unwrap();
    assert!(
        output.status.success(),
        "{command}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn printed(program: &Program, more: &[&str]) -> String {
    let finished = program
        .call(
            &[
                &["trigger", "after:measure", "first", "--print", "curl"],
                more,
            ]
            .concat(),
        )
        .exits(0);
    let (comment, command) = finished.stdout.split_once('\n').unwrap();
    assert_eq!(comment, "# first");
    command.trim_end().to_owned()
}

#[test]
fn a_printed_command_sends_what_trigger_sends() {
    if !has("curl") {
        return missing("curl");
    }
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&configuration(&responder));
    shell(&printed(&program, &["--reveal"]), &[]);
    let masked = printed(&program, &[]);
    assert!(
        !masked.contains("hunter2") && masked.contains("\"${URL?}\""),
        "{masked}"
    );
    let url = responder.url("/hunter2?key=hunter2");
    let variables = [
        ("URL", url.as_str()),
        ("AUTHORIZATION", "Bearer hunter2"),
        ("X_SERVO_SIGNATURE", "set by hand"),
    ];
    shell(&masked, &variables);
    program
        .call(&["trigger", "after:measure", "first", "--allow", "loopback"])
        .exits(0);
    let [revealed, by_hand, triggered] = <[Received; 3]>::try_from(responder.received()).unwrap();
    assert_eq!(
        revealed.header("x-servo-signature"),
        hmac_sha1("s3cr3t", &revealed.body)
    );
    assert_eq!(by_hand.header("x-servo-signature"), "set by hand");
    for request in [&revealed, &by_hand, &triggered] {
        assert_eq!(request.path, "/hunter2?key=hunter2");
        assert_eq!(request.header("authorization"), "Bearer hunter2");
        assert_eq!(request.header("x-servo-trigger"), "manual");
        assert_eq!(request.json()["results"], triggered.json()["results"]);
    }
    // What a body has in it stays out of the shell's hands.
    let told = program
        .run(EVENTS, &["--dry-run"])
        .exits(0)
        .of_type("request");
    assert!(told[0]["body"].as_str().unwrap().contains("$HOME `x`"));
}

#[test]
fn printed_commands_of_several_webhooks_have_variables_of_their_own() {
    if !has("curl") {
        return missing("curl");
    }
    let responder = Responder::start(|_| Reply::status(200));
    let hook = |name: &str| {
        format!(
            "- {{name: {name}, events: after:measure, url: '{}', secret: s}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let program = Program::new(&["store", "a-b", "a.b"].map(hook).concat());
    let arguments = ["trigger", "after:measure", "--print", "curl"];
    let printed = program.call(&arguments).exits(0).stdout;
    for comment in [
        "# store\n# Set STORE_URL, STORE_X_SERVO_SIGNATURE first, or pass --reveal to print the values.\n",
        "# Set A_B_1_URL, A_B_1_X_SERVO_SIGNATURE first",
        "# Set A_B_2_URL, A_B_2_X_SERVO_SIGNATURE first",
    ] {
        assert!(printed.contains(comment), "{comment}: {printed}");
    }
    // A shell names the variable that is missing.
    let output = Command::new("sh").args(["-c", &printed]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("STORE_URL"),
        "{said}"
    );
    assert!(responder.received().is_empty());
    let mut shell = Command::new("sh");
    shell.args(["-c", &printed]).env("no_proxy", "*");
    for (name, path) in [("STORE", "store"), ("A_B_1", "a-b"), ("A_B_2", "a.b")] {
        shell.env(format!("{name}_URL"), responder.url(&format!("/{path}")));
        shell.env(format!("{name}_X_SERVO_SIGNATURE"), name);
    }
    assert!(shell.output().unwrap().status.success());
    let received = responder.received();
    let signed: Vec<_> = received
        .iter()
        .map(|request| (request.path.as_str(), request.header("x-servo-signature")))
        .collect();
    assert_eq!(
        signed,
        [("/store", "STORE"), ("/a-b", "A_B_1"), ("/a.b", "A_B_2")]
    );
    // Whole commands need no variable.
    let revealed = program.call(&[&arguments[..], &["--reveal"]].concat());
    assert!(!revealed.exits(0).stdout.contains("Set "));
}

#[test]
fn a_printed_command_is_nobody_s_but_its_variables() {
    // Whoever writes a configuration that somebody else tries out has a shell in mind.
    let hostile = "- name: \"first `touch owned`\"
  events: after:measure
  url: 'http://127.0.0.1:9/[1-3]/$(touch%20owned)''&$HOME'
  secret: s
  headers:
    '`touch`': hunter2
    '$(id)': hunter2
    path: hunter2
    ifs: hunter2
    x-empty: ''
    \"x-'quoted'\": \"a'b\\\"c`touch owned`$(touch owned)$HOME\\\\\"
";
    let hostile = hostile.replace("    '$(id)': hunter2\n", "");
    let program = Program::new(&hostile);
    program.write(
        "curl",
        "#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done\n",
    );
    let made = Command::new("chmod")
        .arg("+x")
        .arg(program.path("curl"))
        .status();
    assert!(made.unwrap().success());
    let words = |more: &[&str], variables: &[(&str, &str)]| {
        let arguments = ["trigger", "after:measure", "0", "--print", "curl"];
        let printed = program.call(&[&arguments, more].concat()).exits(0).stdout;
        let folder = program.path("").display().to_string();
        let output = Command::new("sh")
            .args(["-u", "-c", &printed])
            .current_dir(program.path(""))
            .env("PATH", format!("{folder}:/usr/bin:/bin"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{printed}\n{said}");
        assert!(!program.path("owned").exists(), "{printed}");
        let words = String::from_utf8(output.stdout).unwrap();
        words.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let revealed = words(&["--reveal"], &[]);
    assert!(revealed.contains(&"--globoff".to_owned()), "{revealed:?}");
    let url = revealed
        .iter()
        .find(|word| word.starts_with("http:"))
        .unwrap();
    assert!(url.contains("[1-3]/$(touch%20owned)"), "{url}");
    for header in [
        "`touch`: hunter2",
        "path: hunter2",
        "ifs: hunter2",
        "x-empty;",
        "x-'quoted': a'b\"c`touch owned`$(touch owned)$HOME\\",
    ] {
        assert!(
            revealed.contains(&header.to_owned()),
            "{header}: {revealed:?}"
        );
    }
    let masked = words(
        &[],
        &[
            ("URL", "the url"),
            ("HEADER__TOUCH_", "the 'value'"),
            ("HEADER_PATH", "p"),
            ("HEADER_IFS", "i"),
            ("X_EMPTY", ""),
            ("X__QUOTED_", "`touch owned`"),
            ("X_SERVO_SIGNATURE", "the signature"),
        ],
    );
    for word in [
        "the url",
        "`touch`: the 'value'",
        "path: p",
        "ifs: i",
        "x-'quoted': `touch owned`",
        "x-servo-signature: the signature",
    ] {
        assert!(masked.contains(&word.to_owned()), "{word}: {masked:?}");
    }
    assert!(
        !masked.iter().any(|word| word.contains("hunter2")),
        "{masked:?}"
    );
}
