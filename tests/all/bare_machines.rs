//! Machines that lack something: the program starts all the same, or says what.

use crate::support::program::{Program, binary};
use crate::support::responder::{Reply, Responder};
use crate::support::{has, missing};
use std::process::{Command, Output};

const EVENT: &str = "{\"event\":\"after:measure\"}";

fn program(url: &str) -> Program {
    let program = Program::new(&format!(
        "- {{name: hook, events: after:measure, url: '{url}', secret: s}}\n"
    ));
    program.write("events.jsonl", EVENT);
    program
}

/// Runs the program within a script of the shell, as `"$0"`.
fn shell(program: &Program, before: &[&str], script: &str) -> Output {
    let (first, more) = before.split_first().unwrap();
    Command::new(first)
        .args(more)
        .args(["sh", "-c", script])
        .arg(binary())
        .current_dir(program.path(""))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn without_proc_it_delivers_and_compiles_all_the_same() {
    let unshare = ["unshare", "--user", "--map-root-user", "--mount"];
    let without = "mount -t tmpfs none /proc && test ! -e /proc/self &&";
    let sink = Responder::start(|_| Reply::status(204));
    let program = program(&sink.url("/"));
    let can = has("unshare")
        && shell(&program, &unshare, &format!("{without} true"))
            .status
            .success();
    if !can {
        return missing("a namespace of mounts without /proc");
    }
    let run = format!("{without} \"$0\" run --events events.jsonl --allow loopback");
    let output = shell(&program, &unshare, &run);
    assert!(output.status.success(), "{}", said(&output));
    sink.until_received(1);
    // A component from elsewhere is compiled by this program, which has to find itself.
    let bytes = servo_webhooks::Component::built_in().bytes().to_vec();
    let mut other = bytes;
    // A custom section more: another component, which was not compiled ahead.
    other.extend_from_slice(&[0, 2, 1, b'x']);
    program.write("other.wasm", other);
    let check = format!("{without} \"$0\" check --connector other.wasm");
    let output = shell(&program, &unshare, &check);
    assert!(output.status.success(), "{}", said(&output));
    let named = format!(
        "{without} PATH=\"$(dirname \"$0\"):$PATH\" && servo-webhooks check --connector other.wasm"
    );
    let output = shell(&program, &unshare, &named);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn too_little_address_space_is_called_that() {
    let program = program("https://example.com/");
    let env = ["env"];
    let output = shell(&program, &env, "ulimit -v 3000000 && \"$0\" check");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("limited to 2929 MiB (ulimit -v)"), "{text}");
    assert!(!text.contains("servo.yaml"), "{text}");
    // With room for a few it works, and says what that costs.
    let output = shell(&program, &env, "ulimit -v 30000000 && \"$0\" check");
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("sandboxes are not pooled"),
        "{}",
        said(&output)
    );
    let output = shell(&program, &env, "\"$0\" check");
    assert!(
        !said(&output).contains("address space"),
        "{}",
        said(&output)
    );
}
