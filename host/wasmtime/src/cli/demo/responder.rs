//! The demo's responder: an HTTP server on loopback that verifies what it receives
//! by its own means, answers, and remembers.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sha1::Sha1;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

const CANCEL: &str = "application/vnd.opsani.servo.errors.EventCancelledError+json";

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
        let (log, secret) = (Arc::clone(&received), Arc::<str>::from(secret));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, secret) = (Arc::clone(&log), Arc::clone(&secret));
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, &secret, &log));
                    // A client that breaks off is its own affair.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
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

async fn answer(
    request: Request<Incoming>,
    secret: &str,
    log: &Mutex<Vec<Received>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let text = |name: &str| text(&parts.headers, name);
    let signature = text("x-servo-signature");
    let verified = verify(secret, &body, &signature);
    let attempt = text("x-servo-attempt");
    let (status, kind, said) = match (verified, parts.uri.path()) {
        (false, _) => (StatusCode::UNAUTHORIZED, "text/plain", "wrong signature"),
        (true, "/flaky") if attempt == "1" => (
            StatusCode::SERVICE_UNAVAILABLE,
            "text/plain",
            "busy, come again",
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
        signature,
        verified,
        body: String::from_utf8_lossy(&body).into_owned(),
        status: status.as_u16(),
        answer: said,
    };
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(record);
    let mut response = Response::new(Full::new(Bytes::from_static(said.as_bytes())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    Ok(response)
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
}

/// HMAC-SHA1 over the exact bytes of the body, compared in constant time.
fn verify(secret: &str, body: &[u8], signature: &str) -> bool {
    let (Ok(mut mac), Ok(signature)) = (
        Hmac::<Sha1>::new_from_slice(secret.as_bytes()),
        hex::decode(signature),
    ) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&signature).is_ok()
}
