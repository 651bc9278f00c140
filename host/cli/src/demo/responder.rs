//! The demo's responder: an HTTP server on loopback that verifies what it receives,
//! answers, and remembers.

use crate::keys::Verifier;
use crate::small_server::{CANCEL, respond, serve, text};
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// What the responder received, and what it answered.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub event: String,
    pub delivery: String,
    pub attempt: String,
    pub signature: String,
    pub verified: bool,
    pub body: String,
    pub status: u16,
    pub answer: &'static str,
}

/// A server that ends when it is dropped.
pub struct Responder {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Responder {
    /// Listens on a free port of loopback.
    pub async fn start(secret: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (log, verifier) = (Arc::clone(&received), Verifier::with_secret(secret));
        let task = tokio::spawn(serve(listener, move |parts, body| {
            let (record, response) = answer(&verifier, &parts, &body.bytes);
            log.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(record);
            std::future::ready(response)
        }));
        Ok(Self {
            address,
            received,
            task,
        })
    }

    /// What came to a path so far, in order.
    pub fn received(&self, path: &str) -> Vec<Received> {
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received
            .iter()
            .filter(|request| request.path == path)
            .cloned()
            .collect()
    }
}

fn answer(verifier: &Verifier, parts: &Parts, body: &Bytes) -> (Received, Response<Full<Bytes>>) {
    let text = |name: &str| text(&parts.headers, name);
    let verified = verifier.verify(&parts.headers, body).is_ok();
    let attempt = text("x-servo-attempt");
    let (status, kind, said) = match (verified, parts.uri.path()) {
        (false, _) => (StatusCode::UNAUTHORIZED, "text/plain", "wrong signature"),
        (true, "/flaky") if attempt == "1" => (
            StatusCode::SERVICE_UNAVAILABLE,
            "text/plain",
            "busy, try again later",
        ),
        (true, "/approve") => (
            StatusCode::OK,
            CANCEL,
            r#"{"reason": "no changes on the day of the launch"}"#,
        ),
        (true, _) => (StatusCode::OK, "text/plain", "stored"),
    };
    let record = Received {
        path: parts.uri.path().to_owned(),
        event: text("x-servo-event"),
        delivery: text("x-servo-delivery"),
        attempt,
        signature: text("x-servo-signature"),
        verified,
        body: String::from_utf8_lossy(body).into_owned(),
        status: status.as_u16(),
        answer: said,
    };
    (record, respond(status, kind, said))
}
