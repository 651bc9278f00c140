//! Servers that do their worst before TLS is up.

use crate::attack::{Attack, Expected, Protocol, Step};

/// The head of a TLS record of the handshake: its length in the last two bytes.
fn record(kind: u8, length: u16) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    vec![kind, 3, 3, high, low]
}

pub fn attacks(_round: usize) -> Vec<Attack> {
    let server_hello = [record(22, 300), vec![2, 0, 1, 40, 3, 3]].concat();
    let fatal = |code: u8| [record(21, 2), vec![2, code]].concat();
    let late: &[&str] = &["no answer within", "no connection"];
    let tls: &[&str] = &["TLS handshake failed"];
    let cases: [(&str, Vec<Step>, &[&str]); 17] = [
        ("silence", vec![Step::Hang], late),
        (
            "silence after the hello",
            vec![Step::Some, Step::Hang],
            late,
        ),
        (
            "a hello that drips",
            vec![Step::Some, Step::Drip(server_hello.clone())],
            &["no answer within", "no connection", "TLS handshake failed"],
        ),
        (
            "a hello that stops",
            vec![Step::Some, Step::Send(server_hello.clone()), Step::Hang],
            late,
        ),
        (
            "a hello that is cut off",
            vec![Step::Some, Step::Send(server_hello)],
            tls,
        ),
        ("closed at once", vec![], tls),
        ("closed after the hello", vec![Step::Some], tls),
        ("reset after the hello", vec![Step::Some, Step::Reset], tls),
        (
            "HTTP in clear",
            vec![
                Step::Some,
                Step::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
                Step::Hang,
            ],
            tls,
        ),
        (
            "an alert",
            vec![Step::Some, Step::Send(fatal(40)), Step::Hang],
            tls,
        ),
        (
            "an alert of no known kind",
            vec![Step::Some, Step::Send(fatal(251)), Step::Hang],
            tls,
        ),
        (
            "warnings without end",
            vec![
                Step::Some,
                Step::Flood([record(21, 2), vec![1, 90]].concat()),
            ],
            tls,
        ),
        (
            "empty records without end",
            vec![Step::Some, Step::Flood(record(22, 0))],
            tls,
        ),
        (
            "a record longer than any may be",
            vec![
                Step::Some,
                Step::Send(record(22, u16::MAX)),
                Step::Flood(vec![0; 1024]),
            ],
            tls,
        ),
        (
            "a handshake message of 16 MiB",
            vec![
                Step::Some,
                Step::Flood([record(22, 16), vec![2, 255, 255, 255], vec![0; 12]].concat()),
            ],
            tls,
        ),
        (
            "data before keys",
            vec![
                Step::Some,
                Step::Send([record(23, 5), b"hello".to_vec()].concat()),
                Step::Hang,
            ],
            tls,
        ),
        (
            "changes of cipher without end",
            vec![Step::Some, Step::Flood([record(20, 1), vec![1]].concat())],
            tls,
        ),
    ];
    cases
        .into_iter()
        .map(|(name, steps, says)| Attack::new(name, Protocol::Tls, steps, Expected::fails(says)))
        .collect()
}
