//! A small HTTP server, for the commands that answer.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The content type of an answer that cancels.
pub const CANCEL: &str = rules::answer::CANCEL_CONTENT_TYPES[1];

/// The largest body: as large as an event may be, and its envelope.
const LONGEST: usize = 17 << 20;

/// Answers every request, until it is dropped. A body comes whole, or not at all.
pub async fn serve<H, F>(listener: TcpListener, handler: H)
where
    H: Fn(Parts, Bytes) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let handler = Arc::new(handler);
    while let Ok((stream, _)) = listener.accept().await {
        let handler = Arc::clone(&handler);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&handler)));
            // A client that breaks off is its own affair.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer<H, F>(
    request: Request<Incoming>,
    handler: Arc<H>,
) -> Result<Response<Full<Bytes>>, Infallible>
where
    H: Fn(Parts, Bytes) -> F,
    F: Future<Output = Response<Full<Bytes>>>,
{
    let (parts, body) = request.into_parts();
    Ok(match Limited::new(body, LONGEST).collect().await {
        Ok(body) => handler(parts, body.to_bytes()).await,
        Err(_) => respond(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain",
            "too large, or cut",
        ),
    })
}

/// An answer.
pub fn respond(
    status: StatusCode,
    kind: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static(kind);
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, kind);
    response
}

/// A header as text; empty where it is missing.
pub fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).map(http::HeaderValue::as_bytes);
    String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
}
