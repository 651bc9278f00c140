//! A small HTTP server, for the commands that answer.

use bytes::Bytes;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use servo_webhooks::__internal::log_limit::{Kind, limited};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

/// The content type of an answer that cancels.
pub const CANCEL: &str = rules::answer::CANCEL_CONTENT_TYPES[1];

/// The largest body: as large as an event may be, and its envelope.
const LONGEST: usize = 17 << 20;

/// Bodies in memory at a time; who has more to send waits.
const BODIES: usize = 8;

/// Connections at a time; more wait to be accepted.
const CONNECTIONS: usize = 128;

/// Requests at a time on one connection of HTTP/2.
const STREAMS: u32 = 32;

/// Bytes that one connection of HTTP/2 may send ahead.
const WINDOW: u32 = 256 << 10;

/// The time for a request to begin, for its head, and for its body.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time in which a client takes nothing of what it is answered.
const WRITE: Duration = Duration::from_secs(10);

/// What a connection has, also one that waits for an answer that never comes.
const LIFE: Duration = Duration::from_secs(600);

/// Until it is tried again to accept one, for example when there are no more descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// A body, which counts as long as it is kept.
pub struct Whole {
    /// Its bytes.
    pub bytes: Bytes,
    _place: OwnedSemaphorePermit,
}

/// Answers every request, until it is dropped. A body comes whole, or not at all.
pub async fn serve<H, F>(listener: TcpListener, handler: H)
where
    H: Fn(Parts, Whole) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let handler = Arc::new(handler);
    let bodies = Arc::new(Semaphore::new(BODIES));
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    // Never closed.
    while let Ok(place) = Arc::clone(&connections).acquire_owned().await {
        let stream = accepted(&listener).await;
        let (handler, bodies) = (Arc::clone(&handler), Arc::clone(&bodies));
        tokio::spawn(async move {
            // A client that breaks off is its own affair.
            let _ = timeout(LIFE, converse(stream, handler, bodies)).await;
            drop(place);
        });
    }
}

/// The next connection; what goes wrong meanwhile is logged.
pub async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                let error = error.to_string();
                limited(Kind::Connection, &[&error], |repeated| {
                    tracing::warn!(%error, repeated, "a connection could not be accepted");
                });
                sleep(PAUSE).await;
            }
        }
    }
}

async fn converse<H, F>(stream: TcpStream, handler: Arc<H>, bodies: Arc<Semaphore>)
where
    H: Fn(Parts, Whole) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    if timeout(PATIENCE, stream.readable()).await.is_err() {
        return;
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE));
    let service =
        service_fn(move |request| answer(request, Arc::clone(&handler), Arc::clone(&bodies)));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PATIENCE)
        .max_concurrent_streams(STREAMS)
        .initial_connection_window_size(WINDOW)
        .initial_stream_window_size(WINDOW);
    let _ = builder
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .await;
}

async fn answer<H, F>(
    request: Request<Incoming>,
    handler: Arc<H>,
    bodies: Arc<Semaphore>,
) -> Result<Response<Full<Bytes>>, Infallible>
where
    H: Fn(Parts, Whole) -> F,
    F: Future<Output = Response<Full<Bytes>>>,
{
    let (parts, body) = request.into_parts();
    if !has_right_host(&parts) {
        let detail = "a request needs exactly one valid Host header";
        return Ok(respond(StatusCode::BAD_REQUEST, "text/plain", detail));
    }
    let Ok(place) = bodies.acquire_owned().await else {
        let detail = "too many requests at once";
        return Ok(respond(
            StatusCode::SERVICE_UNAVAILABLE,
            "text/plain",
            detail,
        ));
    };
    let read = timeout(PATIENCE, Limited::new(body, LONGEST).collect()).await;
    Ok(match read {
        Ok(Ok(body)) => {
            let bytes = body.to_bytes();
            let whole = Whole {
                bytes,
                _place: place,
            };
            handler(parts, whole).await
        }
        Ok(Err(_)) => respond(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain",
            "the body is too large, or was cut off",
        ),
        Err(_) => respond(
            StatusCode::REQUEST_TIMEOUT,
            "text/plain",
            "the body did not arrive in time",
        ),
    })
}

/// Whether a request has the `Host` that it must have: over HTTP/1.1 exactly one, and a host
/// with or without a port, or nothing (RFC 9112, 3.2).
pub fn has_right_host(parts: &Parts) -> bool {
    let mut hosts = parts.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => parts.version != Version::HTTP_11,
        (Some(host), None) => host.is_empty() || is_authority(host.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

fn is_authority(host: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(host) else {
        return false;
    };
    let rest = authority.as_str().strip_prefix(authority.host());
    let port = match rest {
        Some("") => return true,
        Some(rest) => rest.strip_prefix(':'),
        // User and password before it.
        None => return false,
    };
    port.is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_valid_host_is_needed_over_http_1_1() {
        let with = |version, hosts: &[&str]| {
            let mut request = Request::get("/").version(version);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            has_right_host(&request.body(()).unwrap().into_parts().0)
        };
        for host in [
            "",
            "localhost",
            "localhost:8080",
            "localhost:",
            "[::1]:80",
            "a_b",
        ] {
            assert!(with(Version::HTTP_11, &[host]), "{host}");
        }
        for host in [
            "a b", "a,b c", "a@b", "a:b", "a:1:2", "a/b", "a?b", "[::1", "a:65536",
        ] {
            assert!(!with(Version::HTTP_11, &[host]), "{host}");
        }
        assert!(!with(Version::HTTP_11, &[]));
        assert!(!with(Version::HTTP_11, &["a", "a"]));
        assert!(!with(Version::HTTP_10, &["a", "a"]));
        assert!(with(Version::HTTP_10, &[]) && with(Version::HTTP_2, &[]));
    }
}
