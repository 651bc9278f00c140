//! Servers that stall or flood.

use super::{Case, fails, send};
use crate::attack::{Expected, Step};
use crate::frames::{
    CONTINUATION, DATA, EARLY_HINTS, END_HEADERS, END_STREAM, HEADERS, OK, PING, SETTINGS,
    WINDOW_UPDATE, cancel, frame, settings,
};

pub fn stalls() -> Vec<Case> {
    let late = || fails(&["no answer within"]);
    let ok = frame(HEADERS, END_HEADERS, 1, OK);
    vec![
        ("silence", vec![Step::Hang], late()),
        (
            "a frame that drips",
            vec![Step::Drip(frame(PING, 0, 0, &[0; 8]))],
            late(),
        ),
        (
            "headers without an end",
            vec![send(frame(HEADERS, 0, 1, OK)), Step::Hang],
            late(),
        ),
        (
            "a window of nothing",
            vec![send(frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])), Step::Hang],
            late(),
        ),
        (
            "no streams allowed",
            vec![send(frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 0])), Step::Hang],
            late(),
        ),
        (
            "an answer without its end",
            vec![send(ok.clone()), Step::Hang],
            Expected::Proceeds,
        ),
        (
            "a cancel whose reason never comes",
            vec![send(cancel(1)), Step::Hang],
            Expected::Cancels(String::new()),
        ),
        (
            "a frame's head that claims 16 KiB",
            vec![send(vec![0, 0x40, 0, DATA, 0, 0, 0, 0, 1]), Step::Hang],
            late(),
        ),
    ]
}

pub fn floods() -> Vec<Case> {
    let stopped = || {
        fails(&[
            "no answer within",
            // Its pings were not answered: the flood stands before the answers.
            "timed out",
            "malformed",
            "gave the request up",
            "closed before",
            "over 16 KiB",
        ])
    };
    let flood = |bytes: Vec<u8>| vec![Step::Flood(bytes)];
    let data = frame(DATA, 0, 1, &[b'x'; 1024]);
    let ok = frame(HEADERS, END_HEADERS, 1, OK);
    let bomb = {
        // One header of 4 KiB into the table of HPACK, then a reference to it, over and over.
        let entry = [&[0x40, 1, b'a', 0x7f, 0x81, 0x1f][..], &[b'x'; 4096]].concat();
        let block = [OK, &entry, &[0xbe; 8000]].concat();
        frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)
    };
    vec![
        ("settings without end", flood(settings()), stopped()),
        (
            "pings without end",
            flood(frame(PING, 0, 0, &[0; 8])),
            stopped(),
        ),
        (
            "windows without end",
            flood(frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
            stopped(),
        ),
        (
            "frames of no known kind without end",
            flood(frame(200, 0, 0, &[0; 64])),
            stopped(),
        ),
        (
            "priorities without end",
            flood(frame(2, 0, 1, &[0, 0, 0, 3, 1])),
            stopped(),
        ),
        (
            "1xx without end",
            flood(frame(HEADERS, END_HEADERS, 1, EARLY_HINTS)),
            stopped(),
        ),
        (
            "continuations without end",
            vec![
                send(frame(HEADERS, 0, 1, OK)),
                Step::Flood(frame(CONTINUATION, 0, 1, &[])),
            ],
            stopped(),
        ),
        (
            "headers without end",
            vec![
                send(frame(HEADERS, 0, 1, OK)),
                Step::Flood(frame(
                    CONTINUATION,
                    0,
                    1,
                    &[[0, 1, b'a', 1, b'b'].as_slice(); 100].concat(),
                )),
            ],
            stopped(),
        ),
        ("a bomb of headers", vec![send(bomb), Step::Hang], stopped()),
        (
            "empty data without end",
            vec![send(ok.clone()), Step::Flood(frame(DATA, 0, 1, &[]))],
            Expected::Proceeds,
        ),
        (
            "more data than the window",
            vec![send(ok), Step::Flood(data.clone())],
            Expected::Proceeds,
        ),
        (
            "a cancel with data without end",
            vec![send(cancel(1)), Step::Flood(data)],
            Expected::Cancels(String::new()),
        ),
        (
            "a cancel with empty data without end",
            vec![send(cancel(1)), Step::Flood(frame(DATA, 0, 1, &[]))],
            Expected::Cancels(String::new()),
        ),
    ]
}
