//! HTTP/1.1 and HTTP/2 over TLS, with an authority of our own.

use crate::support::authority::Authority;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use http::Version;
use std::sync::Arc;

const EVENT: &str = "{\"event\":\"after:measure\"}\n";

/// A responder with a certificate for its own address, and a program to call it.
fn setup(authority: &Authority, offered: &[&str], more: &str) -> (Responder, Program) {
    let tls = Arc::unwrap_or_clone(authority.server("127.0.0.1", offered));
    let responder = Responder::start_tls(tls, |_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{name: secure, events: 'after:measure', url: '{}', secret: s3cr3t, backoff: false{more}}}\n",
        responder.url("/hook")
    ));
    (responder, program)
}

fn ca_file(authority: &Authority) -> String {
    authority.file().display().to_string()
}

#[test]
fn the_version_is_agreed_on_or_chosen() {
    let authority = Authority::new();
    let ca = ca_file(&authority);
    let both: &[&str] = &["h2", "http/1.1"];
    for (offered, more, spoken) in [
        (both, "", Version::HTTP_2),
        (both, ", http_version: 1.1", Version::HTTP_11),
        (both, ", http_version: 2", Version::HTTP_2),
        (&["http/1.1"], "", Version::HTTP_11),
    ] {
        let (responder, program) = setup(&authority, offered, more);
        program.run(EVENT, &["--ca-file", &ca]).exits(0);
        assert_eq!(responder.received()[0].version, spoken);
    }
    let (_responder, program) = setup(&authority, &["http/1.1"], ", http_version: 2");
    let finished = program.run(EVENT, &["--ca-file", &ca]).exits(1);
    let error = finished.of_type("delivery")[0]["error"].to_string();
    assert!(error.contains("does not offer the HTTP version"), "{error}");
}

#[test]
fn in_clear_it_is_1_1_unless_the_configuration_says_2() {
    for (more, spoken) in [
        ("", Version::HTTP_11),
        (", http_version: 2", Version::HTTP_2),
    ] {
        let responder = Responder::start(|_| Reply::status(200));
        let program = Program::new(&format!(
            "- {{name: clear, events: 'after:measure', url: '{}', secret: s3cr3t{more}}}\n",
            responder.url("/")
        ));
        program.run(EVENT, &[]).exits(0);
        assert_eq!(responder.received()[0].version, spoken);
    }
}

#[test]
fn a_certificate_that_is_not_trusted_is_a_failure_that_says_so() {
    let (ours, other) = (Authority::new(), Authority::new());
    let tls = Arc::unwrap_or_clone(ours.server("hooks.example", &["h2", "http/1.1"]));
    let misnamed = Responder::start_tls(tls, |_| Reply::status(200));
    let hook = |url: &str| {
        format!(
            "- {{name: h, events: 'after:measure', url: '{url}', secret: s3cr3t, backoff: false}}\n"
        )
    };
    let (unknown, program) = setup(&ours, &["h2"], "");
    let cases = [
        (
            &program,
            ca_file(&other),
            "unknown issuer; --ca-file adds a CA to trust",
        ),
        (
            &Program::new(&hook(&misnamed.url("/"))),
            ca_file(&ours),
            "not valid for name \\\"127.0.0.1\\\"",
        ),
    ];
    for (program, ca, why) in cases {
        let finished = program.run(EVENT, &["--ca-file", &ca]).exits(1);
        let delivery = &finished.of_type("delivery")[0];
        assert_eq!(delivery["outcome"], "failed");
        assert!(delivery["error"].to_string().contains(why), "{delivery}");
    }
    assert!(unknown.received().is_empty() && misnamed.received().is_empty());
    let finished = program.run(EVENT, &["--ca-file", "missing.pem"]).exits(2);
    assert!(
        finished.stderr.contains("missing.pem"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_hundred_deliveries_use_few_connections() {
    let authority = Authority::new();
    let ca = ca_file(&authority);
    for offered in ["h2", "http/1.1"] {
        let (responder, program) = setup(&authority, &[offered], "");
        program
            .run(&EVENT.repeat(100), &["--ca-file", &ca])
            .exits(0);
        assert_eq!(responder.received().len(), 100);
        // Sixteen attempts are made at a time, each with a connection at first; one that
        // starts before the last is given back opens another.
        let used = responder.connections();
        assert!((1..=40).contains(&used), "{offered}: {used}");
    }
}
