//! Servers: one that speaks HTTP, one that says what it is told, and one that is a proxy.

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use std::collections::HashSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A request as a server saw it.
pub struct Seen {
    pub connection: usize,
    pub version: Version,
    pub line: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub sni: Option<String>,
}

/// A server, until it is dropped.
pub struct Server<T> {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<T>>>,
    task: JoinHandle<()>,
}

impl<T> Drop for Server<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<T: Send + 'static> Server<T> {
    /// Serves each connection in a task of its own, numbered from 1.
    pub async fn start<F>(
        serve: impl Fn(TcpStream, usize, Arc<Mutex<Vec<T>>>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, seen) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let (count, list) = (Arc::clone(&connections), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::spawn(serve(stream, number, Arc::clone(&list)));
            }
        });
        Self {
            address,
            connections,
            seen,
            task,
        }
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What was seen, taken out.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

impl Server<Seen> {
    /// How many connections carried requests.
    pub fn used(&self) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .map(|seen| seen.connection)
            .collect::<HashSet<_>>()
            .len()
    }
}

type Answer = fn() -> Response<Full<Bytes>>;

/// A server that speaks HTTP/1.1 and 2 in clear, and gives one answer.
pub async fn clear(answer: Answer) -> Server<Seen> {
    Server::start(move |stream, number, seen| serve(stream, number, None, answer, seen)).await
}

/// The same over TLS.
pub async fn secure(config: Arc<ServerConfig>, answer: Answer) -> Server<Seen> {
    Server::start(move |stream, number, seen| {
        let acceptor = TlsAcceptor::from(config.clone());
        async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let sni = stream.get_ref().1.server_name().map(str::to_owned);
            serve(stream, number, sni, answer, seen).await;
        }
    })
    .await
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    stream: S,
    connection: usize,
    sni: Option<String>,
    answer: Answer,
    seen: Arc<Mutex<Vec<Seen>>>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (seen, sni) = (seen.clone(), sni.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = body
                .collect()
                .await
                .map(|body| body.to_bytes())
                .unwrap_or_default();
            let line = format!("{} {}", parts.method, parts.uri);
            let (version, headers) = (parts.version, parts.headers);
            seen.lock().unwrap().push(Seen {
                connection,
                version,
                line,
                headers,
                body,
                sni,
            });
            Ok::<_, Infallible>(answer())
        }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    _ = builder
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// A server that answers the first request of each connection with bytes, then closes
/// its side, and notes the number of each connection that the client closed too.
pub async fn scripted(answer: impl Into<Bytes>) -> Server<usize> {
    one_answer(answer.into(), true).await
}

/// The same, but its own side stays open: what is missing of the answer never comes.
pub async fn dripping(answer: impl Into<Bytes>) -> Server<usize> {
    one_answer(answer.into(), false).await
}

async fn one_answer(answer: Bytes, close: bool) -> Server<usize> {
    Server::start(move |mut stream, number, closed| {
        let answer = answer.clone();
        async move {
            read_request(&mut stream).await;
            _ = stream.write_all(&answer).await;
            if close {
                _ = stream.shutdown().await;
            }
            if stream.read_to_end(&mut Vec::new()).await.is_ok() {
                closed.lock().unwrap().push(number);
            }
        }
    })
    .await
}

/// A proxy that notes the heads of what it is asked. It opens tunnels if its answer to
/// CONNECT is 200; what is asked in clear it answers itself.
pub async fn proxy(status: u16) -> Server<String> {
    Server::start(move |mut stream, _, seen| async move {
        loop {
            let head = read_request(&mut stream).await;
            if head.is_empty() {
                return;
            }
            let address = head
                .strip_prefix("CONNECT ")
                .and_then(|rest| rest.split(' ').next());
            let address = address.map(str::to_owned);
            seen.lock().unwrap().push(head);
            let length = if address.is_some() {
                ""
            } else {
                "Content-Length: 0\r\n"
            };
            let answer = format!("HTTP/1.1 {status} Whatever\r\n{length}\r\n");
            _ = stream.write_all(answer.as_bytes()).await;
            if let Some(address) = address {
                if status == 200 {
                    // Every name is this machine.
                    let port = address.rsplit_once(':').unwrap().1;
                    let home = format!("127.0.0.1:{port}");
                    let mut onward = TcpStream::connect(home).await.unwrap();
                    _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
                }
                return;
            }
        }
    })
    .await
}

/// Reads a request with its body, and gives its head.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.to_lowercase().lines().find_map(|line| {
        line.strip_prefix("content-length:")
            .and_then(|length| length.trim().parse().ok())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    _ = stream.read_exact(&mut body).await;
    head
}
