//! Servers that give up, or break the rules of RFC 9113.

use super::{Case, fails, send};
use crate::attack::{Expected, Step};
use crate::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, FAILED, GOAWAY, HEADERS, OK, PING, PUSH_PROMISE,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, cancel, frame,
};

pub fn refusals() -> Vec<Case> {
    let mut cases = Vec::new();
    let given_up = || fails(&["gave the request up", "closed before", "no answer"]);
    for (name, code) in [
        ("a reset: no error", 0_u8),
        ("a reset: internal error", 2),
        ("a reset: refused", 7),
        ("a reset: cancelled", 8),
        ("a reset: calm down", 11),
        ("a reset: no known code", 99),
    ] {
        let reset = frame(RST_STREAM, 0, 1, &[0, 0, 0, code]);
        cases.push((name, vec![send(reset), Step::Hang], given_up()));
    }
    for (name, last, code) in [
        ("goodbye before the request", 0_u8, 0_u8),
        ("goodbye: calm down", 0, 11),
        ("goodbye: no known code", 0, 99),
    ] {
        let goodbye = frame(GOAWAY, 0, 0, &[0, 0, 0, last, 0, 0, 0, code]);
        cases.push((name, vec![send(goodbye)], given_up()));
    }
    let ok = frame(HEADERS, END_HEADERS, 1, OK);
    let goodbye = frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]);
    let whole = frame(HEADERS, END_HEADERS | END_STREAM, 1, OK);
    cases.push((
        "goodbye, and the answer all the same",
        vec![send([goodbye, whole].concat()), Step::Hang],
        Expected::Proceeds,
    ));
    let reset = frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]);
    cases.push((
        "a cancel, then a reset",
        vec![send(cancel(1)), send(reset.clone()), Step::Hang],
        Expected::Cancels(String::new()),
    ));
    cases.push((
        "500, then a reset",
        vec![
            send(frame(HEADERS, END_HEADERS, 1, FAILED)),
            send(reset),
            Step::Hang,
        ],
        fails(&["500", "gave the request up"]),
    ));
    cases.push(("closed", vec![], given_up()));
    cases.push((
        "reset of the connection",
        vec![Step::Reset],
        fails(&["reset", "closed"]),
    ));
    cases.push((
        "closed in the answer's body",
        vec![send(ok)],
        Expected::Proceeds,
    ));
    cases
}

pub fn violations() -> Vec<Case> {
    let malformed = || fails(&["malformed"]);
    let headers = |block: &[u8]| frame(HEADERS, END_HEADERS | END_STREAM, 1, block);
    // `:status` of HPACK's static table, spelt out.
    let status = |text: &[u8]| {
        let length = u8::try_from(text.len()).unwrap();
        headers(&[&[0x08, length], text].concat())
    };
    let case = |name, bytes: Vec<u8>| (name, vec![send(bytes), Step::Hang], malformed());
    vec![
        case("data before headers", frame(DATA, END_STREAM, 1, b"hello")),
        case("headers of no stream", frame(HEADERS, END_HEADERS, 0, OK)),
        case(
            "headers of a stream that nobody opened",
            frame(HEADERS, END_HEADERS, 99, OK),
        ),
        case("headers without a status", headers(&[0, 1, b'a', 1, b'b'])),
        case("headers of nothing", headers(&[])),
        case("two statuses", headers(&[0x88, 0x8e])),
        case("two statuses, the first a failure", headers(&[0x8e, 0x88])),
        case("a status that is no number", status(b"abc")),
        case("a status with a byte that is no text", status(b"2\xff0")),
        case("a status that would wrap to 200", status(b"65736")),
        case("a status of four digits", status(b"2000")),
        case("a status of two digits", status(b"20")),
        case("a status below 100", status(b"099")),
        case("a status of nothing", status(b"")),
        case("a status with a sign", status(b"+200")),
        case("a status with a blank", status(b"200 ")),
        case(
            "a header in capitals",
            headers(&[0x88, 0, 1, b'A', 1, b'b']),
        ),
        case(
            "a header with a line's end",
            headers(&[0x88, 0, 1, b'a', 3, b'b', b'\r', b'\n']),
        ),
        case(
            "a header of the connection",
            headers(&[&[0x88, 0, 10][..], b"connection", &[5], b"close"].concat()),
        ),
        case(
            "headers that are no HPACK",
            headers(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ),
        case("a reference to nothing", headers(&[0x88, 0xfe])),
        case(
            "a promise",
            frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2, 0x88]),
        ),
        case("a frame too long", frame(PING, 0, 0, &vec![0; 40_000])),
        case("a ping of the wrong size", frame(PING, 0, 0, &[0; 7])),
        case("settings of the wrong size", frame(SETTINGS, 0, 0, &[0; 5])),
        case("settings of a stream", frame(SETTINGS, 0, 1, &[])),
        case(
            "a window of nothing more",
            frame(WINDOW_UPDATE, 0, 0, &[0; 4]),
        ),
        case(
            "a window too wide",
            [
                frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff]),
                frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff]),
            ]
            .concat(),
        ),
        case(
            "a continuation of nothing",
            frame(CONTINUATION, END_HEADERS, 1, OK),
        ),
        case(
            "an answer of HTTP/1.1",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec(),
        ),
    ]
}
