//! The veto: what counts as a cancel, what as an answer and what as none, by the rules
//! and not by what the connector says.

use crate::attack::{Attack, Expected, Protocol, Step};

pub const CANCEL: &str = CANCELS[0];

/// The class of the original, and what it is called now.
pub const CANCELS: [&str; 2] = [
    "application/vnd.opsani.servo.errors.CancelEventError+json",
    "application/vnd.opsani.servo.errors.EventCancelledError+json",
];

const STATUSES: [u16; 34] = [
    200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403,
    404, 405, 408, 409, 410, 418, 425, 429, 451, 499, 500, 502, 503, 504, 599,
];

/// Tried again: 404, 408, 409, 425, 429 and 5xx.
pub fn retried(status: u16) -> bool {
    matches!(status, 404 | 408 | 409 | 425 | 429 | 500..=599)
}

/// Content types, and whether they cancel.
pub const TYPES: [(&str, bool); 20] = [
    ("", false),
    (CANCEL, true),
    (
        "application/vnd.opsani.servo.errors.EventCancelledError+json",
        true,
    ),
    (
        "APPLICATION/VND.OPSANI.SERVO.ERRORS.CANCELEVENTERROR+JSON",
        true,
    ),
    (
        "application/vnd.opsani.servo.errors.canceleventerror+json",
        true,
    ),
    (
        "application/vnd.opsani.servo.errors.CancelEventError+json; charset=utf-8",
        true,
    ),
    (
        "application/vnd.opsani.servo.errors.CancelEventError+json;charset=utf-8;a=b",
        true,
    ),
    (
        "application/vnd.opsani.servo.errors.CancelEventError+json ;",
        true,
    ),
    (
        " \tapplication/vnd.opsani.servo.errors.CancelEventError+json\t ",
        true,
    ),
    ("application/json", false),
    ("text/plain; charset=utf-8", false),
    (
        "application/vnd.opsani.servo.errors.CancelEventError",
        false,
    ),
    (
        "application/vnd.opsani.servo.errors.CancelEventErrors+json",
        false,
    ),
    (
        "application/vnd.opsani.servo.errors.CancelEventError+xml",
        false,
    ),
    ("vnd.opsani.servo.errors.CancelEventError+json", false),
    (
        "xapplication/vnd.opsani.servo.errors.CancelEventError+json",
        false,
    ),
    (
        "text/plain; was=application/vnd.opsani.servo.errors.CancelEventError+json",
        false,
    ),
    (
        "application/vnd.opsani.servo.errors.Cancel EventError+json",
        false,
    ),
    (
        "application/vnd.opsani.servo.errors.CancelEventError+json+json",
        false,
    ),
    ("*/*", false),
];

/// Bodies, and the reason that they give.
pub const BODIES: [(&[u8], &str); 14] = [
    (br#"{"reason": "too hot"}"#, "too hot"),
    (b"", ""),
    (br#"{"reason": "too "#, ""),
    (b"[]", ""),
    (b"null", ""),
    (br#"{"reason": 5}"#, ""),
    (br#"{"reason": null}"#, ""),
    (br#"{"Reason": "too hot"}"#, ""),
    (
        br#"{"reason": "too hot", "more": [1, {"a": null}]}"#,
        "too hot",
    ),
    ("{\"reason\": \"zu heiß ☃\"}".as_bytes(), "zu heiß ☃"),
    (br#"{"reason": "\ud83d\ude00"}"#, "😀"),
    (b"{\"reason\": \"\xff\xfe\"}", ""),
    (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", ""),
    (br#"{"reason": "too hot"} and more"#, ""),
];

/// Every status with every content type; the body is another one in every round.
pub fn attacks(round: usize) -> Vec<Attack> {
    let mut attacks = Vec::new();
    for status in STATUSES {
        for (content_type, cancels) in TYPES {
            let (body, reason) = BODIES[(attacks.len() + round) % BODIES.len()];
            let bodiless = matches!(status, 204 | 304);
            let (body, reason) = if bodiless {
                (&b""[..], "")
            } else {
                (body, reason)
            };
            let expected = if cancels {
                Expected::Cancels(reason.to_owned())
            } else if status / 100 == 2 {
                Expected::Proceeds
            } else {
                Expected::Fails {
                    says: vec![status.to_string()],
                    retried: retried(status),
                }
            };
            let typed = if content_type.is_empty() {
                String::new()
            } else {
                format!("Content-Type:{content_type}\r\n")
            };
            let length = if bodiless {
                String::new()
            } else {
                format!("Content-Length: {}\r\n", body.len())
            };
            let head = format!("HTTP/1.1 {status} Any\r\n{typed}{length}\r\n");
            let answer = [head.as_bytes(), body].concat();
            let name = format!(
                "{status} {content_type:?} {:?}",
                String::from_utf8_lossy(body)
            );
            let steps = vec![Step::Request, Step::Send(answer), Step::Hang];
            attacks.push(Attack::new(&name, Protocol::Http1, steps, expected));
        }
    }
    attacks
}
