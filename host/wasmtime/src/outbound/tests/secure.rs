use super::authority::Authority;
use super::server::{clear, secure};
use super::{Setup, failure, post, target};
use crate::outbound::{Client, Options, Version};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use std::collections::HashSet;

const BOTH: &[&str] = &["h2", "http/1.1"];

fn empty() -> Response<Full<Bytes>> {
    Response::new(Full::default())
}

fn trusting(authority: &Authority) -> Client {
    Setup {
        ca_file: Some(authority.file()),
        ..Setup::default()
    }
    .client()
}

#[tokio::test]
async fn the_version_is_agreed_by_alpn() {
    let authority = Authority::new();
    let client = trusting(&authority);
    let cases = [
        (BOTH, Version::Auto, http::Version::HTTP_2),
        (BOTH, Version::Http1, http::Version::HTTP_11),
        (BOTH, Version::Http2, http::Version::HTTP_2),
        (&["http/1.1"], Version::Auto, http::Version::HTTP_11),
        (&[], Version::Auto, http::Version::HTTP_11),
    ];
    for (offered, version, spoken) in cases {
        let server = secure(authority.server("hooks.example", offered), empty).await;
        let target = target("https", "hooks.example", server.address);
        let answer = post(&client, &target, version).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        let seen = server.take().remove(0);
        assert_eq!(
            (seen.version, seen.sni.as_deref()),
            (spoken, Some("hooks.example"))
        );
    }
}

#[tokio::test]
async fn a_server_without_the_version_is_told() {
    let authority = Authority::new();
    let server = secure(authority.server("hooks.example", &["http/1.1"]), empty).await;
    let target = target("https", "hooks.example", server.address);
    let why = failure(&trusting(&authority), &target, Version::Http2).await;
    assert_eq!(
        why,
        "TLS handshake failed: the server does not offer the HTTP version asked for (http_version)"
    );
}

#[tokio::test]
async fn an_address_has_a_certificate_too() {
    let authority = Authority::new();
    let server = secure(authority.server("127.0.0.1", BOTH), empty).await;
    let target = target("https", "127.0.0.1", server.address);
    let answer = post(&trusting(&authority), &target, Version::Auto)
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_at_once_share_connections() {
    let authority = Authority::new();
    let server = secure(authority.server("hooks.example", BOTH), empty).await;
    let target = target("https", "hooks.example", server.address);
    let client = trusting(&authority);
    let all = || (0..100).map(|_| async { post(&client, &target, Version::Auto).await.unwrap() });
    futures_util::future::join_all(all()).await;
    assert_eq!(server.used(), 1);
    // Later ones open none: the one of HTTP/2 is known.
    let known: HashSet<_> = server.take().iter().map(|seen| seen.connection).collect();
    futures_util::future::join_all(all()).await;
    assert!(
        server
            .take()
            .iter()
            .all(|seen| known.contains(&seen.connection))
    );
}

#[tokio::test]
async fn certificates_that_do_not_fit_are_told_apart() {
    let (ours, other) = (Authority::new(), Authority::new());
    let client = trusting(&ours);
    let cases = [
        (
            ours.server("other.example", BOTH),
            "certificate not valid for name \"hooks.example\"",
        ),
        (
            other.server("hooks.example", BOTH),
            "certificate of an unknown issuer; `ca_file` adds a CA to trust",
        ),
        (
            ours.server_until("hooks.example", BOTH, 2001),
            "certificate expired",
        ),
    ];
    for (config, expected) in cases {
        let server = secure(config, empty).await;
        let target = target("https", "hooks.example", server.address);
        let why = failure(&client, &target, Version::Auto).await;
        assert_eq!(why, format!("TLS handshake failed: {expected}"));
        assert_eq!(server.take().len(), 0);
    }
}

#[tokio::test]
async fn what_does_not_speak_tls_is_told() {
    let authority = Authority::new();
    let server = clear(empty).await;
    let target = target("https", "hooks.example", server.address);
    let why = failure(&trusting(&authority), &target, Version::Auto).await;
    assert!(why.starts_with("TLS handshake failed: "), "{why}");
}

#[tokio::test]
async fn a_ca_file_is_checked_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    };
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let cases = [
        (folder.path().join("missing.pem"), "No such file"),
        (folder.path().to_owned(), "it is a folder"),
        (write("empty.pem", ""), "holds no certificate in PEM"),
        (
            write("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"),
            "PEM is damaged",
        ),
        (
            write("garbage.pem", garbage),
            "certificate 1 of it cannot be used",
        ),
    ];
    for (file, expected) in cases {
        let options = Options {
            ca_file: Some(file.clone()),
            ..Options::default()
        };
        let why = Client::new(options).unwrap_err().to_string();
        assert!(
            why.contains(expected) && why.contains(&file.display().to_string()),
            "{why}"
        );
    }
}

#[tokio::test]
async fn certificates_are_taken_as_bytes_too() {
    let authority = Authority::new();
    let server = secure(authority.server("hooks.example", BOTH), empty).await;
    let target = target("https", "hooks.example", server.address);
    let client = Setup {
        ca_certificates: std::fs::read(authority.file()).unwrap(),
        ..Setup::default()
    }
    .client();
    let answer = post(&client, &target, Version::Auto).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    let options = Options {
        ca_certificates: b"no certificate".to_vec(),
        ..Options::default()
    };
    let why = Client::new(options).unwrap_err().to_string();
    assert!(why.contains("holds no certificate in PEM"), "{why}");
}
