//! A responder that answers as a scenario says, down to bytes that are hardly HTTP.

use crate::support::responder::Received;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::{Map, Value};
use std::future::pending;
use std::io::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// Ends when it is dropped.
pub struct Responder {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

struct Shared {
    /// By path.
    answers: Map<String, Value>,
    /// In the order of their arrival.
    received: Mutex<Vec<Received>>,
}

/// What is known of a connection.
#[derive(Default)]
struct Connection {
    /// To be written in place of an answer, once it is no longer HTTP.
    rest: Mutex<Vec<u8>>,
    /// It ends when another request has come.
    closes_next: AtomicBool,
}

impl Drop for Responder {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Responder {
    pub fn start(answers: Map<String, Value>) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", 0)))
            .unwrap();
        let address = listener.local_addr().unwrap();
        let received = Mutex::default();
        let shared = Arc::new(Shared { answers, received });
        let state = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&state)));
            }
        });
        Self {
            address,
            shared,
            runtime: Some(runtime),
        }
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let stream = stream.into_std().unwrap();
    let beneath = TcpStream::from_std(stream.try_clone().unwrap());
    let stream = TcpStream::from_std(stream).unwrap();
    let connection = Arc::<Connection>::default();
    let kept = Arc::clone(&connection);
    let service =
        service_fn(move |request| answer(request, Arc::clone(&shared), Arc::clone(&kept)));
    let server = auto::Builder::new(TokioExecutor::new());
    // A client that breaks off is part of many a scenario.
    drop(server.serve_connection(TokioIo::new(stream), service).await);
    let rest = std::mem::take(&mut *connection.rest.lock().unwrap());
    if !rest.is_empty() {
        let _ = beneath.unwrap().write_all(&rest).await;
    }
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    connection: Arc<Connection>,
) -> Result<Response<Full<Bytes>>, Error> {
    let (parts, body) = request.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)));
    let path = parts
        .uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let is_unread = |told: &Value| told["unread"] == true;
    let answers = shared.answers.get(&path).and_then(Value::as_array);
    let body = if answers.is_some_and(|answers| answers.iter().any(is_unread)) {
        Bytes::new()
    } else {
        body.collect().await.map_err(Error::other)?.to_bytes()
    };
    if connection.closes_next.load(Ordering::SeqCst) {
        return Err(Error::other("closed at the next request"));
    }
    let turn = {
        let mut received = shared.received.lock().unwrap();
        let turn = received.iter().filter(|known| known.path == path).count();
        received.push(Received {
            method: parts.method.to_string(),
            path: path.clone(),
            version: parts.version,
            headers: headers.collect(),
            body,
            at: Instant::now(),
        });
        turn
    };
    let answers = shared.answers.get(&path).and_then(Value::as_array);
    let told = answers.and_then(|answers| answers.get(turn).or(answers.last()));
    match told {
        Some(told) => as_told(told, &connection).await,
        None => Ok(Response::new(Full::default())),
    }
}

async fn as_told(told: &Value, connection: &Connection) -> Result<Response<Full<Bytes>>, Error> {
    if let Some(wait) = told["delay_ms"].as_u64() {
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
    if told["hang"] == true {
        return pending().await;
    }
    if let Some(text) = told["raw"].as_str() {
        let bytes = text.chars().map(|char| u8::try_from(char).unwrap());
        *connection.rest.lock().unwrap() = bytes.collect();
        return Err(Error::other("written beneath HTTP"));
    }
    if told["close"] == true {
        return Err(Error::other("closed, as it should be"));
    }
    connection
        .closes_next
        .store(told["closes_next"] == true, Ordering::SeqCst);
    let status = told["status"].as_u64().unwrap_or(200);
    let mut response = Response::builder().status(u16::try_from(status).unwrap());
    for (name, value) in told["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap());
    }
    let body = match (told["body"].as_str(), told["body_base64"].as_str()) {
        (Some(text), _) => text.to_owned().into(),
        (None, Some(text)) => STANDARD.decode(text).unwrap().into(),
        (None, None) => Bytes::new(),
    };
    Ok(response.body(Full::new(body)).unwrap())
}
