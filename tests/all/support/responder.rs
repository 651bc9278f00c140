//! A responder on loopback: answers as it is told to, and remembers what it received.

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

const CONTENT_TYPE: &str = "application/vnd.opsani.servo-webhooks+json";

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    /// With its query.
    pub path: String,
    pub version: Version,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// When it was read whole.
    pub at: Instant,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let all: Vec<_> = self
            .headers
            .iter()
            .filter(|(known, _)| known == name)
            .collect();
        assert!(all.len() < 2, "{name} came {} times", all.len());
        all.first().map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Status, headers, body.
    Answer(u16, Vec<(String, String)>, Bytes),
    /// The same, once the gate is open.
    Gated(watch::Receiver<bool>, u16),
    /// Never.
    Hang,
    /// Close the connection instead.
    Close,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), Bytes::new())
    }

    pub fn typed(status: u16, content_type: &str, body: &str) -> Self {
        Self::Answer(
            status,
            vec![("content-type".to_owned(), content_type.to_owned())],
            body.to_owned().into(),
        )
    }

    pub fn cancel(reason: &str) -> Self {
        let body = serde_json::json!({ "reason": reason }).to_string();
        Self::typed(
            200,
            "application/vnd.opsani.servo.errors.EventCancelledError+json",
            &body,
        )
    }
}

type Handler = dyn Fn(&Received) -> Reply + Send + Sync;

struct Shared {
    handler: Box<Handler>,
    received: Mutex<Vec<Received>>,
    remembers: bool,
    connections: AtomicUsize,
    /// What does not fit the schema of its event.
    /// Events and bodies, to be held to their schemas in the end.
    bodies: Mutex<Vec<(String, serde_json::Value)>>,
}

/// Ends when it is dropped.
pub struct Responder {
    pub address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

impl Drop for Responder {
    /// Every body of every test fits its schema.
    fn drop(&mut self) {
        let bodies = std::mem::take(&mut *self.shared.bodies.lock().unwrap());
        if !std::thread::panicking() {
            for (event, body) in bodies {
                assert_eq!(super::schemas::fault(&event, &body), None);
            }
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Responder {
    pub fn start(handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve(None, Box::new(handler), true)
    }

    /// One that remembers nothing, for very many requests.
    pub fn start_sink(handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve(None, Box::new(handler), false)
    }

    /// Over TLS; the protocols of the configuration are offered by ALPN.
    pub fn start_tls(
        tls: ServerConfig,
        handler: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::serve(
            Some(TlsAcceptor::from(Arc::new(tls))),
            Box::new(handler),
            true,
        )
    }

    fn serve(tls: Option<TlsAcceptor>, handler: Box<Handler>, remembers: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).unwrap()
        };
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            handler,
            received: Mutex::default(),
            remembers,
            connections: AtomicUsize::new(0),
            bodies: Mutex::default(),
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                state.connections.fetch_add(1, Ordering::SeqCst);
                let _ = stream.set_nodelay(true);
                let (state, tls) = (Arc::clone(&state), tls.clone());
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(request, Arc::clone(&state)));
                    let server = auto::Builder::new(TokioExecutor::new());
                    // A client that breaks off is part of many a test.
                    match tls {
                        None => drop(server.serve_connection(TokioIo::new(stream), service).await),
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else {
                                return;
                            };
                            drop(server.serve_connection(TokioIo::new(stream), service).await);
                        }
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            shared,
            runtime: Some(runtime),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Those that came to one path.
    pub fn at(&self, path: &str) -> Vec<Received> {
        self.received()
            .into_iter()
            .filter(|request| request.path == path)
            .collect()
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come.
    pub fn until_received(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.shared.received.lock().unwrap().len() < count {
            assert!(
                Instant::now() < deadline,
                "only {} of {count} requests came",
                self.received().len()
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map_err(std::io::Error::other)?
        .to_bytes();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let path = parts
        .uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let received = Received {
        method: parts.method.to_string(),
        path,
        version: parts.version,
        headers,
        body,
        at: Instant::now(),
    };
    if shared.remembers {
        let event = received.header("x-servo-event");
        if received.header("content-type") == CONTENT_TYPE && !event.starts_with("channel:") {
            let body = (event.to_owned(), received.json());
            shared.bodies.lock().unwrap().push(body);
        }
        shared.received.lock().unwrap().push(received.clone());
    }
    match (shared.handler)(&received) {
        Reply::Answer(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(Full::new(body)).unwrap())
        }
        Reply::Gated(mut gate, status) => {
            // A gate that is gone is as good as open.
            let _ = gate.wait_for(|open| *open).await;
            Ok(Response::builder()
                .status(status)
                .body(Full::default())
                .unwrap())
        }
        Reply::Hang => pending().await,
        Reply::Close => Err(std::io::Error::other("closed, as it should be")),
    }
}
