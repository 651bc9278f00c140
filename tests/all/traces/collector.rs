//! A receiver of OTLP over HTTP on loopback, and what came to it, decoded by the official package.

use crate::support::program::Program;
use crate::support::requires;
use crate::support::responder::{Reply, Responder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::HashSet;
use std::io::Write;
use std::process::{Command, Stdio};

const DECODE: &str = include_str!("decode.py");

pub struct Collector(pub Responder);

/// Whether what comes can be decoded here.
pub fn decodes() -> bool {
    requires(&["opentelemetry.proto"])
}

impl Collector {
    pub fn start() -> Self {
        Self::answering(|| Reply::status(200))
    }

    pub fn answering(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Self {
        Self(Responder::start(move |_| reply()))
    }

    /// A program that exports to it.
    pub fn of(&self, program: Program) -> Program {
        program.variable("OTEL_EXPORTER_OTLP_ENDPOINT", &self.0.url(""))
    }

    /// All spans that have come, in no order.
    pub fn spans(&self) -> Vec<Span> {
        let mut python = Command::new("python3")
            .args(["-c", DECODE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = python.stdin.take().unwrap();
        for request in self.0.received() {
            assert_eq!(request.path, "/v1/traces");
            assert_eq!(request.method, "POST");
            assert_eq!(request.header("content-type"), "application/x-protobuf");
            writeln!(input, "{}", STANDARD.encode(&request.body)).unwrap();
        }
        drop(input);
        let output = python.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let spans: Vec<Span> = text
            .lines()
            .map(|line| Span(serde_json::from_str(line).unwrap()))
            .collect();
        let ids: HashSet<_> = spans.iter().map(|span| span.text("id")).collect();
        assert_eq!(ids.len(), spans.len(), "each span once");
        for span in &spans {
            let time = |name: &str| span.0[name].as_u64().unwrap();
            assert!(
                time("start") > 0 && time("start") <= time("end"),
                "{span:?}"
            );
            span.tells_no_secret();
        }
        spans
    }
}

/// A span, as it came.
#[derive(Clone, Debug)]
pub struct Span(pub Value);

impl Span {
    pub fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    pub fn attribute(&self, name: &str) -> &Value {
        &self.0["attributes"][name]
    }

    /// Paths and queries of these tests have this word in them.
    fn tells_no_secret(&self) {
        assert!(!self.0.to_string().contains("hunter2"), "{self:?}");
    }

    pub fn is_below(&self, other: &Self) {
        assert_eq!(
            self.text("trace"),
            other.text("trace"),
            "{self:?}\n{other:?}"
        );
        assert_eq!(self.text("parent"), other.text("id"), "{self:?}\n{other:?}");
    }
}

/// The one span of a kind with this name.
pub fn only<'a>(spans: &'a [Span], kind: &str, name: &str) -> &'a Span {
    match all(spans, kind, name)[..] {
        [span] => span,
        ref others => panic!("{kind} {name}: {others:#?}\nof {spans:#?}"),
    }
}

/// The spans of a kind with this name, as they began.
pub fn all<'a>(spans: &'a [Span], kind: &str, name: &str) -> Vec<&'a Span> {
    let meant = |span: &&Span| span.text("kind") == kind && span.text("name") == name;
    let mut found: Vec<_> = spans.iter().filter(meant).collect();
    found.sort_by_key(|span| span.0["start"].as_u64());
    found
}
