use super::server::{clear, scripted};
use super::{Setup, failure, post, target};
use crate::outbound::Version;
use bytes::Bytes;
use http::Response;
use http_body_util::Full;

fn heavy() -> Response<Full<Bytes>> {
    let answer = Response::builder().header("x-heavy", "x".repeat(17 << 10));
    answer.body(Full::default()).unwrap()
}

fn bearable() -> Response<Full<Bytes>> {
    let answer = Response::builder().header("x-heavy", "x".repeat(15 << 10));
    answer.body(Full::default()).unwrap()
}

async fn told(answer: impl Into<Bytes>) -> String {
    let server = scripted(answer).await;
    let target = target("http", "hooks.example", server.address);
    failure(&Setup::default().client(), &target, Version::Auto).await
}

#[tokio::test]
async fn a_closed_port_is_named() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let target = target("http", "hooks.example", address);
    let client = Setup::default().client();
    for version in [Version::Auto, Version::Http2] {
        let why = failure(&client, &target, version).await;
        assert_eq!(why, format!("connection refused by {address}"));
    }
}

#[tokio::test]
async fn a_name_without_address_is_named() {
    let client = Setup {
        addresses: Vec::new(),
        ..Setup::default()
    }
    .client();
    let target = target("https", "hooks.example", "127.0.0.1:443".parse().unwrap());
    let why = failure(&client, &target, Version::Auto).await;
    assert_eq!(
        why,
        "name lookup failed for \"hooks.example\": it has no address"
    );
}

#[tokio::test]
async fn answers_that_are_none_are_told_apart() {
    assert_eq!(told("").await, "the connection was closed before an answer");
    assert_eq!(
        told("HTTP/1.1 200 OK\r\nA: ").await,
        "the connection was closed before an answer"
    );
    assert_eq!(
        told("220 mail.example ESMTP\r\n\r\n").await,
        "malformed HTTP answer"
    );
    assert_eq!(
        told("HTTP/1.1 2x0 OK\r\n\r\n").await,
        "malformed HTTP answer"
    );
}

#[tokio::test]
async fn headers_are_bounded() {
    let client = Setup::default().client();
    for version in [Version::Http1, Version::Http2] {
        let server = clear(heavy).await;
        let why = failure(
            &client,
            &target("http", "hooks.example", server.address),
            version,
        )
        .await;
        assert!(
            why.starts_with("answer headers over 16 KiB"),
            "{version:?}: {why}"
        );
        let server = clear(bearable).await;
        let target = target("http", "hooks.example", server.address);
        let answer = post(&client, &target, version).await.unwrap();
        assert_eq!(answer.headers["x-heavy"].len(), 15 << 10);
    }
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(101));
    assert_eq!(
        told(many).await,
        "answer headers over 16 KiB, or more than 100"
    );
}

#[tokio::test]
async fn what_speaks_http1_alone_fails_http2() {
    let cases = [
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "malformed HTTP answer: no HTTP/2",
        ),
        ("", "the connection was closed before an answer"),
    ];
    for (answer, expected) in cases {
        let server = scripted(answer).await;
        let target = target("http", "hooks.example", server.address);
        let why = failure(&Setup::default().client(), &target, Version::Http2).await;
        assert_eq!(why, expected);
    }
}
