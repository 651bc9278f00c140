//! Connections that speak HTTP, as they are opened.

use super::byte_meter::ByteMeter;
use super::connect_error::ConnectError;
use super::connection_limit::ConnectionPermit;
use super::driver::drive;
use super::http1::Http1;
use super::http2::Http2;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// The most that an answer's headers may hold.
const HEADER_BYTES: u32 = 16 << 10;

/// How often an HTTP/2 connection is asked whether it lives, and how long it may take
/// to say so: a dead one is shared by all requests, and TCP notices it after minutes.
const PING: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(5));

/// What is taken of a body that nobody has read yet: of one answer (the default of RFC
/// 9113, 6.9.2), and of all that share an HTTP/2 connection.
const WINDOW: (u32, u32) = (65_535, 1 << 20);

/// A connection that has just been opened.
pub(super) enum Connection {
    Http1(Http1),
    Http2(Http2),
}

impl Connection {
    /// Begins to speak, by a task of its own that holds the permit until the connection
    /// is closed.
    pub(super) async fn start<S>(
        stream: S,
        http2: bool,
        meter: Arc<ByteMeter>,
        permit: ConnectionPermit,
    ) -> Result<Self, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let stream = TokioIo::new(stream);
        if http2 {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_header_list_size(HEADER_BYTES)
                .initial_stream_window_size(WINDOW.0)
                .initial_connection_window_size(WINDOW.1)
                .keep_alive_interval(PING.0)
                .keep_alive_timeout(PING.1)
                .keep_alive_while_idle(true)
                .handshake(stream)
                .await
                .map_err(ConnectError::Handshake)?;
            let task = drive(connection, &meter, permit);
            return Ok(Self::Http2(Http2::new(sender, meter, task)));
        }
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(HEADER_BYTES as usize)
            .handshake(stream)
            .await
            .map_err(ConnectError::Handshake)?;
        let reserved = permit.reserved;
        let task = drive(connection, &meter, permit);
        Ok(Self::Http1(Http1::new(sender, meter, reserved, task)))
    }
}
