use super::super::{Ending, SendError};
use super::server::{clear, dripping, scripted};
use super::{HOME, SECRET, Setup, post, send, target};
use crate::outbound::Version;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use http_body_util::Full;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

fn small() -> Response<Full<Bytes>> {
    Response::new(Full::from("a small answer"))
}

fn redirect() -> Response<Full<Bytes>> {
    let answer = Response::builder()
        .status(302)
        .header(header::LOCATION, "/elsewhere");
    answer.body(Full::default()).unwrap()
}

fn large() -> Response<Full<Bytes>> {
    Response::new(Full::from(vec![b'x'; 1 << 20]))
}

#[tokio::test]
async fn a_request_says_what_it_must() {
    let server = clear(small).await;
    let target = target("http", "hooks.example", server.address);
    let mut headers = HeaderMap::new();
    headers.insert("x-servo-event", "after:measure".parse().unwrap());
    let client = Setup::default().client();
    let answer = send(
        &client,
        &target,
        Version::Auto,
        headers,
        Bytes::from_static(b"{\"a\":1}"),
    );
    assert_eq!(answer.await.unwrap().status, StatusCode::OK);
    let seen = server.take().remove(0);
    assert_eq!(seen.version, http::Version::HTTP_11);
    assert_eq!(seen.line, format!("POST /{SECRET}?token={SECRET}"));
    assert_eq!(
        seen.headers["host"],
        format!("hooks.example:{}", server.address.port())
    );
    assert_eq!(seen.headers["content-length"], "7");
    assert_eq!(seen.headers["x-servo-event"], "after:measure");
    assert_eq!(seen.headers.len(), 3, "{:?}", seen.headers);
    assert_eq!(seen.body, "{\"a\":1}");
}

#[tokio::test]
async fn an_empty_body_has_a_length_in_both_versions() {
    let server = clear(small).await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    for version in [Version::Http1, Version::Http2] {
        send(&client, &target, version, HeaderMap::new(), Bytes::new())
            .await
            .unwrap();
        let seen = server.take().remove(0);
        assert_eq!(
            (&seen.headers["content-length"], &seen.body),
            (&"0".parse().unwrap(), &Bytes::new())
        );
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let server = clear(redirect).await;
    let target = target("http", "hooks.example", server.address);
    let answer = post(&Setup::default().client(), &target, Version::Auto)
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.headers["location"], "/elsewhere");
    assert_eq!(server.take().len(), 1);
}

#[tokio::test]
async fn small_answers_that_nobody_reads_keep_one_connection() {
    let server = clear(small).await;
    let target = target("http", "hooks.example", server.address);
    let setup = Setup::default();
    let client = setup.client();
    for _ in 0..100 {
        post(&client, &target, Version::Auto)
            .await
            .unwrap()
            .finish()
            .await;
    }
    assert_eq!((server.take().len(), server.connections()), (100, 1));
    assert_eq!(setup.lookups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_large_answer_that_nobody_reads_costs_its_connection() {
    let server = clear(large).await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    for _ in 0..3 {
        post(&client, &target, Version::Auto)
            .await
            .unwrap()
            .finish()
            .await;
    }
    assert_eq!((server.take().len(), server.connections()), (3, 3));
}

#[tokio::test]
async fn an_answer_that_drips_is_not_waited_for() {
    let server = dripping("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nh").await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    let answer = post(&client, &target, Version::Auto).await.unwrap();
    timeout(Duration::from_secs(5), answer.finish())
        .await
        .unwrap();
    // The connection is closed, not kept for the bytes that are missing.
    while server.take().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_no_failure() {
    let server = scripted("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    for number in 1..=5 {
        post(&client, &target, Version::Auto)
            .await
            .unwrap()
            .finish()
            .await;
        // The server notes it when the client has seen the end and closed as well.
        while server.take().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.connections(), number);
    }
}

#[tokio::test]
async fn http2_in_clear_needs_one_connection_for_all() {
    let server = clear(small).await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    let all = (0..100).map(|_| async {
        let answer = post(&client, &target, Version::Http2).await.unwrap();
        assert_eq!(answer.read(1024).await.bytes, "a small answer");
    });
    futures_util::future::join_all(all).await;
    let seen = server.take();
    assert_eq!((seen.len(), server.connections()), (100, 1));
    let line = format!(
        "POST http://hooks.example:{}/{SECRET}?token={SECRET}",
        server.address.port()
    );
    assert!(
        seen.iter()
            .all(|seen| seen.version == http::Version::HTTP_2 && seen.line == line)
    );
}

#[tokio::test]
async fn a_name_with_one_forbidden_address_is_refused() {
    let server = clear(small).await;
    let target = target("http", "hooks.example", server.address);
    let private = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    let setup = Setup {
        addresses: vec![HOME, private],
        ..Setup::default()
    };
    let client = setup.client();
    for version in [Version::Http1, Version::Http2] {
        let refused = post(&client, &target, version).await;
        let Err(SendError::Refused(refused)) = refused else {
            panic!("{refused:?}")
        };
        assert!(refused.to_string().contains("10.0.0.1"), "{refused}");
    }
    assert_eq!(
        (server.connections(), setup.lookups.load(Ordering::SeqCst)),
        (0, 2)
    );
}

#[tokio::test]
async fn forbidden_addresses_are_refused_without_a_lookup() {
    let server = clear(small).await;
    let setup = Setup {
        allow: "",
        ..Setup::default()
    };
    let client = setup.client();
    for (scheme, host) in [
        ("http", "127.0.0.1"),
        ("https", "127.0.0.1"),
        ("http", "[::1]"),
    ] {
        let sent = post(
            &client,
            &target(scheme, host, server.address),
            Version::Auto,
        )
        .await;
        assert!(matches!(sent, Err(SendError::Refused(_))), "{sent:?}");
    }
    assert_eq!(
        (server.connections(), setup.lookups.load(Ordering::SeqCst)),
        (0, 0)
    );
}

#[tokio::test]
async fn addresses_are_tried_in_turn() {
    let server = clear(small).await;
    let target = target("http", "hooks.example", server.address);
    let nobody = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let client = Setup {
        addresses: vec![nobody, HOME],
        ..Setup::default()
    }
    .client();
    assert_eq!(
        post(&client, &target, Version::Auto).await.unwrap().status,
        StatusCode::OK
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_body_is_read_up_to_a_cap() {
    let server = clear(small).await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    let length = "a small answer".len();
    for (cap, ending) in [
        (length, Ending::Whole),
        (length - 1, Ending::Oversized),
        (0, Ending::Oversized),
    ] {
        let body = post(&client, &target, Version::Auto)
            .await
            .unwrap()
            .read(cap)
            .await;
        assert_eq!(
            (&body.bytes[..], body.ending),
            (&b"a small answer"[..cap], ending)
        );
    }
}

#[tokio::test]
async fn a_cut_body_is_broken() {
    for rest in [
        "Content-Length: 9\r\n\r\nshort",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
    ] {
        let server = scripted(format!("HTTP/1.1 200 OK\r\n{rest}")).await;
        let target = target("http", "hooks.example", server.address);
        let client = Setup::default().client();
        let body = post(&client, &target, Version::Auto)
            .await
            .unwrap()
            .read(64)
            .await;
        assert_eq!(
            (&body.bytes[..], body.ending),
            (&b"short"[..], Ending::Broken)
        );
    }
}
