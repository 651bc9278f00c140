//! `--metrics`: an address of its own for what watches the program.

mod readiness;

use crate::args::Observing;
use crate::exit::Failure;
use crate::notice;
use crate::serve::access::Access;
use crate::serve::body::{AnswerBody, boxed};
use crate::serve::connection::Connection;
use crate::serve::connections::{Answers, Connections};
use crate::small_server::{has_right_host, respond, text};
use anyhow::Context;
use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CONNECTION};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
pub use readiness::{LIVE, LIVEZ, READYZ, Readiness};
use servo_webhooks::Metrics;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

const METRICS: &str = "/metrics";

const TEXT: &str = "text/plain; charset=utf-8";

const JSON: &str = "application/json";

/// Connections at a time. When another one comes, that goes which has been idle for longest.
const CONNECTIONS: usize = 64;

/// Scrapes at a time: each looks at all that waits.
const SCRAPES: usize = 2;

/// Listens if that is asked for, and says where. Nothing is answered before
/// [`Watchers::answer`].
///
/// # Errors
/// If the address cannot be had.
pub async fn bind(observing: &Observing) -> Result<Watchers, Failure> {
    let Some(address) = observing.metrics else {
        return Ok(Watchers(None));
    };
    let socket = TcpListener::bind(address)
        .await
        .with_context(|| format!("--metrics: cannot listen on {address}"))
        .map_err(Failure::unusable)?;
    let address = socket.local_addr().context("a socket without an address")?;
    notice::metrics(address);
    Ok(Watchers(Some(socket)))
}

/// Where those who watch come in, if they may.
pub struct Watchers(Option<TcpListener>);

impl Watchers {
    /// Answers whoever watches, until what it returns is dropped.
    pub fn answer(self, metrics: Metrics, readiness: &Arc<Readiness>) -> Watched {
        let accept = |socket: TcpListener| {
            let address = socket.local_addr();
            let watch = Arc::new(Watch {
                local: address.is_ok_and(|address| address.ip().is_loopback()),
                metrics,
                scrapes: Semaphore::new(SCRAPES),
                readiness: Arc::clone(readiness),
            });
            let connections = Connections::at_most(CONNECTIONS);
            tokio::spawn(async move { connections.accept(socket, &watch).await }).abort_handle()
        };
        Watched(self.0.map(accept))
    }
}

/// Answers whoever watches, until it is dropped.
pub struct Watched(Option<AbortHandle>);

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// What can be watched.
struct Watch {
    /// It listens on loopback: a page in a browser of this machine is not told the names of
    /// webhooks.
    local: bool,
    metrics: Metrics,
    scrapes: Semaphore,
    readiness: Arc<Readiness>,
}

impl Answers for Watch {
    /// No body is read: nobody who sends one slowly keeps a probe from its answer.
    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
        _: usize,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let (parts, _) = request.into_parts();
        let mut response = self.answer(&parts).await;
        if connection.overstays(false, usize::MAX) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(boxed(response))
    }
}

impl Watch {
    async fn answer(&self, parts: &Parts) -> Response<Full<Bytes>> {
        if !has_right_host(parts) {
            let detail = "a request needs exactly one valid Host header\n";
            return respond(StatusCode::BAD_REQUEST, TEXT, detail);
        }
        if parts.method != Method::GET && parts.method != Method::HEAD {
            let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "use GET\n");
            let allowed = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allowed);
            return response;
        }
        match parts.uri.path() {
            METRICS if self.local && Access::Local.admits_own(parts).is_err() => {
                let detail =
                    "Host must be localhost or a loopback address, and no other page may ask\n";
                respond(StatusCode::FORBIDDEN, TEXT, detail)
            }
            METRICS => self.scrape(parts).await,
            LIVEZ => respond(StatusCode::OK, JSON, LIVE),
            READYZ => {
                let (status, body) = self.readiness.answer();
                respond(status, JSON, body)
            }
            _ => respond(
                StatusCode::NOT_FOUND,
                TEXT,
                "not found; there are /metrics, /livez and /readyz\n",
            ),
        }
    }

    async fn scrape(&self, parts: &Parts) -> Response<Full<Bytes>> {
        let accept = text(&parts.headers, ACCEPT.as_str());
        // Never closed.
        let _turn = self.scrapes.acquire().await;
        let metrics = self.metrics.clone();
        // With a store it is asked, which blocks.
        let written = tokio::task::spawn_blocking(move || metrics.negotiate(&accept)).await;
        match written {
            Ok((kind, text)) => respond(StatusCode::OK, kind, text),
            Err(_) => respond(
                StatusCode::INTERNAL_SERVER_ERROR,
                TEXT,
                "the metrics could not be read; the log says why\n",
            ),
        }
    }
}
