//! What happens below HTTP: connections that end, streams that are given back, answers that
//! come before their request has been read.

use super::authority::Authority;
use super::server::{Server, read_request};
use super::{HOME, Setup, failure, post, send, target};
use crate::outbound::client::Version;
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

/// A frame of HTTP/2 (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Reads frames until the head of a request; its stream.
async fn read_head(stream: &mut TcpStream) -> Option<u32> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await.ok()?;
        if head[3] == 1 {
            return Some(u32::from_be_bytes([
                head[5] & 0x7f,
                head[6],
                head[7],
                head[8],
            ]));
        }
    }
}

const GOAWAY: u8 = 7;
const RST_STREAM: u8 = 3;
const REFUSED_STREAM: [u8; 4] = 7_u32.to_be_bytes();

/// A server of HTTP/2 that answers a request by the frames that are made of its stream and
/// its number on the connection.
async fn framed(answer: fn(u32, u32) -> Vec<u8>, close: bool) -> Server<usize> {
    Server::start(move |mut stream, number, seen| async move {
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await.unwrap();
        stream.write_all(&frame(4, 0, 0, &[])).await.unwrap();
        for count in 1.. {
            let Some(id) = read_head(&mut stream).await else {
                return;
            };
            seen.lock().unwrap().push(number);
            let frames = answer(id, count);
            let gives_up = frames.get(3) == Some(&GOAWAY);
            stream.write_all(&frames).await.unwrap();
            if gives_up && close {
                return;
            }
        }
    })
    .await
}

/// `:status: 200` by its index (RFC 7541, appendix A), without a body.
fn ok(stream: u32) -> Vec<u8> {
    frame(1, 5, stream, &[0x88])
}

/// The stream of the first request of a connection is 1.
fn go_away(last: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[last.to_be_bytes(), [0; 4]].concat())
}

#[tokio::test]
async fn streams_that_are_given_back_are_sent_again() {
    let refused: fn(u32, u32) -> Vec<u8> = |stream, count| match count {
        2 => frame(RST_STREAM, 0, stream, &REFUSED_STREAM),
        _ => ok(stream),
    };
    let gone: fn(u32, u32) -> Vec<u8> = |stream, count| match count {
        2 => go_away(1),
        _ => ok(stream),
    };
    for (answer, close) in [(refused, false), (gone, false), (gone, true)] {
        let server = framed(answer, close).await;
        let target = target("http", "hooks.example", server.address);
        let client = Setup::default().client();
        for number in 0..6 {
            let answer = post(&client, &target, Version::Http2).await;
            let answer = answer.unwrap_or_else(|error| panic!("request {number}: {error}"));
            assert_eq!(answer.status, StatusCode::OK);
            answer.finish().await;
        }
        assert!(server.take().len() > 6, "some were sent again");
    }
}

#[tokio::test]
async fn a_stream_of_a_used_connection_that_ends_is_sent_again_once() {
    let server = framed(
        |stream, count| match count {
            // What is below the last stream may have been processed.
            2 => go_away(stream),
            _ => ok(stream),
        },
        true,
    )
    .await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    for _ in 0..2 {
        let answer = post(&client, &target, Version::Http2).await.unwrap();
        answer.finish().await;
    }
    assert_eq!(server.take(), [1, 1, 2]);
}

#[tokio::test]
async fn a_connection_that_refuses_its_first_streams_is_asked_again() {
    let server = framed(
        |stream, count| match count {
            1..4 => frame(RST_STREAM, 0, stream, &REFUSED_STREAM),
            _ => ok(stream),
        },
        false,
    )
    .await;
    let target = target("http", "hooks.example", server.address);
    post(&Setup::default().client(), &target, Version::Http2)
        .await
        .unwrap();
    assert_eq!(server.take(), [1, 1, 1, 1]);
}

#[tokio::test]
async fn a_shared_connection_that_went_silent_is_not_used_again() {
    let silent_then = |stream, count| match count {
        2 => Vec::new(),
        _ => ok(stream),
    };
    let server = framed(silent_then, false).await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    let answer = post(&client, &target, Version::Http2).await.unwrap();
    answer.finish().await;
    let late = post(&client, &target, Version::Http2);
    let late = timeout(Duration::from_millis(1_200), late).await;
    assert!(late.is_err(), "nothing comes");
    post(&client, &target, Version::Http2).await.unwrap();
    assert_eq!(server.take(), [1, 1, 2]);
}

#[tokio::test]
async fn a_responder_that_gives_everything_back_is_not_asked_in_a_loop() {
    let server = framed(
        |stream, _| frame(RST_STREAM, 0, stream, &REFUSED_STREAM),
        false,
    )
    .await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup::default().client();
    let sent = post(&client, &target, Version::Http2);
    assert!(timeout(Duration::from_millis(500), sent).await.is_err());
    let count = server.take().len();
    // Three at once, then after 10, 20, 40, 80, 160 and 250 ms.
    assert!((4..=10).contains(&count), "{count}");
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
