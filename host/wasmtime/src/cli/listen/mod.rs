//! `listen`: a responder on this machine that verifies, shows and answers requests.

mod script;

pub use script::Script;

use super::args::ListenCommand;
use super::exit::{Exit, Failure};
use super::keys::Verifier;
use super::output::Output;
use super::server::{CANCEL, Whole, respond, serve, text};
use super::{color, limits, notice, setup, signals};
use anyhow::Context;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use rules::foreign::{capped, seen};
use rules::signature::Fault;
use script::Answer;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::sync::Notify;

struct Listener {
    output: Output,
    verifier: Verifier,
    script: Script,
    json: bool,
    /// Requests to show before it ends.
    count: usize,
    shown: AtomicUsize,
    faulty: AtomicBool,
    enough: Notify,
}

/// Runs the command.
pub fn run(command: &ListenCommand) -> Result<Exit, Failure> {
    limits::raise();
    let verifier = Verifier::new(&command.secret, command.tolerance).map_err(Failure::unusable)?;
    let listener = Arc::new(Listener {
        output: Output::start().context("no thread to write with")?,
        verifier,
        script: command.answer.clone(),
        json: command.json,
        count: command.count.unwrap_or(usize::MAX),
        shown: AtomicUsize::new(0),
        faulty: AtomicBool::new(false),
        enough: Notify::new(),
    });
    let runtime = setup::runtime()?;
    let written = runtime.block_on(async {
        let socket = TcpListener::bind((command.address, command.port))
            .await
            .with_context(|| format!("port {} of {}", command.port, command.address))
            .map_err(Failure::unusable)?;
        let address = socket.local_addr().context("a socket without an address")?;
        notice::info(&format!("listening on http://{address} (Ctrl-C to end)"));
        signals::works();
        let mut signals = signals::Signals::new();
        let handler = {
            let listener = Arc::clone(&listener);
            move |parts, body| Arc::clone(&listener).answer(parts, body)
        };
        let interrupted = tokio::select! {
            () = serve(socket, handler) => false,
            () = listener.enough.notified() => false,
            _ = signals.next() => true,
        };
        Ok::<_, Failure>(listener.output.finish(&mut signals, interrupted).await)
    })?;
    // Answers that hang are left behind.
    runtime.shutdown_timeout(std::time::Duration::from_millis(100));
    let faulty = listener.faulty.load(Ordering::Relaxed);
    Ok(if faulty || written.is_err() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

impl Listener {
    async fn answer(self: Arc<Self>, parts: Parts, whole: Whole) -> Response<Full<Bytes>> {
        // What is shown is bounded by who reads it. Where nobody can, answers go on.
        self.output.room().await;
        let body = whole.bytes.clone();
        let number = self.shown.fetch_add(1, Ordering::Relaxed);
        let found = self.verifier.verify(&parts.headers, &body);
        let step = self.script.step(number).clone();
        let verifies = self.verifier.has_secrets();
        let refused = verifies && found.is_err();
        if refused {
            self.faulty.store(true, Ordering::Relaxed);
        }
        let (said, response) = match (&found, step.answer) {
            (Err(fault), _) if verifies => {
                let said = fault.to_string();
                (
                    "401".to_owned(),
                    Some(respond(StatusCode::UNAUTHORIZED, "text/plain", said)),
                )
            }
            (_, Answer::Status(status)) => {
                let code = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
                (
                    code.as_str().to_owned(),
                    Some(respond(code, "text/plain", "")),
                )
            }
            (_, Answer::Cancel(reason)) => {
                let body = json!({"reason": reason}).to_string();
                (
                    format!("200 cancel: {reason}"),
                    Some(respond(StatusCode::OK, CANCEL, body)),
                )
            }
            (_, Answer::Hang) => ("nothing".to_owned(), None),
        };
        if self.json {
            let record = record(&parts, &body, &found, verifies, &said);
            self.output.line(&record);
        } else {
            let text = shown(&parts, &body, &found, verifies, &said);
            self.output.text(&text);
        }
        // Whoever waits for an answer that is late keeps no memory.
        drop((parts, body, whole));
        if !refused {
            tokio::time::sleep(step.delay).await;
        }
        if number + 1 >= self.count {
            // The answer is on its way first.
            let enough = Arc::clone(&self);
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                enough.enough.notify_one();
            });
        }
        match response {
            Some(response) => response,
            None => std::future::pending().await,
        }
    }
}

type Found = Result<Vec<&'static str>, Fault>;

fn record(parts: &Parts, body: &Bytes, found: &Found, verifies: bool, said: &str) -> Value {
    let headers: serde_json::Map<String, Value> = parts
        .headers
        .keys()
        .map(|name| (name.to_string(), json!(text(&parts.headers, name.as_str()))))
        .collect();
    json!({
        "type": "request",
        "path": parts.uri.path(),
        "event": text(&parts.headers, "x-servo-event"),
        "delivery": text(&parts.headers, "x-servo-delivery"),
        "attempt": text(&parts.headers, "x-servo-attempt"),
        "verified": if verifies { json!(found.is_ok()) } else { Value::Null },
        "schemes": found.as_ref().ok(),
        "fault": found.as_ref().err().filter(|_| verifies).map(ToString::to_string),
        "headers": headers,
        "body": String::from_utf8_lossy(body),
        "answer": said,
    })
}

fn shown(parts: &Parts, body: &Bytes, found: &Found, verifies: bool, said: &str) -> String {
    let header = |name: &str| capped(&text(&parts.headers, name));
    let verdict = match found {
        _ if !verifies => color::warning("not verified: no --secret is given"),
        Ok(schemes) => color::good(&format!("verified: {}", schemes.join(", "))),
        Err(fault) => color::error(&format!("not verified: {}", capped(&fault.to_string()))),
    };
    let mut shown = String::new();
    let mut line = |text: String| {
        shown.push_str(&text);
        shown.push('\n');
    };
    line(color::bold(&format!(
        "{} {}  {}",
        parts.method,
        capped(parts.uri.path()),
        header("x-servo-event")
    )));
    line(format!(
        "  delivery {}, attempt {}",
        header("x-servo-delivery"),
        header("x-servo-attempt")
    ));
    line(format!("  {verdict}"));
    let readable = serde_json::from_slice::<Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| format!("{} bytes of {}", body.len(), header("content-type")));
    for text in readable.lines() {
        let clean: String = text.chars().map(seen).collect();
        line(format!("  {clean}"));
    }
    line(format!("  -> {said}"));
    shown
}
