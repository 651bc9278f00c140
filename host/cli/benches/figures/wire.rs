//! A socket that shows what comes: the request that a bare client is to repeat, and the
//! moment at which it was there.

use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::time::Instant;

/// A request as it was on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// All but those that a client writes itself: `Host` and `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// As it was signed.
    pub body: String,
}

/// Listens on this machine.
pub struct Wire {
    listener: TcpListener,
}

impl Wire {
    /// On a free port.
    pub fn start() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}/", self.listener.local_addr().unwrap())
    }

    /// Takes the next request, answers 200, and closes. The time is that of its first
    /// byte.
    pub fn take(&self) -> (Recorded, Instant) {
        let (stream, _) = self.listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        assert!(!reader.fill_buf().unwrap().is_empty(), "no request came");
        let arrived = Instant::now();
        let (mut headers, mut length) = (Vec::new(), 0);
        for line in reader.by_ref().lines().skip(1) {
            let line = line.unwrap();
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "host" => {}
                _ => headers.push((name.to_owned(), value.to_owned())),
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        reader.get_mut().write_all(answer).unwrap();
        let body = String::from_utf8(body).unwrap();
        (Recorded { headers, body }, arrived)
    }
}
