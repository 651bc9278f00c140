//! Connections of those who hand in events.

use super::door::{Behind, Door};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// Connections at a time; more wait to be accepted.
const MOST: usize = 1024;

/// The time for the head of a request, and for a connection to do nothing.
const HEAD: Duration = Duration::from_secs(30);

/// Bytes of a head, and of what is read at a time.
const BUFFER: usize = 64 << 10;

/// The time until it is tried again to accept one, for example when there are no more
/// file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// The connections that are open.
pub struct Connections {
    room: Arc<Semaphore>,
    open: GracefulShutdown,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(MOST)),
            open: GracefulShutdown::new(),
        }
    }
}

impl Connections {
    /// Accepts them, until this is dropped.
    pub async fn accept<B: Behind>(&self, socket: TcpListener, door: &Arc<Door<B>>) {
        while let Ok(place) = Arc::clone(&self.room).acquire_owned().await {
            let stream = match socket.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            // Answers are small, and somebody waits for them.
            let _ = stream.set_nodelay(true);
            let door = Arc::clone(door);
            let service = service_fn(move |request| Arc::clone(&door).answer(request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(BUFFER)
                .serve_connection(TokioIo::new(stream), service);
            let connection = self.open.watch(connection);
            tokio::spawn(async move {
                // A client that breaks off is its own affair.
                let _ = connection.await;
                drop(place);
            });
        }
    }

    /// Ends those that do nothing, and waits for the others.
    pub async fn end(self) {
        self.open.shutdown().await;
    }
}
