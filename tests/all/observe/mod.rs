//! What can be seen of a program at work.

mod guide;
mod metrics;
mod pauses;
mod prometheus;
mod readiness;
mod reloads;
mod selectors;
mod watching;

use crate::support::program::{Program, Running};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// `serve` with an address for events and one for those who watch.
struct Watched {
    running: Running,
    events: String,
    metrics: String,
}

/// An answer: its status, its head in small letters, and its body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Watched {
    fn serve(program: &Program, more: &[&str]) -> Self {
        let always = [
            "serve",
            "--bind",
            "127.0.0.1:0",
            "--metrics",
            "127.0.0.1:0",
            "--allow",
            "loopback",
        ];
        let running = program.start(&[&always, more].concat());
        let events = running.until_listening();
        let metrics = metrics_of(&running);
        Self {
            running,
            events,
            metrics,
        }
    }

    fn post(&self, event: &str) -> Answer {
        let head = format!(
            "POST /events HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            event.len()
        );
        ask(&self.events, &head, event)
    }

    fn metrics(&self) -> String {
        let answer = get(&self.metrics, "/metrics");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Waits until a sample has a value.
    fn until(&self, sample: &str, value: &str) {
        let line = format!("\n{sample} {value}\n");
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let metrics = self.metrics();
            if metrics.contains(&line) {
                return;
            }
            assert!(Instant::now() < end, "no {line} in\n{metrics}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(self, code: i32) {
        self.running.signal("TERM");
        self.running.finish().exits(code);
    }
}

/// Where a program says that its metrics are.
fn metrics_of(running: &Running) -> String {
    running.until_logged("metrics at http://");
    let said = running.said();
    let (_, after) = said.split_once("metrics at http://").unwrap();
    after.split_once("/metrics").unwrap().0.to_owned()
}

fn get(address: &str, path: &str) -> Answer {
    ask(address, &format!("GET {path} HTTP/1.1\r\n"), "")
}

fn ask(address: &str, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let request = format!("{head}Host: localhost\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}
