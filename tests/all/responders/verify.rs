//! `verify`.

use super::{responder_program, servo};
use crate::support::data;
use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use serde_json::Value;

/// One request, recorded.
fn recorded() -> Received {
    let responder = Responder::start(|_| Reply::status(200));
    servo(&responder.url(""), "s3cr3t", "")
        .run("{\"event\":\"after:measure\"}\n", &[])
        .exits(0);
    responder.received()[0].clone()
}

fn verify(
    program: &Program,
    headers: &str,
    body: &[u8],
    more: &[&str],
) -> crate::support::program::Finished {
    program.write("headers", headers);
    program.write("body", body);
    program.call(&[&["verify", "--headers", "headers", "--body", "body"], more].concat())
}

#[test]
fn verify_says_exactly_what_is_wrong() {
    let request = recorded();
    let text = |change: &dyn Fn(&str, &str) -> Option<String>| {
        let lines = request
            .headers
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}: {}\r\n", change(name, value)?)));
        format!(
            "POST /hook HTTP/1.1\r\n{}\r\nignored",
            lines.collect::<String>()
        )
    };
    let right = text(&|_, value| Some(value.to_owned()));
    let instead = |header: &'static str, given: &'static str| {
        text(&|name, value| Some(if name == header { given } else { value }.to_owned()))
    };
    let without = |prefix: &'static str| {
        text(&|name, value| (!name.starts_with(prefix)).then(|| value.to_owned()))
    };
    let program = responder_program().variable("OTHER", "other");
    let (secret, key) = (["--secret", "env:SECRET"], ["--secret", "env:KEY"]);
    let both = [secret, key].concat();
    let body = request.body.to_vec();
    let finished = verify(&program, &right, &body, &both).exits(0);
    assert_eq!(
        finished.stdout,
        "verified: X-Servo-Signature, webhook-signature v1\n"
    );
    let longer = [&body[..], b"\n"].concat();
    let shorter = &body[..body.len() - 1];
    for (headers, body, secrets, says) in [
        (
            &right,
            &body[..],
            &["--secret", "env:OTHER"][..],
            "does not match: signed with a different secret, or the body was changed",
        ),
        (&right, &longer, &both, "body changed: Content-Length is"),
        (
            &without("content-length"),
            &longer,
            &both,
            "does not match: the body has a newline at its end that was not signed",
        ),
        (
            &without("content-length"),
            shorter,
            &both,
            "does not match: signed with a different secret, or the body was changed",
        ),
        (
            &right,
            &body,
            &secret,
            "no secret can verify webhook-signature: pass one that starts with whsec_",
        ),
        (
            &instead("webhook-timestamp", "1600000000"),
            &body,
            &both,
            "webhook-signature does not match: signed with a different secret",
        ),
        (
            &instead("webhook-signature", "v7,AAAA"),
            &body,
            &both,
            "unknown signature scheme: webhook-signature has v7; v1 and v1a are supported",
        ),
        (
            &instead("x-servo-signature", "abc"),
            &body,
            &both,
            "is not 40 hexadecimal digits",
        ),
        (
            &without("webhook-id"),
            &body,
            &both,
            "webhook-id is missing",
        ),
        (&"Host: example.com\n".to_owned(), &body, &both, "unsigned"),
    ] {
        let finished = verify(&program, headers, body, secrets).exits(1);
        assert!(
            finished.stdout.starts_with("not verified: ") && finished.stdout.contains(says),
            "{says}: {}",
            finished.stdout
        );
        assert!(!finished.stdout.contains("s3cr3t"));
        let report = verify(&program, headers, body, &[secrets, &["--json"]].concat())
            .exits(1)
            .lines()
            .remove(0);
        assert!(
            report["verified"] == false && report["fault"].as_str().unwrap().contains(says),
            "{report}"
        );
    }
    assert!(
        verify(&program, &without("webhook-"), &body, &secret)
            .exits(0)
            .stdout
            .contains("X-Servo-Signature")
    );
}

/// Signatures of another maker, of long ago.
#[test]
fn verify_takes_the_published_vectors() {
    let text = std::fs::read_to_string(data("vectors/standard-webhooks.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    for vector in vectors["vectors"].as_array().unwrap().iter().take(8) {
        for (version, key) in [("v1", "key"), ("v1a", "key"), ("v1a", "public")] {
            let of = |part: &str| vector[version][part].as_str().unwrap();
            let headers = format!(
                "webhook-id: {}\nwebhook-timestamp: {}\nwebhook-signature: {}\n",
                vector["id"].as_str().unwrap(),
                vector["timestamp"],
                of("signature")
            );
            let body = vector["body"].as_str().unwrap().as_bytes();
            let program = Program::empty().variable("KEY", of(key));
            let secret = ["--secret", "env:KEY"];
            let finished = verify(
                &program,
                &headers,
                body,
                &[&secret[..], &["--tolerance", "1000000h"]].concat(),
            )
            .exits(0);
            assert_eq!(
                finished.stdout,
                format!("verified: webhook-signature {version}\n")
            );
            let finished = verify(&program, &headers, body, &secret).exits(1);
            assert!(
                finished.stdout.contains("timestamp too")
                    && finished
                        .stdout
                        .contains("the tolerance of 5m (--tolerance)"),
                "{}",
                finished.stdout
            );
            let short = [&secret[..], &["--tolerance", "100ms"]].concat();
            let finished = verify(&program, &headers, body, &short).exits(1);
            assert!(
                finished
                    .stdout
                    .contains("the tolerance of 100ms (--tolerance)"),
                "{}",
                finished.stdout
            );
        }
    }
}

#[test]
fn wrong_arguments_of_verify() {
    let program = responder_program();
    let secret = &["--secret", "env:SECRET"];
    for headers in ["", "no header\nat all\n", "POST / HTTP/1.1\n\n"] {
        let finished = verify(&program, headers, b"", secret).exits(2);
        assert!(finished.stderr.contains("headers"), "{}", finished.stderr);
    }
    verify(&program, "A: b\n", b"", &[]).exits(2);
    // What is no key is said at once, and not of every request.
    let program = program.variable("SHORT", "whsec_c2hvcnQ=");
    let finished = verify(&program, "A: b\n", b"", &["--secret", "env:SHORT"]).exits(2);
    assert!(
        finished.stderr.contains("SHORT") && !finished.stderr.contains("c2hvcnQ"),
        "{}",
        finished.stderr
    );
    program
        .call(&[
            "verify",
            "--headers",
            "missing",
            "--body",
            "body",
            "--secret",
            "env:SECRET",
        ])
        .exits(2);
}
