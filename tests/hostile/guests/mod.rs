//! Connectors that trap, loop, grow, and return what nobody may return.

mod memory;
mod rulings;

use crate::attack::{Attack, Expected, Protocol, Step};
use crate::faulty_connector::{ADDRESS, Fault};
use memory::Memory;
use rulings::{rulings, selections};

pub fn attacks(_round: usize) -> Vec<Attack> {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    [
        faults(),
        renderings(),
        signatures(),
        rulings(),
        selections(),
    ]
    .concat()
    .into_iter()
    .map(|(name, function, fault, expected)| {
        let steps = vec![Step::Request, Step::Send(answer.to_vec()), Step::Hang];
        let name = format!("{function}: {name}");
        let mut attack = Attack::new(&name, Protocol::Http1, steps, expected);
        attack.guest = Some((function, fault));
        attack
    })
    .collect()
}

pub type Case = (&'static str, &'static str, Fault, Expected);

/// A connector that fails is not asked again.
fn fails(says: &[&str]) -> Expected {
    Expected::Fails {
        says: says.iter().map(ToString::to_string).collect(),
        retried: false,
    }
}

fn faults() -> Vec<Case> {
    let mut cases = Vec::new();
    for function in ["select", "render", "sign", "judge"] {
        for (name, fault, says) in [
            ("a trap", Fault::Trap, "trapped"),
            ("an endless loop", Fault::Loop, "ran longer than"),
            ("memory without end", Fault::Grow, "the connector's"),
        ] {
            cases.push((name, function, fault, fails(&[says])));
        }
    }
    cases
}

fn renderings() -> Vec<Case> {
    // result, rendering, content type, version, headers, body, warning.
    let sent = || {
        Memory::default()
            .text(8, 64, b"application/json")
            .bytes(32, &[1])
            .text(36, 96, b"{}")
    };
    let header = |name: &[u8], value: &[u8]| {
        sent()
            .slice(24, ADDRESS + 128, 1)
            .text(128, 160, name)
            .text(136, 256, value)
    };
    let case = |name, memory: Memory, says: &[&str]| {
        (name, "render", Fault::Return(memory.0), fails(says))
    };
    vec![
        case(
            "a result of no known kind",
            sent().bytes(0, &[9]),
            &["the connector's render"],
        ),
        case(
            "a rendering of no known kind",
            sent().bytes(4, &[9]),
            &["the connector's render"],
        ),
        case(
            "a body beyond its memory",
            sent().slice(36, 0xffff_0000, 0x1000),
            &["the connector's render"],
        ),
        case(
            "a body of two gigabytes",
            sent().slice(36, 0, 0x7fff_ffff),
            &["the connector's render"],
        ),
        case(
            "a body that is no UTF-8",
            sent().text(36, 96, b"\xff\xfe"),
            &["the connector's render"],
        ),
        case(
            "no body for an event",
            sent().bytes(32, &[0]),
            &["without a body"],
        ),
        case(
            "a content type with a line's end",
            sent().text(8, 64, b"text/plain\r\nX: y"),
            &["content type"],
        ),
        case(
            "a header of the host's",
            header(b"host", b"elsewhere"),
            &["no right to"],
        ),
        case(
            "a header of the transport",
            header(b"transfer-encoding", b"chunked"),
            &["no right to"],
        ),
        case(
            "a header of the signature",
            header(b"x-servo-signature", b"sha1=0"),
            &["no right to"],
        ),
        case(
            "a header's name with a line's end",
            header(b"ce-a\r\nhost", b"b"),
            &["no right to"],
        ),
        case(
            "a header's value with a line's end",
            header(b"ce-a", b"b\r\nhost: c"),
            &["cannot have"],
        ),
        case(
            "a header's value with a null",
            header(b"ce-a", b"b\0"),
            &["cannot have"],
        ),
        case(
            "headers by the thousand",
            sent().slice(24, 8192, 2000),
            &["2000 headers"],
        ),
        case(
            "a warning beyond its memory",
            sent().bytes(44, &[1]).slice(48, 0xffff_0000, 0x1000),
            &["the connector's render"],
        ),
        case(
            "a warning of no known kind",
            sent().bytes(44, &[9]),
            &["the connector's render"],
        ),
        case(
            "headers by the million",
            sent().slice(24, 8192, 100_000_000),
            &["the connector's render"],
        ),
    ]
}

fn signatures() -> Vec<Case> {
    let header = |name: &[u8], value: &[u8]| {
        Memory::default()
            .slice(4, ADDRESS + 64, 1)
            .text(64, 96, name)
            .text(72, 160, value)
    };
    let case =
        |name, memory: Memory, says: &[&str]| (name, "sign", Fault::Return(memory.0), fails(says));
    vec![
        case(
            "a header of the host's",
            header(b"host", b"elsewhere"),
            &["no right to"],
        ),
        case(
            "a header of the format",
            header(b"ce-id", b"another"),
            &["no right to"],
        ),
        case("a cookie", header(b"cookie", b"a=b"), &["no right to"]),
        case(
            "a value with a line's end",
            header(b"webhook-id", b"a\r\n\r\nPOST / HTTP/1.1"),
            &["cannot have"],
        ),
        case(
            "headers by the thousand",
            Memory::default().slice(4, 8192, 2000),
            &["2000 headers"],
        ),
        case(
            "headers beyond its memory",
            Memory::default().slice(4, 0xffff_0000, 100),
            &["the connector's sign"],
        ),
        case(
            "a result of no known kind",
            Memory::default().bytes(0, &[7; 12]),
            &["the connector's sign"],
        ),
    ]
}
