//! The request and the events that the documents show, and their configurations.

use super::{Page, block, pages};
use crate::support::hmac_sha1;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::Value;

#[test]
fn the_request_is_signed_as_it_says() {
    let readme = Page::read("README.md");
    let request = readme.block("http", "POST /approve");
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
    let answer = readme.block("http", "HTTP/1.1 200");
    let (head, body) = answer.trim_end().split_once("\n\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}", body.len())));

    // The event of the reference makes that very body, and that answer stops it.
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
    for page in ["README.md", "docs/reference/configuration.md"] {
        let configuration = Page::read(page).block("yaml", "name: approve");
        let program = Program::new(&configuration)
            .variable("MEASUREMENTS_SECRET", "a")
            .variable("HOOKS_AUTHORIZATION", "Bearer a")
            .variable("APPROVE_URL", "https://example.com/approve");
        std::fs::create_dir(program.path("secrets")).unwrap();
        program.write("secrets/approve", "b\n");
        assert_eq!(
            program.call(&["check"]).exits(0).stdout,
            "ok: 2 webhooks, no problems\n",
            "{page}"
        );
    }
    let program = Program::new(&block("yaml", "name: both"))
        .variable("PLAIN_SECRET", "plain")
        .variable("WHSEC_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    assert_eq!(
        program.call(&["check"]).exits(0).stdout,
        "ok: 1 webhook, no problems\n"
    );
}

/// Each configuration that a page shows loads. `check` only warns about secrets that are
/// not here.
#[test]
fn each_configuration_that_is_shown_is_one() {
    let mut checked = 0;
    for page in pages() {
        for block in page.blocks("yaml") {
            if !block.contains("url: ") {
                continue;
            }
            let finished = Program::new(&block).call(&["check"]);
            assert_eq!(
                finished.code,
                Some(0),
                "{}: {block}{}",
                page.name,
                finished.stderr
            );
            checked += 1;
        }
        for block in page.blocks("json").iter().chain(&page.blocks("jsonl")) {
            for value in serde_json::Deserializer::from_str(block).into_iter::<Value>() {
                assert!(value.is_ok(), "{}: {block}", page.name);
            }
        }
    }
    assert!(checked >= 6, "{checked} configurations");
}

#[test]
fn the_catalogue_is_one() {
    let program = Program::new(
        "- {name: all, events: after:deploy, url: 'https://example.com/', secret: s}\n",
    );
    program.write("catalogue.json", block("json", "\"deploy\""));
    let call = ["check", "--strict", "--catalogue", "catalogue.json"];
    program.call(&call).exits(0);
    // Without it the name is unknown, of which it warns.
    program.call(&call[..2]).exits(2);
}
