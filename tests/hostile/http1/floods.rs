//! Servers that flood.

use super::{LATE, attack, cancel, cancels, fails, send};
use crate::attack::{Attack, Expected, Step};

const LARGE: &[&str] = &["answer headers over 16 KiB"];

pub fn floods() -> Vec<Attack> {
    let ok = "HTTP/1.1 200 OK\r\n";
    let flood = |text: &str| Step::Flood(text.as_bytes().to_vec());
    let long = "x".repeat(1 << 10);
    vec![
        attack(
            "a status line without end",
            vec![Step::Request, send("HTTP/1.1 200 "), flood(&long)],
            fails(LARGE),
        ),
        attack(
            "a header without end",
            vec![Step::Request, send(ok), send("X: "), flood(&long)],
            fails(LARGE),
        ),
        attack(
            "a header's name without end",
            vec![Step::Request, send(ok), flood(&long)],
            fails(LARGE),
        ),
        attack(
            "headers by the thousand",
            vec![Step::Request, send(ok), flood("X: y\r\n")],
            fails(LARGE),
        ),
        attack(
            "1xx without end",
            vec![
                Step::Request,
                flood("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
            ],
            fails(LATE),
        ),
        attack(
            "100 without end",
            vec![Step::Request, flood("HTTP/1.1 100 Continue\r\n\r\n")],
            fails(LATE),
        ),
        attack(
            "empty lines without end",
            vec![Step::Request, flood("\r\n")],
            fails(&["malformed", "no answer within", "over 16 KiB"]),
        ),
        attack(
            "a body of a gigabyte that nobody wants",
            vec![
                Step::Request,
                send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"),
                flood(&long),
            ],
            Expected::Proceeds,
        ),
        attack(
            "a cancel with a body of a gigabyte",
            vec![
                Step::Request,
                cancel("Content-Length: 1073741824\r\n"),
                flood(&long),
            ],
            cancels(""),
        ),
        attack(
            "a cancel with a body without end",
            vec![Step::Request, cancel("Connection: close\r\n"), flood(&long)],
            cancels(""),
        ),
        attack(
            "a cancel in chunks of a byte, without end",
            vec![
                Step::Request,
                cancel("Transfer-Encoding: chunked\r\n"),
                flood("1\r\nx\r\n"),
            ],
            cancels(""),
        ),
        attack(
            "a chunk's extension without end",
            vec![
                Step::Request,
                cancel("Transfer-Encoding: chunked\r\n"),
                send("1;"),
                flood("x"),
            ],
            cancels(""),
        ),
        attack(
            "trailers without end",
            vec![
                Step::Request,
                cancel("Transfer-Encoding: chunked\r\n"),
                send("0\r\n"),
                flood("X: y\r\n"),
            ],
            cancels(""),
        ),
        attack(
            "a chunk longer than any number",
            vec![
                Step::Request,
                cancel("Transfer-Encoding: chunked\r\n"),
                send("ffffffffffffffffff\r\n"),
                Step::Hang,
            ],
            cancels(""),
        ),
        attack(
            "answers without end",
            vec![
                Step::Request,
                flood("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            ],
            Expected::Proceeds,
        ),
    ]
}
