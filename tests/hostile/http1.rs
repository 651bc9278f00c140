//! HTTP/1.1 servers that stall, flood, break off, or speak something else.

use crate::attack::{Attack, Expected, Protocol, Step};

const LATE: &[&str] = &["no answer within"];
const CLOSED: &[&str] = &["closed before an answer"];
const RESET: &[&str] = &[
    "connection reset",
    "reset before an answer",
    "closed before an answer",
];
const MALFORMED: &[&str] = &["malformed HTTP answer"];
const LARGE: &[&str] = &["answer headers over 16 KiB"];

fn fails(says: &[&str]) -> Expected {
    Expected::fails(says)
}

fn cancels(says: &str) -> Expected {
    Expected::Cancels(says.to_owned())
}

fn attack(name: &str, steps: Vec<Step>, expected: Expected) -> Attack {
    Attack::new(name, Protocol::Http1, steps, expected)
}

fn send(text: impl AsRef<[u8]>) -> Step {
    Step::Send(text.as_ref().to_vec())
}

/// Status and headers of a cancel, with more headers.
fn cancel(more: &str) -> Step {
    send(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\n{more}\r\n",
        crate::answers::CANCEL
    ))
}

pub fn attacks(_round: usize) -> Vec<Attack> {
    [stalls(), floods(), breaks(), lies(), babble()].concat()
}

fn stalls() -> Vec<Attack> {
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

fn floods() -> Vec<Attack> {
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

fn breaks() -> Vec<Attack> {
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

fn lies() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for headers in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Content-Length: 0x10\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length:\r\n",
        "Content Length: 5\r\n",
        "X-A\r\n",
        ": b\r\n",
        "X-A: \u{1}\r\n",
        "X-A: a\0b\r\n",
    ] {
        let steps = vec![
            Step::Request,
            send(format!("HTTP/1.1 200 OK\r\n{headers}\r\n")),
            Step::Hang,
        ];
        attacks.push(attack(
            &format!("headers {headers:?}"),
            steps,
            fails(MALFORMED),
        ));
    }
    // Whoever raised a hand is not overheard, whatever else stands there.
    for other in ["text/html", "application/json; a=b"] {
        let more = format!("Content-Type: {other}\r\nContent-Length: 0\r\n");
        let steps = vec![Step::Request, cancel(&more), Step::Hang];
        attacks.push(attack("a cancel, and another type", steps, cancels("")));
    }
    attacks
}

fn babble() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for text in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "220 mail.example.com ESMTP\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 abc No\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "<html><body>hello</body></html>\r\n\r\n",
        "\u{0}\u{0}\u{12}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
        "\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{28}",
    ] {
        let steps = vec![Step::Request, send(text), Step::Hang];
        attacks.push(attack(&format!("babble {text:?}"), steps, fails(MALFORMED)));
    }
    let noise: Vec<u8> = (0..4096_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    attacks.push(attack(
        "noise",
        vec![Step::Request, Step::Flood(noise)],
        fails(MALFORMED),
    ));
    attacks.push(attack(
        "101 Switching Protocols",
        vec![
            Step::Request,
            send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            Step::Hang,
        ],
        Expected::Fails {
            says: vec!["101".to_owned()],
            retried: false,
        },
    ));
    attacks
}
