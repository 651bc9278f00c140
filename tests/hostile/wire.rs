//! What a request is on the wire: a socket that records, and a reading of the bytes that
//! forgives nothing.

use crate::attack::request;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it was on the wire.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// `POST /hook`.
    pub line: String,
    /// In the order in which they came, names as they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Records what it is sent, by HTTP/1.1 or 2, until it is dropped.
pub struct Recorder {
    pub address: SocketAddr,
    recorded: Arc<Mutex<Vec<Result<Wire, String>>>>,
    serving: JoinHandle<()>,
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Recorder {
    pub async fn start(http2: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let recorded = Arc::default();
        let notes = Arc::clone(&recorded);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let notes = Arc::clone(&notes);
                if http2 {
                    tokio::spawn(record2(stream, notes));
                } else {
                    tokio::spawn(record1(stream, notes));
                }
            }
        });
        Self {
            address,
            recorded,
            serving,
        }
    }

    /// What came since the last look.
    pub fn take(&self) -> Vec<Result<Wire, String>> {
        std::mem::take(&mut self.recorded.lock().unwrap())
    }
}

type Notes = Arc<Mutex<Vec<Result<Wire, String>>>>;

/// Keeps what is read.
struct Tee {
    stream: TcpStream,
    read: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Tee {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.read
            .lock()
            .unwrap()
            .extend_from_slice(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Tee {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// One connection, one request: all bytes that come count to it.
async fn record1(stream: TcpStream, notes: Notes) {
    let read = Arc::default();
    let mut tee = Tee {
        stream,
        read: Arc::clone(&read),
    };
    if request(&mut tee).await.is_err() {
        return;
    }
    // Answered last: what came is noted when whoever sent it has its answer.
    notes.lock().unwrap().push(parse1(&read.lock().unwrap()));
    let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    let _ = tee.write_all(answer).await;
    let known = read.lock().unwrap().len();
    let _ = tee.stream.shutdown().await;
    let mut more = Vec::new();
    let _ = tee.read_to_end(&mut more).await;
    if read.lock().unwrap().len() > known {
        notes
            .lock()
            .unwrap()
            .push(Err(format!("{} bytes after the request", more.len())));
    }
}

/// By the letter of RFC 9112, without any of what it lets a recipient forgive.
fn parse1(bytes: &[u8]) -> Result<Wire, String> {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .ok_or("no end of the head")?;
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| "a head that is not UTF-8")?;
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default();
    if let Some(char) = head
        .replace("\r\n", "")
        .chars()
        .find(|char| char.is_control() && *char != '\t')
    {
        return Err(format!("{char:?} in the head"));
    }
    let line = line
        .strip_suffix(" HTTP/1.1")
        .ok_or_else(|| format!("the line {line:?}"))?;
    if line.split(' ').count() != 2 {
        return Err(format!("the line {line:?}"));
    }
    let headers = lines.map(|header| {
        let (name, value) = header
            .split_once(": ")
            .or(header.split_once(':'))
            .ok_or_else(|| format!("the header {header:?}"))?;
        Ok((name.to_owned(), value.to_owned()))
    });
    let wire = Wire {
        line: line.to_owned(),
        headers: headers.collect::<Result<_, String>>()?,
        body: bytes[end + 4..].to_vec(),
    };
    wire.checked()
}

/// Headers as HPACK has them, and of the frames that there are as many as there may be.
async fn record2(stream: TcpStream, notes: Notes) {
    let read: Arc<Mutex<Vec<u8>>> = Arc::default();
    let tee = Tee {
        stream,
        read: Arc::clone(&read),
    };
    let served = Arc::new(Mutex::new(0));
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        let (notes, read, served) = (Arc::clone(&notes), Arc::clone(&read), Arc::clone(&served));
        async move {
            let (parts, body) = request.into_parts();
            let body = body
                .collect()
                .await
                .map(|body| body.to_bytes())
                .unwrap_or_default();
            *served.lock().unwrap() += 1;
            let text =
                |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let mut headers: Vec<_> = parts
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect();
            let authority = parts.uri.authority().map(ToString::to_string);
            headers.extend(authority.map(|authority| ("host".to_owned(), authority)));
            let wire = Wire {
                line: format!(
                    "{} {}",
                    parts.method,
                    parts.uri.path_and_query().map_or("", |path| path.as_str())
                ),
                headers,
                body: body.to_vec(),
            };
            let begun = heads(&read.lock().unwrap());
            let checked = match *served.lock().unwrap() {
                served if served == begun => wire.checked(),
                served => Err(format!("{begun} requests were begun, {served} were meant")),
            };
            notes.lock().unwrap().push(checked);
            let mut answer = http::Response::new(Full::<Bytes>::default());
            *answer.status_mut() = http::StatusCode::NO_CONTENT;
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let _ = server.serve_connection(TokioIo::new(tee), service).await;
}

/// Frames of HEADERS (RFC 9113, 6.2) in what a client sent.
fn heads(bytes: &[u8]) -> usize {
    const PREFACE: usize = 24;
    const HEADERS: u8 = 1;
    let mut rest = &bytes[PREFACE..];
    let mut count = 0;
    while let [a, b, c, kind, _, _, _, _, _, ..] = rest {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        count += usize::from(*kind == HEADERS);
        rest = rest.get(9 + length..).unwrap_or_default();
    }
    count
}

impl Wire {
    /// The values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| &**value)
            .collect()
    }

    /// Every name a token, every value without what ends a line, one length, and a body
    /// of that length.
    fn checked(self) -> Result<Self, String> {
        for (name, value) in &self.headers {
            let token =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if name.is_empty() || !name.bytes().all(token) {
                return Err(format!("the name {name:?}"));
            }
            if value
                .bytes()
                .any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f)
            {
                return Err(format!("the value {value:?} of {name}"));
            }
        }
        let length = self.body.len().to_string();
        if self.all("content-length") != [&*length] {
            return Err(format!(
                "a length of {:?} for {length} bytes",
                self.all("content-length")
            ));
        }
        match self.all("transfer-encoding")[..] {
            [] => Ok(self),
            _ => Err("a transfer encoding".to_owned()),
        }
    }
}
