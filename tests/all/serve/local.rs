//! Without a token: from this machine, and from no page in its browser.

use super::{EVENT, Served, configuration, receive, serve};
use crate::support::program::Program;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

fn ask(served: &Served, line: &str, headers: &str) -> u16 {
    let mut stream = TcpStream::connect(&served.address).unwrap();
    let timeout = Some(Duration::from_secs(60));
    stream.set_read_timeout(timeout).unwrap();
    let head = format!(
        "{line}\r\n{headers}Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{EVENT}",
        EVENT.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    receive(stream).status
}

#[test]
fn a_page_whose_name_leads_here_gets_nothing() {
    let program = Program::new(&configuration("http://127.0.0.1:9", "before:adjust"));
    let served = serve(&program, &[]);
    let port = served.address.rsplit(':').next().unwrap();
    let lines = [
        ("POST /events HTTP/1.1", 202),
        ("GET /health HTTP/1.1", 200),
        ("HEAD /health HTTP/1.1", 200),
        ("OPTIONS /events HTTP/1.1", 405),
        ("GET / HTTP/1.1", 404),
    ];
    for (line, status) in lines {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "LOCALHOST"] {
            for host in [host.to_owned(), format!("{host}:{port}")] {
                let given = ask(&served, line, &format!("Host: {host}\r\n"));
                assert_eq!(given, status, "{line} {host}");
            }
        }
        for headers in [
            "Host: rebound.example\r\n".to_owned(),
            format!("Host: rebound.example:{port}\r\n"),
            "Host: localhost.example\r\n".to_owned(),
            "Host: 192.168.1.1\r\n".to_owned(),
            "Host: \r\n".to_owned(),
            "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n".to_owned(),
            "Host: localhost\r\nSec-Fetch-Site: same-site\r\n".to_owned(),
            "Host: localhost\r\nOrigin: https://page.example\r\n".to_owned(),
            "Host: localhost\r\nOrigin: null\r\n".to_owned(),
        ] {
            assert_eq!(ask(&served, line, &headers), 403, "{line} {headers}");
        }
        for site in ["none", "same-origin"] {
            let headers = format!("Host: localhost\r\nSec-Fetch-Site: {site}\r\n");
            assert_eq!(ask(&served, line, &headers), status, "{line} {site}");
        }
        // RFC 9112, 3.2: exactly one.
        assert_eq!(ask(&served, line, ""), 400, "{line}");
        let two = "Host: localhost\r\nHost: localhost\r\n";
        assert_eq!(ask(&served, line, two), 400, "{line}");
    }
    // The target in absolute form is the one that counts.
    let absolute = "GET http://rebound.example/health HTTP/1.1";
    assert_eq!(ask(&served, absolute, "Host: localhost\r\n"), 403);
    served.end(0);
}

#[test]
fn with_a_token_it_has_any_name() {
    let program = Program::new(&configuration("http://127.0.0.1:9", "before:adjust"))
        .variable("SERVO_WEBHOOKS_TOKEN", "t0ken");
    let served = serve(&program, &[]);
    let headers = "Host: events.example\r\nAuthorization: Bearer t0ken\r\n";
    assert_eq!(ask(&served, "POST /events HTTP/1.1", headers), 202);
    let headers = "Host: events.example\r\n";
    assert_eq!(ask(&served, "GET /health HTTP/1.1", headers), 200);
    assert_eq!(ask(&served, "GET /health HTTP/1.1", ""), 400);
    // RFC 9112, 3.2: nor one with an invalid value.
    for host in [
        "events.example, other.example",
        "user@events.example",
        "events.example:port",
        "events.example:80:80",
        "events.example/path",
        "[::1",
    ] {
        let headers = format!("Host: {host}\r\n");
        assert_eq!(
            ask(&served, "GET /health HTTP/1.1", &headers),
            400,
            "{host}"
        );
    }
    for host in ["", "events.example:", "[2001:db8::1]:8081"] {
        let headers = format!("Host: {host}\r\n");
        assert_eq!(
            ask(&served, "GET /health HTTP/1.1", &headers),
            200,
            "{host}"
        );
    }
    served.end(0);
}
