//! Streams of HTTP/2 that are given back, and shared connections that end.

use super::server::Server;
use super::{Setup, post, target};
use crate::outbound::Version;
use http::StatusCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

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
