//! The README, tried: its snippets run, its example is true, its links lead somewhere.
//! Snippets in Rust are run as documentation tests of the library.

#[path = "../../host/cli/benches/figures/figure.rs"]
#[allow(dead_code, reason = "a part of it shows what the rest measured")]
mod figure;
#[path = "../../host/cli/benches/figures/table.rs"]
#[allow(dead_code, reason = "see above")]
mod table;

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::{has, hmac_sha1, missing, root};
use serde_json::Value;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// RFC 2202, test case 2 for HMAC-SHA1.
const KEY: &str = "Jefe";
const DATA: &str = "what do ya want for nothing?";
const SIGNATURE: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The fenced blocks of one language, in order.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("```{language}\n");
    let parts = readme.split(&fence).skip(1);
    parts
        .map(|part| part.split("\n```").next().unwrap().to_owned() + "\n")
        .collect()
}

/// The one block that has this in it.
pub fn block(language: &str, mark: &str) -> String {
    let mut found = blocks(language)
        .into_iter()
        .filter(|block| block.contains(mark));
    let block = found
        .next()
        .unwrap_or_else(|| panic!("no {language} with {mark:?}"));
    assert!(
        found.next().is_none(),
        "{language}: {mark:?} is there twice"
    );
    block
}

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

/// The responder of the README, until it is dropped.
struct Script(std::process::Child);

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_responder_vetoes_and_knows_duplicates() {
    if !has("python3") {
        return missing("python3");
    }
    let program = Program::empty();
    program.write("responder.py", block("python", "ThreadingHTTPServer"));
    let port = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let _script = Script(
        Command::new("python3")
            .arg(program.path("responder.py"))
            .arg(port.to_string())
            .env("SERVO_SECRET", "s3cr3t")
            .stdout(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "the responder does not listen");
        std::thread::sleep(Duration::from_millis(5));
    }
    let configuration = |secret: &str| {
        format!(
            "- {{name: approve, events: [before:adjust, after:adjust], url: 'http://127.0.0.1:{port}/', secret: {secret}, backoff: false}}\n"
        )
    };
    program.write("servo.yaml", configuration("s3cr3t"));
    let adjust = |cpu: &str| {
        format!(
            "{{\"event\":\"before:adjust\",\"parameters\":{{\"adjustments\":[{{\"component_name\":\"web\",\"setting_name\":\"cpu\",\"value\":{cpu}}}]}}}}\n"
        )
    };
    let lines = [
        adjust("2.5"),
        adjust("4.5"),
        "{\"event\":\"after:adjust\"}\n".to_owned(),
    ]
    .concat();
    let finished = program.run(&lines, &[]).exits(0);
    let events = finished.of_type("event");
    assert_eq!(
        (&events[0]["outcome"], &events[0]["reason"]),
        (&Value::from("proceed"), &Value::Null)
    );
    assert_eq!(
        (&events[1]["outcome"], &events[1]["reason"]),
        (&Value::from("cancelled"), &Value::from("at most 4 CPUs"))
    );
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "delivered");
    // Another secret is refused.
    program.write("servo.yaml", configuration("wrong"));
    let finished = program.run(&adjust("9"), &[]).exits(0);
    assert_eq!(finished.of_type("event")[0]["webhooks"][0]["status"], 401);
}

#[test]
fn the_request_is_signed_as_it_says() {
    let request = block("http", "POST /approve");
    let (head, body) = request.trim_end().split_once("\n\n").unwrap();
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
            .unwrap()
    };
    assert_eq!(header("Content-Length"), body.len().to_string());
    assert_eq!(
        header("X-Servo-Signature"),
        hmac_sha1("s3cr3t", body.as_bytes())
    );
    assert_eq!(
        header("User-Agent"),
        concat!("servo-webhooks/", env!("CARGO_PKG_VERSION"))
    );
    let answer = block("http", "HTTP/1.1 200");
    let (head, body) = answer.trim_end().split_once("\n\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}", body.len())));

    // The event of the README makes that very body, and that answer stops it.
    let answer = body.to_owned();
    let responder = Responder::start(move |_| {
        Reply::typed(
            200,
            "application/vnd.opsani.servo.errors.EventCancelledError+json",
            &answer,
        )
    });
    let program = Program::new(&format!(
        "- {{name: approve, events: before:adjust, url: '{}', secret: s3cr3t}}\n",
        responder.url("/approve")
    ));
    let line = block("jsonl", "before:adjust")
        .lines()
        .next()
        .unwrap()
        .replacen(
            "\"id\"",
            "\"created_at\": \"2026-11-23T11:23:42.243402\", \"id\"",
            1,
        );
    let finished = program
        .run(&format!("{line}\n"), &["--source", "checkout"])
        .exits(0);
    assert_eq!(
        finished.of_type("event")[0]["reason"],
        "no changes while we launch"
    );
    let received = &responder.received()[0];
    let shown: Value =
        serde_json::from_str(request.trim_end().split_once("\n\n").unwrap().1).unwrap();
    assert_eq!(received.json(), shown);
    let names: Vec<&str> = request
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| line.split(':').next().unwrap())
        .collect();
    let mut shown: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let mut sent: Vec<String> = received
        .headers
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    shown.sort_unstable();
    sent.sort_unstable();
    assert_eq!(sent, shown);
}

#[test]
fn the_events_are_taken() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: all, events: [before:adjust, after:measure], channels: the_news, url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    program.run(&block("jsonl", "the_news"), &[]).exits(0);
    assert_eq!(responder.received().len(), 3);
}

#[test]
fn the_configuration_passes_check() {
    let program = Program::new(&block("yaml", "measurements"))
        .variable("MEASUREMENTS_SECRET", "a")
        .variable("APPROVE_URL", "https://example.com/approve");
    std::fs::create_dir(program.path("secrets")).unwrap();
    program.write("secrets/approve", "b\n");
    assert_eq!(
        program.call(&["check"]).exits(0).stdout,
        "ok: 2 webhooks, no problems\n"
    );
    let program = Program::new(&block("yaml", "name: both"))
        .variable("PLAIN_SECRET", "plain")
        .variable("WHSEC_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assert_eq!(
        program.call(&["check"]).exits(0).stdout,
        "ok: 1 webhook, no problems\n"
    );
}

#[test]
fn the_commands_run() {
    let program = Program::empty()
        .variable("SERVO_WEBHOOKS_SECRET", "s")
        .variable("SERVO_WEBHOOKS_ALLOW", "loopback");
    let responder = Responder::start(|_| Reply::status(200));
    let usage = block("sh", "servo-webhooks generate");
    let mut ran = 0;
    for line in usage
        .lines()
        .filter_map(|line| line.strip_prefix("servo-webhooks "))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        program.call(&words).exits(0);
        if words[0] == "generate" {
            // From here on to a responder of our own.
            let written = std::fs::read_to_string(program.path("servo.yaml")).unwrap();
            program.write(
                "servo.yaml",
                written.replace("https://example.com", &responder.url("")),
            );
            program.write("events.jsonl", block("jsonl", "the_news"));
        }
        ran += 1;
    }
    assert_eq!(ran, 5);
    assert_eq!(responder.received().len(), 3);
    // The answers that it shows are ones.
    let listen = block("sh", "servo-webhooks listen");
    let steps = listen.split('"').nth(1).unwrap();
    let arguments = [
        "listen",
        "--port",
        "0",
        "--secret",
        "file:/nowhere",
        "--answer",
        steps,
    ];
    let finished = program.call(&arguments).exits(2);
    assert!(finished.stderr.contains("/nowhere"), "{}", finished.stderr);
    let table = readme();
    for command in [
        "run",
        "list",
        "schema",
        "trigger",
        "generate",
        "check",
        "explain",
        "listen",
        "verify",
        "component",
        "demo",
        "completions",
    ] {
        assert!(
            table.contains(&format!("| `{command}")),
            "{command} is not in the table"
        );
    }
}

#[test]
fn the_rules_of_listen_answer() {
    let program = Program::empty();
    program.write("rules.yaml", block("yaml", "cancel:at most 2 cores"));
    let arguments = [
        "listen",
        "--port",
        "0",
        "--script",
        "rules.yaml",
        "--count",
        "1",
    ];
    let running = program.start(&arguments);
    running.until_logged("(Ctrl-C to end)");
    let said = running.said();
    let (_, rest) = said.split_once("listening on ").unwrap();
    let url = rest.split(' ').next().unwrap();
    let servo = Program::new(&format!(
        "- {{events: before:adjust, url: '{url}/', secret: s}}\n"
    ));
    let event = r#"{"event": "before:adjust", "parameters": {"adjustments": [{"component_name": "web", "setting_name": "cpu", "value": 2.5}]}}"#;
    let finished = servo.run(&format!("{event}\n"), &[]).exits(0);
    assert_eq!(finished.of_type("event")[0]["reason"], "at most 2 cores");
    running.finish().exits(0);
}

#[test]
fn the_figures_are_those_that_were_measured() {
    let results = root().join("host/cli/benches/results/figures.json");
    let measured: figure::Measured =
        serde_json::from_str(&std::fs::read_to_string(results).unwrap()).unwrap();
    assert!(!measured.figures.is_empty());
    assert!(readme().contains(&table::markdown(&measured.figures)));
}

#[test]
fn the_links_lead_somewhere() {
    for document in [
        "README.md",
        "DESIGN.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "guest/connector/README.md",
        "tests/hosts/README.md",
        "wit/README.md",
    ] {
        let file = root().join(document);
        let folder = file.parent().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap())
        {
            if !link.starts_with("http") && !link.starts_with('#') {
                assert!(folder.join(link).exists(), "{document}: {link}");
            }
        }
    }
}

/// The one command for the tests of each host is a step that there is.
#[test]
fn each_host_has_a_command_for_its_tests() {
    let steps = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    let readme = readme();
    let (_, hosts) = readme.split_once("## Other hosts").unwrap();
    let hosts = hosts.split("\n## ").next().unwrap();
    let mut found = 0;
    for rest in hosts.split("`.ci/run ").skip(1) {
        let step = rest.split('`').next().unwrap();
        assert!(steps.contains(&format!("\n{step}() {{\n")), "{step}");
        found += 1;
    }
    assert!(found >= 4, "{found}");
}

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
