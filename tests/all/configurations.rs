//! Wrong configurations, kept as files: each problem is told with its place, all at once,
//! and nothing is sent. Right ones load as they are.

use crate::support::data;
use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use std::collections::BTreeMap;
use std::path::Path;

/// Each expectation is `SEVERITY at LINE:COLUMN PATH: PART OF THE MESSAGE`; a column of *
/// is any, an empty path is the whole document.
fn expected() -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(data("configurations/expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn text_of(name: &str) -> String {
    std::fs::read_to_string(data("configurations").join(format!("{name}.yaml"))).unwrap()
}

/// Problems as they are shown, in the order of their places: the message, the place, and the
/// path under the caret. What is said of several places is one for each.
fn shown(finished: &Finished) -> Vec<(String, String, String)> {
    let starts = |line: &str| line.starts_with("error: ") || line.starts_with("warning: ");
    let (mut message, mut shown) = ("", Vec::<(String, String, String)>::new());
    for line in finished.stderr.lines() {
        let bare = line.trim_start();
        let place = bare.strip_prefix("--> ").or(bare.strip_prefix("::: "));
        if starts(line) {
            message = line;
        } else if let Some(place) = place {
            shown.push((message.to_owned(), place.to_owned(), String::new()));
        } else if let Some((_, _, block)) = shown.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    let number = |place: &str, nth: usize| {
        let number = place.split(':').nth(nth);
        number.and_then(|number| number.parse::<u32>().ok())
    };
    shown.sort_by_key(|(_, place, _)| (number(place, 1), number(place, 2)));
    shown
}

fn check(name: &str, expected: &[String], finished: &Finished) {
    let shown = shown(finished);
    let all = format!("{name}: {}", finished.stderr);
    assert_eq!(shown.len(), expected.len(), "{all}");
    for (expected, (message, place, block)) in expected.iter().zip(shown) {
        let (severity, rest) = expected.split_once(" at ").unwrap();
        let (line, rest) = rest.split_once(':').unwrap();
        let column = rest.split([' ', ':']).next().unwrap();
        let (path, part) = rest[column.len()..].split_once(": ").unwrap();
        let path = path.trim_start();
        assert!(message.starts_with(severity), "{expected}\n{all}");
        assert!(message.contains(part), "{expected}\n{all}");
        assert!(block.contains(path), "{expected}\n{all}");
        match column {
            "*" => assert!(
                place.starts_with(&format!("servo.yaml:{line}:")),
                "{expected}\n{all}"
            ),
            _ => assert_eq!(
                place,
                format!("servo.yaml:{line}:{column}"),
                "{expected}\n{all}"
            ),
        }
    }
    assert!(!all.contains("hunter2"), "a secret is shown: {all}");
}

#[test]
fn every_problem_is_told_with_its_place() {
    let files = std::fs::read_dir(data("configurations")).unwrap();
    let yaml = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    };
    let files = files
        .filter(|file| yaml(&file.as_ref().unwrap().path()))
        .count();
    let expected = expected();
    assert!(files == expected.len() && files >= 60);
    for (name, expected) in expected {
        let program = Program::new(&text_of(&name));
        let finished = program.run("{\"event\":\"after:measure\"}\n", &[]).exits(2);
        assert!(finished.stdout.is_empty(), "{name}: {}", finished.stdout);
        check(&name, &expected, &finished);
    }
}

#[test]
fn one_wrong_webhook_keeps_all_from_sending() {
    let sink = Responder::start(|_| Reply::status(200));
    let right = format!(
        "webhooks:\n  - {{name: right, events: 'after:measure', url: '{}', secret: s3cr3t}}\n",
        sink.url("/")
    );
    let program = Program::new(&right);
    program.run("{\"event\":\"after:measure\"}\n", &[]).exits(0);
    assert_eq!(sink.received().len(), 1, "by itself it sends");
    let mut tried = 0;
    for name in expected().keys() {
        let Some(wrong) = text_of(name)
            .strip_prefix("webhooks:\n  - ")
            .map(|text| format!("{right}  - {text}"))
        else {
            continue;
        };
        tried += 1;
        program.write("servo.yaml", wrong);
        program.run("{\"event\":\"after:measure\"}\n", &[]).exits(2);
        program
            .call(&["trigger", "after:measure", "right", "--allow", "loopback"])
            .exits(2);
    }
    assert!(tried > 60, "{tried}");
    assert_eq!(sink.received().len(), 1);
}

#[test]
fn a_reference_without_a_value_is_a_warning_where_nothing_is_sent() {
    for name in [
        "a-url-from-an-unset-variable",
        "a-secret-file-that-is-not-there",
    ] {
        let program = Program::new(&text_of(name));
        for command in [
            &["check"][..],
            &["list"],
            &["schema", "after:measure", "--webhook", "one"],
        ] {
            let finished = program.call(command).exits(0);
            let shown = shown(&finished);
            assert_eq!(shown.len(), 1, "{name}: {}", finished.stderr);
            assert!(
                shown[0].0.starts_with("warning: "),
                "{name}: {}",
                finished.stderr
            );
        }
    }
}

/// As the original's own documentation had it.
const ORIGINAL: &str = "webhooks:
  - name: my_measure_handler # Optional. Name of the webhook.    
    description: Store measurement info into Elastic Search. # Optional: Textual description of the webhook
    events:
    - after:measure # Required. Format: `(before|after):[EVENT_NAME]`
    url: https://example.com/webhooks # Required. Format: [URL]
    secret: s3cr3t # Required. Secret value for computing webhook signatures
    headers: # Optional, Dict[str, str]
      - name: x-some-header
        value: some value
    backoff: # Optional. Setting to `false` disables retries.
      max_tries: 3
      max_time: 5m
";

#[test]
fn the_original_s_own_example_loads_and_does_what_it_says() {
    let program = Program::new(ORIGINAL);
    let finished = program.call(&["check"]).exits(0);
    assert_eq!(finished.stdout.trim(), "ok: 1 webhook, no problems");
    let listed = program.call(&["list", "--json"]).exits(0).lines().remove(0);
    let webhook = &listed[0];
    assert_eq!(webhook["name"], "my_measure_handler");
    assert_eq!(webhook["events"], serde_json::json!(["after:measure"]));
    assert_eq!(webhook["target"], "https://example.com");
    assert_eq!(
        webhook["after"],
        serde_json::json!({"max_tries": 3, "max_time": 300.0})
    );

    let busy = Responder::start(|_| Reply::status(503));
    let program =
        Program::new(&ORIGINAL.replace("https://example.com/webhooks", &busy.url("/webhooks")));
    let finished = program
        .run(
            "{\"event\":\"after:measure\"}\n{\"event\":\"after:adjust\"}\n",
            &[],
        )
        .exits(1);
    let deliveries = finished.of_type("delivery");
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0]["attempts"], 3);
    let received = busy.received();
    assert_eq!(received.len(), 3);
    for request in received {
        assert_eq!(request.path, "/webhooks");
        assert_eq!(request.header("x-some-header"), "some value");
        assert_eq!(
            request.header("x-servo-signature"),
            crate::support::hmac_sha1("s3cr3t", &request.body)
        );
    }
}

#[test]
fn what_generate_prints_passes_check() {
    let program = Program::empty();
    let generated = program.call(&["generate"]).exits(0).stdout;
    program.write("servo.yaml", &generated);
    let finished = program.call(&["check"]).exits(0);
    assert!(
        finished.stdout.starts_with("ok: 3 webhooks, "),
        "{}",
        finished.stdout
    );
    assert!(
        finished
            .stderr
            .contains("warning: the environment variable `SERVO_WEBHOOKS_SECRET` is not set")
    );
    let finished = program.run("{\"event\":\"after:measure\"}\n", &[]).exits(2);
    assert!(
        finished
            .stderr
            .contains("error: the environment variable `SERVO_WEBHOOKS_SECRET` is not set")
    );
    let program = program.variable("SERVO_WEBHOOKS_SECRET", "hunter2");
    let finished = program.call(&["check"]).exits(0);
    assert_eq!(finished.stdout.trim(), "ok: 3 webhooks, no problems");
    assert!(finished.stderr.is_empty(), "{}", finished.stderr);
}

#[test]
fn references_are_resolved_beside_the_configuration() {
    let sink = Responder::start(|_| Reply::status(200));
    let program = Program::empty()
        .variable("HOOK_URL", &sink.url("/from-env"))
        .variable("HOOK_TOKEN", "Bearer token");
    std::fs::create_dir(program.path("etc")).unwrap();
    program.write("etc/key", "from-file\n");
    program.write(
        "etc/servo.yaml",
        "measure: {metrics: [throughput]}\nwebhooks:\n- {name: refers, events: 'after:measure', url: {env: HOOK_URL}, secret: [{file: key}, older], headers: {Authorization: {env: HOOK_TOKEN}}}\n",
    );
    program
        .run("{\"event\":\"after:measure\"}\n", &["-c", "etc/servo.yaml"])
        .exits(0);
    let received = sink.received();
    assert_eq!(received[0].path, "/from-env");
    assert_eq!(received[0].header("authorization"), "Bearer token");
    assert_eq!(
        received[0].header("x-servo-signature"),
        crate::support::hmac_sha1("from-file", &received[0].body)
    );
}

#[test]
fn a_missing_file_says_what_to_do() {
    let finished = Program::empty().call(&["check"]).exits(2);
    assert!(
        finished.stderr.contains("servo.yaml")
            && finished.stderr.contains("servo-webhooks generate"),
        "{}",
        finished.stderr
    );
}
