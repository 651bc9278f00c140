//! `listen`: a responder on this machine that verifies, shows and answers requests.

mod script;

pub use script::Script;

use super::args::ListenCommand;
use super::exit::{Exit, Failure};
use super::keys::Verifier;
use super::server::{CANCEL, respond, serve, text};
use super::{color, setup, signals};
use anyhow::Context;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use rules::signature::Fault;
use script::Answer;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::sync::Notify;

struct Listener {
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
    let verifier = Verifier::new(&command.secret, command.tolerance).map_err(Failure::unusable)?;
    let listener = Arc::new(Listener {
        verifier,
        script: command.answer.clone(),
        json: command.json,
        count: command.count.unwrap_or(usize::MAX),
        shown: AtomicUsize::new(0),
        faulty: AtomicBool::new(false),
        enough: Notify::new(),
    });
    let runtime = setup::runtime()?;
    runtime.block_on(async {
        let socket = TcpListener::bind((command.address, command.port))
            .await
            .with_context(|| format!("port {} of {}", command.port, command.address))
            .map_err(Failure::unusable)?;
        let address = socket.local_addr().context("a socket without an address")?;
        anstream::eprintln!("listening on http://{address} (Ctrl-C to end)");
        let mut signals = signals::Signals::new();
        let handler = {
            let listener = Arc::clone(&listener);
            move |parts, body| Arc::clone(&listener).answer(parts, body)
        };
        tokio::select! {
            () = serve(socket, handler) => {}
            () = listener.enough.notified() => {}
            _ = signals.next() => {}
        }
        Ok::<_, Failure>(())
    })?;
    // Answers that hang are left behind.
    runtime.shutdown_timeout(std::time::Duration::from_millis(100));
    let faulty = listener.faulty.load(Ordering::Relaxed);
    Ok(if faulty { Exit::Failed } else { Exit::Done })
}

impl Listener {
    async fn answer(self: Arc<Self>, parts: Parts, body: Bytes) -> Response<Full<Bytes>> {
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
            show_json(&parts, &body, &found, verifies, &said);
        } else {
            show(&parts, &body, &found, verifies, &said);
        }
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

fn show_json(parts: &Parts, body: &Bytes, found: &Found, verifies: bool, said: &str) {
    let headers: serde_json::Map<String, Value> = parts
        .headers
        .keys()
        .map(|name| (name.to_string(), json!(text(&parts.headers, name.as_str()))))
        .collect();
    let record = json!({
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
    });
    // Whoever read it has gone; answers go on.
    let _ = writeln!(anstream::stdout(), "{record}");
}

fn show(parts: &Parts, body: &Bytes, found: &Found, verifies: bool, said: &str) {
    let header = |name: &str| text(&parts.headers, name);
    let verdict = match found {
        _ if !verifies => color::warning("not verified: no --secret is given"),
        Ok(schemes) => color::good(&format!("verified: {}", schemes.join(", "))),
        Err(fault) => color::error(&format!("not verified: {fault}")),
    };
    let mut out = anstream::stdout().lock();
    let mut line = |text: String| drop(writeln!(out, "{text}"));
    line(color::bold(&format!(
        "{} {}  {}",
        parts.method,
        parts.uri.path(),
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
        let clean: String = text.chars().filter(|char| !char.is_control()).collect();
        line(format!("  {clean}"));
    }
    line(format!("  -> {said}"));
}
