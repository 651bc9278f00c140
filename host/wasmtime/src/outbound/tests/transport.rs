//! What happens below HTTP: connections that end, answers that come before their request has
//! been read.

use super::authority::Authority;
use super::server::{Server, read_request};
use super::{HOME, Setup, failure, post, send, target};
use crate::outbound::Version;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Answers so many requests of each connection, then reads one more and closes.
async fn closing_after(requests: usize) -> Server<usize> {
    Server::start(move |mut stream, number, seen| async move {
        for _ in 0..requests {
            read_request(&mut stream).await;
            seen.lock().unwrap().push(number);
            stream.write_all(OK).await.unwrap();
        }
        read_request(&mut stream).await;
        seen.lock().unwrap().push(number);
    })
    .await
}

#[tokio::test]
async fn a_request_whose_used_connection_ends_is_sent_again_on_a_new_one() {
    let server = closing_after(1).await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    for _ in 0..2 {
        let answer = post(&client, &target, Version::Auto).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        answer.finish().await;
    }
    assert_eq!(server.take(), [1, 1, 2]);
}

#[tokio::test]
async fn a_request_whose_new_connection_ends_is_not_sent_again() {
    let server = closing_after(0).await;
    let target = target("http", "hooks.example", server.address);
    let why = failure(&Setup::default().client(), &target, Version::Auto).await;
    assert_eq!(why, "the connection was closed before an answer");
    assert_eq!(server.take(), [1]);
}

#[tokio::test]
async fn a_connection_is_not_used_for_longer_than_its_server_says() {
    let server = Server::<usize>::start(|mut stream, number, seen| async move {
        while !read_request(&mut stream).await.is_empty() {
            seen.lock().unwrap().push(number);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    })
    .await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    for _ in 0..3 {
        let answer = post(&client, &target, Version::Auto).await.unwrap();
        answer.finish().await;
    }
    assert_eq!(server.take(), [1, 2, 3]);
}

/// Answers when the head of a request is there, and closes: what is unread resets the
/// connection.
async fn answer_early(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(OK).await.unwrap();
    stream.flush().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_came_wins_over_an_error_of_writing() {
    let clear = Server::<()>::start(|mut stream, _, _| async move {
        answer_early(&mut stream).await;
    })
    .await;
    let authority = Authority::new();
    let config = authority.server("hooks.example", &["http/1.1"]);
    let secure = Server::<()>::start(move |stream, _, _| {
        let acceptor = TlsAcceptor::from(Arc::clone(&config));
        async move {
            // Else the answer may wait for an acknowledgement, and be lost with the reset.
            stream.set_nodelay(true).unwrap();
            let mut stream = acceptor.accept(stream).await.unwrap();
            answer_early(&mut stream).await;
        }
    })
    .await;
    let client = Setup {
        ca_file: Some(authority.file()),
        ..Setup::default()
    }
    .client();
    let body = Bytes::from(vec![b' '; 900_000]);
    for (scheme, server) in [("http", &clear), ("https", &secure)] {
        let target = target(scheme, "hooks.example", server.address);
        for _ in 0..50 {
            let sent = send(
                &client,
                &target,
                Version::Auto,
                HeaderMap::new(),
                body.clone(),
            );
            let answer = timeout(Duration::from_secs(20), sent).await.unwrap();
            let answer = answer.unwrap_or_else(|error| panic!("{scheme}: {error}"));
            assert_eq!(answer.status, StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn an_address_that_swallows_packets_does_not_hide_one_that_answers() {
    let server = closing_after(1).await;
    let port = server.address.port();
    let silent = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let address: std::net::SocketAddr = (silent, port).into();
    socket.bind(&address.into()).unwrap();
    socket.listen(0).unwrap();
    // Its queue is full: further ones are dropped.
    let mut filling = Vec::new();
    while let Ok(Ok(stream)) =
        timeout(Duration::from_millis(100), TcpStream::connect(address)).await
    {
        filling.push(stream);
    }
    let client = Setup {
        addresses: vec![silent, HOME],
        ..Setup::default()
    }
    .client();
    let target = target("http", "hooks.example", server.address);
    let began = Instant::now();
    let answer = post(&client, &target, Version::Auto).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        began.elapsed() >= Duration::from_millis(250),
        "it was tried first"
    );
}
