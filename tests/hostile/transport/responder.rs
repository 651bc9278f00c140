//! A responder that vetoes everything, in its way.

use super::behaviour::{Behaviour, Speech};
use super::{http1, http2};
use crate::attack::PATIENCE;
use crate::authority::Authority;
use fastrand::Rng;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Ends when it is dropped.
pub struct Responder {
    pub address: SocketAddr,
    pub manner: Arc<Manner>,
    serving: JoinHandle<()>,
}

/// How it answers, and what it has done so far.
pub struct Manner {
    pub behaviour: Behaviour,
    /// From a request to its answer.
    pub wait: Duration,
    /// Requests that it gave up on, and connections that it ended.
    disturbances: AtomicUsize,
    /// Streams that were opened, on whatever connection.
    streams: AtomicUsize,
    /// Requests that were said to be another attempt than the first.
    pub retried: AtomicUsize,
}

impl Manner {
    fn new(behaviour: Behaviour, wait: Duration) -> Self {
        Self {
            behaviour,
            wait,
            disturbances: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
            retried: AtomicUsize::new(0),
        }
    }

    /// The number of a stream that is opened now, from 1.
    pub fn next_stream(&self) -> usize {
        self.streams.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn disturb(&self) {
        self.disturbances.fetch_add(1, Ordering::SeqCst);
    }

    pub fn disturbances(&self) -> usize {
        self.disturbances.load(Ordering::SeqCst)
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Responder {
    pub async fn start(
        behaviour: Behaviour,
        speech: Speech,
        authority: &Authority,
        seed: u64,
    ) -> Self {
        let tls = speech.tls.then(|| {
            let offered = if speech.http2 { "h2" } else { "http/1.1" };
            TlsAcceptor::from(authority.server("127.0.0.1", &[offered]))
        });
        Self::listen(Manner::new(behaviour, Duration::ZERO), speech, tls, seed).await
    }

    /// By HTTP/1.1 in clear, with a wait before each answer.
    pub async fn start_plain(behaviour: Behaviour, wait: Duration) -> Self {
        Self::listen(Manner::new(behaviour, wait), Speech::ALL[0], None, 0).await
    }

    async fn listen(manner: Manner, speech: Speech, tls: Option<TlsAcceptor>, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let manner = Arc::new(manner);
        let shared = Arc::clone(&manner);
        let serving = tokio::spawn(async move {
            let mut random = Rng::with_seed(seed);
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let (manner, tls, random) = (Arc::clone(&shared), tls.clone(), random.fork());
                tokio::spawn(timeout(PATIENCE, async move {
                    match tls {
                        None => converse(stream, speech, &manner, random).await,
                        Some(tls) => {
                            let stream = tls.accept(stream).await?;
                            converse(stream, speech, &manner, random).await
                        }
                    }
                }));
            }
        });
        Self {
            address,
            manner,
            serving,
        }
    }
}

/// To the end of the connection, which is an error too.
async fn converse(
    line: impl Stream,
    speech: Speech,
    manner: &Manner,
    random: Rng,
) -> std::io::Result<()> {
    if speech.http2 {
        http2::converse(line, manner, random).await
    } else {
        http1::converse(line, manner, random).await
    }
}

/// A connection, in clear or not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    fn socket(&self) -> &TcpStream;

    /// Waits until something has come, and leaves it there.
    async fn arrival(&self) -> std::io::Result<()> {
        match self.socket().peek(&mut [0]).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Ends it for the other side to see, and waits until that one has ended it too, or
    /// for a moment.
    async fn end_in_peace(&mut self) -> std::io::Result<()> {
        const MOMENT: Duration = Duration::from_millis(300);
        self.shutdown().await?;
        let rest = async {
            let mut some = [0; 4096];
            while self.read(&mut some).await? > 0 {}
            Ok(())
        };
        timeout(MOMENT, rest).await.unwrap_or(Ok(()))
    }

    /// Waits for what comes, but no longer than until `end`; whether something came.
    async fn arrives_within(&self, time: Duration) -> std::io::Result<bool> {
        tokio::select! {
            arrived = self.arrival() => arrived.map(|()| true),
            () = sleep(time) => Ok(false),
        }
    }
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}
