//! `--metrics`: an address of its own for what watches the program.

mod readiness;

use crate::args::Observing;
use crate::exit::Failure;
use crate::notice;
use crate::small_server::{respond, serve};
use anyhow::Context;
use bytes::Bytes;
use http::header::{ACCEPT, ALLOW};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
pub use readiness::{LIVE, LIVEZ, READYZ, Readiness};
use servo_webhooks::Metrics;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

const METRICS: &str = "/metrics";

const TEXT: &str = "text/plain; charset=utf-8";

const JSON: &str = "application/json";

/// Answers whoever watches, until it is dropped.
pub struct Watched(Option<AbortHandle>);

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Listens if that is asked for, and says where.
///
/// # Errors
/// If the address cannot be had.
pub async fn watch(
    observing: &Observing,
    metrics: Metrics,
    readiness: &Arc<Readiness>,
) -> Result<Watched, Failure> {
    let Some(address) = observing.metrics else {
        return Ok(Watched(None));
    };
    let socket = TcpListener::bind(address)
        .await
        .with_context(|| format!("--metrics: cannot listen on {address}"))
        .map_err(Failure::unusable)?;
    let address = socket.local_addr().context("a socket without an address")?;
    notice::metrics(address);
    let readiness = Arc::clone(readiness);
    let handler = move |parts: Parts, _| answer(parts, metrics.clone(), Arc::clone(&readiness));
    let task = tokio::spawn(serve(socket, handler));
    Ok(Watched(Some(task.abort_handle())))
}

async fn answer(
    parts: Parts,
    metrics: Metrics,
    readiness: Arc<Readiness>,
) -> Response<Full<Bytes>> {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "use GET\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    match parts.uri.path() {
        METRICS => exposed(&parts, metrics).await,
        LIVEZ => respond(StatusCode::OK, JSON, LIVE),
        READYZ => {
            let (status, body) = readiness.answer();
            respond(status, JSON, body)
        }
        _ => respond(
            StatusCode::NOT_FOUND,
            TEXT,
            "not found; there are /metrics, /livez and /readyz\n",
        ),
    }
}

async fn exposed(parts: &Parts, metrics: Metrics) -> Response<Full<Bytes>> {
    let accept = crate::small_server::text(&parts.headers, ACCEPT.as_str());
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
