//! Servers that stall or break off.

use super::{LATE, attack, cancel, cancels, fails, send};
use crate::attack::{Attack, Expected, Step};

const CLOSED: &[&str] = &["closed before an answer"];

const RESET: &[&str] = &[
    "connection reset",
    "reset before an answer",
    "closed before an answer",
];

pub fn stalls() -> Vec<Attack> {
    let mut unread = attack(
        "a request of a megabyte that is never read",
        vec![Step::Sleep],
        fails(LATE),
    );
    unread.padding = 900_000;
    let ok = "HTTP/1.1 200 OK\r\n";
    vec![
        unread,
        attack(
            "an answer before the request",
            vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Hang],
            fails(&[
                "malformed HTTP answer",
                "no answer within",
                "closed before an answer",
            ]),
        ),
        attack("silence", vec![Step::Hang], fails(LATE)),
        attack(
            "silence after the request",
            vec![Step::Request, Step::Hang],
            fails(LATE),
        ),
        attack(
            "a status that drips",
            vec![
                Step::Request,
                Step::Drip(b"HTTP/1.1 200 OK and so on ".to_vec()),
            ],
            fails(LATE),
        ),
        attack(
            "headers that drip",
            vec![Step::Request, send(ok), Step::Drip(b"X-A: b\r\n".to_vec())],
            fails(LATE),
        ),
        attack(
            "headers without an end",
            vec![Step::Request, send(ok), send("X: y\r\n"), Step::Hang],
            fails(LATE),
        ),
        attack(
            "a body that drips, and nobody wants",
            vec![
                Step::Request,
                send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
                Step::Drip(b"x".to_vec()),
            ],
            Expected::Proceeds,
        ),
        attack(
            "a cancel whose reason never comes",
            vec![Step::Request, cancel("Content-Length: 100\r\n"), Step::Hang],
            cancels(""),
        ),
        attack(
            "a cancel whose reason drips",
            vec![
                Step::Request,
                cancel("Content-Length: 100000\r\n"),
                Step::Drip(b"{".to_vec()),
            ],
            cancels(""),
        ),
        attack(
            "a failure whose body drips",
            vec![
                Step::Request,
                send("HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\n"),
                Step::Drip(b"x".to_vec()),
            ],
            fails(&["500"]),
        ),
        attack(
            "100 Continue and no more",
            vec![
                Step::Request,
                send("HTTP/1.1 100 Continue\r\n\r\n"),
                Step::Hang,
            ],
            fails(LATE),
        ),
    ]
}

pub fn breaks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for (when, steps, proceeds) in [
        ("at once", vec![], false),
        ("after the request", vec![Step::Request], false),
        (
            "in the status",
            vec![Step::Request, send("HTTP/1.1 20")],
            false,
        ),
        (
            "in the headers",
            vec![Step::Request, send("HTTP/1.1 200 OK\r\nContent-Le")],
            false,
        ),
        (
            "after 1xx",
            vec![Step::Request, send("HTTP/1.1 100 Continue\r\n\r\n")],
            false,
        ),
        (
            "in the body",
            vec![
                Step::Request,
                send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
            ],
            true,
        ),
        (
            "in a chunk",
            vec![
                Step::Request,
                send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx"),
            ],
            true,
        ),
    ] {
        let expected = |says| {
            if proceeds {
                Expected::Proceeds
            } else {
                fails(says)
            }
        };
        attacks.push(attack(
            &format!("closed {when}"),
            steps.clone(),
            expected(CLOSED),
        ));
        // What was read in time counts: the reset must not overtake it.
        if !proceeds {
            attacks.push(attack(
                &format!("reset {when}"),
                [steps, vec![Step::Reset]].concat(),
                expected(RESET),
            ));
        }
    }
    let whole = r#"{"reason": "too hot"}"#;
    for (when, length, body) in [
        ("before its body", 100, ""),
        ("in its body", 100, r#"{"reason": "to"#),
        ("after its reason", 100, whole),
    ] {
        let steps = vec![
            Step::Request,
            cancel(&format!("Content-Length: {length}\r\n")),
            send(body),
        ];
        attacks.push(attack(
            &format!("a cancel closed {when}"),
            steps,
            cancels(""),
        ));
    }
    attacks
}
