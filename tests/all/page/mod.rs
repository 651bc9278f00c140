//! `serve --page`, asked as a browser asks it, without being one.

mod access;
mod actions;
mod browser;
mod forms;
mod hostile;
mod lists;
mod memory;
mod views;

use crate::support::program::{Finished, Program, Running};
use servo_webhooks_store::{Store, StoreOptions, SyncMode};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

/// 2026-11-28T00:00:00Z.
const NOW: i64 = 1_795_824_000_000;

/// What no page may show: a path of a URL, a secret, the value of an own header.
const CONFIDENTIAL: [&str; 3] = ["c0nfidential-path", "s3cr3t-k3y", "own-header-value"];

/// How a delivery stands that got through: the word alone is in each form too.
const DELIVERED: &str = "</span> delivered</span>";

/// `serve` with a page on a free port.
struct Served {
    running: Running,
    /// Where events go.
    events: String,
    /// Where the page is.
    page: String,
}

/// An answer, as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: String,
}

impl Answer {
    /// A header; empty where it is missing.
    fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines();
        let found = lines.find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.unwrap_or_default()
    }

    /// With what is always so.
    fn exits(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        for text in CONFIDENTIAL {
            assert!(!self.body.contains(text), "{text}: {self:?}");
        }
        self
    }

    fn has(self, text: &str) -> Self {
        assert!(self.body.contains(text), "{text}: {}", self.main());
        self
    }

    fn lacks(self, text: &str) -> Self {
        assert!(!self.body.contains(text), "{text}: {}", self.main());
        self
    }

    /// What is shown, without the style.
    fn main(&self) -> &str {
        let main = self.body.split_once("<main").map(|(_, main)| main);
        main.unwrap_or(&self.body)
    }

    /// The token of the form that is sent to a path.
    fn token(&self, path: &str) -> String {
        let form = format!("action=\"{path}\"");
        let (_, form) = self.body.split_once(&form).expect(&self.body);
        let (_, rest) = form.split_once("name=\"token\" value=\"").expect(form);
        rest.split('"').next().unwrap().to_owned()
    }

    /// The value of a hidden field.
    fn field(&self, name: &str) -> String {
        let (_, rest) = self
            .body
            .split_once(&format!("name=\"{name}\" value=\""))
            .expect(&self.body);
        rest.split('"').next().unwrap().to_owned()
    }
}

fn configuration(url: &str) -> String {
    format!(
        "webhooks:\n- {{name: hook, events: [after:measure, before:adjust], url: '{url}', secret: s3cr3t-k3y, headers: {{X-Own: own-header-value}}, backoff: {{max_tries: 1}}}}\n"
    )
}

fn serve(program: &Program, more: &[&str]) -> Served {
    let always = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--page",
        "127.0.0.1:0",
        "--allow",
        "loopback",
    ];
    served(program.start(&[&always, more].concat()))
}

fn served(running: Running) -> Served {
    let events = running.until_listening();
    running.until_logged("page at http://");
    let said = running.said();
    let (_, rest) = said.split_once("page at http://").unwrap();
    let page = rest.split(['/', '"', '\n']).next().unwrap().to_owned();
    Served {
        running,
        events,
        page,
    }
}

impl Served {
    /// Asks with these lines of a head beside the first, and a body.
    fn send(&self, first: &str, head: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.page).unwrap();
        let timeout = Some(Duration::from_secs(120));
        stream.set_read_timeout(timeout).unwrap();
        let head = format!(
            "{first} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // Whoever refuses a body need not read it.
        let _ = stream.write_all(body.as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect(&text);
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), "Host: localhost\r\n", "")
    }

    /// Sends a form as a browser does.
    fn post(&self, path: &str, head: &str, form: &str) -> Answer {
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let head = format!("Host: localhost\r\n{kind}{head}");
        self.send(&format!("POST {path}"), &head, form)
    }

    /// Hands in an event.
    fn event(&self, event: &str) -> String {
        let mut stream = TcpStream::connect(&self.events).unwrap();
        let head = format!(
            "POST /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            event.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(event.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Waits until a view has a text.
    fn until(&self, path: &str, text: &str) -> Answer {
        let begun = std::time::Instant::now();
        loop {
            let answer = self.get(path);
            if answer.body.contains(text) {
                return answer;
            }
            let waited = begun.elapsed() < Duration::from_secs(60);
            assert!(waited, "waited for {text}: {}", answer.main());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(self, code: i32) -> Finished {
        self.running.signal("TERM");
        self.running.finish().exits(code)
    }
}

/// A store to be filled, whose clock stands.
fn store(directory: &Path) -> Store {
    let mut options = StoreOptions::new(|| NOW);
    options.sync = SyncMode::Os;
    options.keep_answers = 200;
    Store::open(directory, options).unwrap().0
}

/// As it stands in an address.
fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}
