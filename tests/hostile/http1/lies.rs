//! Servers that speak something else.

use super::{attack, cancel, cancels, fails, send};
use crate::attack::{Attack, Expected, Step};

const MALFORMED: &[&str] = &["malformed HTTP answer"];

pub fn lies() -> Vec<Attack> {
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

pub fn babble() -> Vec<Attack> {
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
