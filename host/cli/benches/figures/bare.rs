//! The bare client: hyper as the host uses it, ready-made and signed bodies, nothing
//! else. It runs in a process of its own, which is this program called again.

use super::wire::Recorded;
use bytes::Bytes;
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The hidden argument with which this program calls itself.
pub const ARGUMENT: &str = "--bare";

/// What it is to send.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// In turn.
    pub urls: Vec<String>,
    /// Requests.
    pub count: usize,
    /// In flight at a time.
    pub in_flight: usize,
    /// The same each time.
    pub request: Recorded,
}

impl Order {
    /// The command that carries it out; `file` is where it is written down.
    pub fn command(&self, file: &Path) -> Command {
        std::fs::write(file, serde_json::to_vec(self).unwrap()).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(ARGUMENT).arg(file);
        command
    }
}

/// A client and what it sends.
pub struct Bare {
    client: Client<HttpConnector, Full<Bytes>>,
    urls: Vec<Uri>,
    headers: HeaderMap,
    body: Bytes,
}

impl Bare {
    /// With connections that are kept.
    pub fn new(urls: &[String], request: &Recorded) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let headers = request.headers.iter();
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            urls: urls.iter().map(|url| url.parse().unwrap()).collect(),
            headers: headers
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect::<Vec<(http::HeaderName, http::HeaderValue)>>()
                .into_iter()
                .collect(),
            body: Bytes::from(request.body.clone()),
        }
    }

    /// Sends the request once and reads the answer.
    pub async fn send(&self, turn: usize) {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.urls[turn % self.urls.len()].clone();
        request.headers_mut().clone_from(&self.headers);
        let answer = self.client.request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body().collect().await.unwrap();
    }
}

/// Carries out an order, and says how many bytes of memory that left.
pub fn main(file: &Path) {
    let order: Order = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let bare = Arc::new(Bare::new(&order.urls, &order.request));
    let next = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..order.in_flight {
            let (bare, next, count) = (Arc::clone(&bare), Arc::clone(&next), order.count);
            tasks.spawn(async move {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    if turn >= count {
                        return;
                    }
                    bare.send(turn).await;
                }
            });
        }
        tasks.join_all().await;
    });
    println!("{}", super::process::resident(std::process::id()));
}
