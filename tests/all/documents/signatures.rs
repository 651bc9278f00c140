//! The functions that verify signatures, in each language.

use super::block;
use crate::support::program::Program;
use crate::support::{has, missing};
use std::process::{Command, Output};

/// RFC 2202, test case 2 for HMAC-SHA1.
const KEY: &str = "Jefe";
const DATA: &str = "what do ya want for nothing?";
const SIGNATURE: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";

fn output(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Signatures that are right and wrong, as arguments: key, data, signature; and the
/// answers that are expected of them.
fn cases() -> (Vec<String>, &'static str) {
    let nearly = SIGNATURE.replace("9c25", "9c26");
    let cases = [
        (KEY, DATA, SIGNATURE),
        (KEY, DATA, nearly.as_str()),
        (KEY, "what do ya want for something?", SIGNATURE),
        ("jefe", DATA, SIGNATURE),
        (KEY, DATA, ""),
        (KEY, DATA, &SIGNATURE[..20]),
        (KEY, DATA, "é"),
    ];
    let arguments = cases
        .iter()
        .flat_map(|(key, data, signature)| [*key, *data, *signature]);
    (
        arguments.map(str::to_owned).collect(),
        "yes no no no no no no",
    )
}

fn says(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).to_lowercase();
    said.split_whitespace()
        .map(|word| if word == "true" { "yes" } else { "no" })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn the_python_snippet_verifies() {
    if !has("python3") {
        return missing("python3");
    }
    let program = Program::empty();
    let main = "\nimport sys\nrest = sys.argv[1:]\nwhile rest:\n    key, data, signature, *rest = rest\n    print(verify(key, data.encode(), signature))\n";
    program.write("verify.py", block("python", "def verify") + main);
    let (arguments, expected) = cases();
    let output = output(
        Command::new("python3")
            .arg(program.path("verify.py"))
            .args(arguments),
    );
    assert_eq!(says(&output), expected);
}

#[test]
fn the_javascript_snippet_verifies() {
    if !has("node") {
        return missing("node");
    }
    let program = Program::empty();
    let main = "\nconst rest = process.argv.slice(2);\nwhile (rest.length) {\n  const [key, data, signature] = rest.splice(0, 3);\n  console.log(verify(key, Buffer.from(data), signature));\n}\n";
    program.write("verify.mjs", block("js", "function verify") + main);
    let (arguments, expected) = cases();
    let output = output(
        Command::new("node")
            .arg(program.path("verify.mjs"))
            .args(arguments),
    );
    assert_eq!(says(&output), expected);
}

#[test]
fn the_go_snippet_verifies() {
    // `go` knows no --version, but starts.
    if !has("go") {
        return missing("go");
    }
    let program = Program::empty();
    std::fs::create_dir(program.path("responder")).unwrap();
    program.write("go.mod", "module example\n\ngo 1.15\n");
    program.write("responder/verify.go", block("go", "func Verify"));
    program.write(
        "main.go",
        "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"example/responder\"\n)\n\nfunc main() {\n\tfor rest := os.Args[1:]; len(rest) > 0; rest = rest[3:] {\n\t\tfmt.Println(responder.Verify(rest[0], []byte(rest[1]), rest[2]))\n\t}\n}\n",
    );
    let (arguments, expected) = cases();
    let output = output(
        Command::new("go")
            .args(["run", "."])
            .args(arguments)
            .current_dir(program.path(""))
            .env("GOCACHE", program.path("cache"))
            .env("GOFLAGS", "-mod=mod")
            .env("GOTOOLCHAIN", "local"),
    );
    assert_eq!(says(&output), expected);
}
