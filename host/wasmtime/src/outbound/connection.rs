//! A connection that speaks HTTP/1.1 or HTTP/2, and what becomes of a request on it: an
//! answer, or whether the responder can have processed it.

use super::capacity::Permit;
use super::error::ConnectError;
use super::meter::{Mark, Meter};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// The most that an answer's headers may hold.
const HEADER_BYTES: u32 = 16 << 10;

/// How long a connection is kept unused. Servers commonly close theirs after 60 or
/// 75 s; to be first leaves no race.
pub(super) const IDLE: Duration = Duration::from_secs(50);

/// How long before a responder's own `Keep-Alive: timeout=N` a connection is given up.
const MARGIN: Duration = Duration::from_secs(1);

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

/// One request at a time.
#[derive(Debug)]
pub(super) struct Http1 {
    sender: http1::SendRequest<Full<Bytes>>,
    meter: Arc<Meter>,
    /// A request on it has been answered.
    served: bool,
    /// Its descriptor is of those that are kept for questions.
    reserved: bool,
    task: Task,
    /// It is not used for a request after this.
    pub(super) until: Instant,
}

/// Many requests at a time; cloning shares it.
#[derive(Clone, Debug)]
pub(super) struct Http2 {
    sender: http2::SendRequest<Full<Bytes>>,
    meter: Arc<Meter>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    served: AtomicBool,
    active: AtomicUsize,
    #[expect(dead_code, reason = "its drop ends the connection")]
    task: Task,
}

/// What drives a connection; ended when nobody uses that any more. Else one whose other side
/// reads nothing would wait for it for ever, and keep its descriptor.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A request on a shared connection; over when it is dropped.
#[derive(Debug)]
pub(super) struct Active(Arc<Shared>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A request that has no answer.
pub(super) struct Unanswered {
    pub(super) error: hyper::Error,
    pub(super) processed: Processed,
    /// What came was no HTTP/2, whatever the error says.
    pub(super) malformed: bool,
    /// Its connection takes no more, though it may still be open.
    pub(super) ended: bool,
}

/// Whether the responder can have processed a request that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Processed {
    /// It has not: HTTP says so, or no byte of it was written.
    No,
    /// A connection that had served others ended without a byte of an answer, as one does
    /// that its server had given up meanwhile.
    Hardly,
    /// It may have been.
    Maybe,
}

impl Connection {
    /// Begins to speak, by a task of its own that holds the permit until the connection
    /// is closed.
    pub(super) async fn start<S>(
        stream: S,
        http2: bool,
        meter: Arc<Meter>,
        permit: Permit,
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
            let shared = Shared {
                served: AtomicBool::new(false),
                active: AtomicUsize::new(0),
                task: drive(connection, &meter, permit),
            };
            return Ok(Self::Http2(Http2 {
                sender,
                meter,
                shared: Arc::new(shared),
            }));
        }
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(HEADER_BYTES as usize)
            .handshake(stream)
            .await
            .map_err(ConnectError::Handshake)?;
        let reserved = permit.reserved;
        Ok(Self::Http1(Http1 {
            sender,
            served: false,
            reserved,
            task: drive(connection, &meter, permit),
            meter,
            until: Instant::now() + IDLE,
        }))
    }
}

fn drive(
    connection: impl Future<Output = hyper::Result<()>> + Send + 'static,
    meter: &Arc<Meter>,
    permit: Permit,
) -> Task {
    let meter = Arc::clone(meter);
    let driving = tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Whoever waits for an answer on it is told.
            if is_malformed(&error) {
                meter.note_malformed();
            }
            tracing::debug!(%error, "a connection has ended");
        }
        drop(permit);
    });
    Task(driving.abort_handle())
}

impl Http1 {
    /// Sends a request; its URI is sent as it is.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let mark = self.meter.mark();
        match self.sender.try_send_request(request).await {
            Ok(response) => {
                self.served = true;
                self.until = Instant::now() + kept_for(response.headers());
                Ok(response)
            }
            Err(mut error) => {
                let unsent = error.take_message().is_some();
                let processed = if unsent || self.meter.wrote_nothing_since(mark) {
                    Processed::No
                } else if self.served && self.meter.read_nothing_since(mark) {
                    Processed::Hardly
                } else {
                    Processed::Maybe
                };
                Err(Unanswered::new(error, processed, true))
            }
        }
    }

    /// Whether another request may be sent on it now.
    pub(super) fn is_usable(&self, now: Instant) -> bool {
        now < self.until
            && !self.sender.is_closed()
            && !self.meter.is_broken()
            && !self.task.0.is_finished()
    }

    /// Whether it may be kept for whoever comes: what is kept for questions is not.
    pub(super) fn may_be_kept(&self) -> bool {
        !self.reserved
    }

    /// Waits until it can take another request; false if it cannot any more.
    pub(super) async fn is_ready(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }
}

impl Http2 {
    /// Sends a request.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Active), Unanswered> {
        let served = self.shared.served.load(Ordering::Acquire);
        self.shared.active.fetch_add(1, Ordering::AcqRel);
        let active = Active(Arc::clone(&self.shared));
        match self.sender.try_send_request(request).await {
            Ok(response) => {
                self.shared.served.store(true, Ordering::Release);
                Ok((response, active))
            }
            Err(mut error) => {
                let unsent = error.take_message().is_some();
                let given_back = given_back(error.error());
                let ended = unsent || ended(error.error()) || given_back == Some(GivenBack::All);
                let processed = if self.meter.is_malformed() {
                    Processed::Maybe
                } else if unsent || given_back.is_some() {
                    Processed::No
                } else if served && ended {
                    Processed::Hardly
                } else {
                    Processed::Maybe
                };
                let mut unanswered = Unanswered::new(error, processed, ended);
                unanswered.malformed = self.meter.is_malformed();
                Err(unanswered)
            }
        }
    }

    /// Whether another request may be sent on it.
    pub(super) fn is_usable(&self) -> bool {
        !self.sender.is_closed() && !self.meter.is_broken()
    }

    /// What has gone over it by now.
    pub(super) fn mark(&self) -> Mark {
        self.meter.mark()
    }

    /// Whether nothing has come since.
    pub(super) fn was_silent_since(&self, mark: Mark) -> bool {
        self.meter.read_nothing_since(mark)
    }

    /// Requests that are under way on it.
    pub(super) fn active(&self) -> usize {
        self.shared.active.load(Ordering::Acquire)
    }

    /// Whether it is the same connection.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Unanswered {
    fn new(error: TrySendError<Request<Full<Bytes>>>, processed: Processed, ended: bool) -> Self {
        Self {
            error: error.into_error(),
            processed,
            malformed: false,
            ended,
        }
    }
}

/// What HTTP/2 says was not processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GivenBack {
    /// This stream: it was refused (RFC 9113, 8.7).
    Stream,
    /// This one and all that follow on its connection: it is above the last one that a GOAWAY
    /// names (6.8), or was never opened.
    All,
}

fn given_back(error: &hyper::Error) -> Option<GivenBack> {
    // The connection ended while the stream waited to be opened.
    if error.is_user() {
        return Some(GivenBack::All);
    }
    let said = error
        .source()
        .and_then(<dyn Error>::downcast_ref::<h2::Error>)?;
    if !said.is_remote() {
        return None;
    }
    if said.is_go_away() {
        return Some(GivenBack::All);
    }
    let refused = said.is_reset() && said.reason() == Some(h2::Reason::REFUSED_STREAM);
    refused.then_some(GivenBack::Stream)
}

/// Whether this side found that the other speaks no HTTP/2.
fn is_malformed(error: &hyper::Error) -> bool {
    let said = error
        .source()
        .and_then(<dyn Error>::downcast_ref::<h2::Error>);
    said.is_some_and(|said| !said.is_remote() && !said.is_io())
}

/// Whether the whole connection ended, and not a stream alone.
fn ended(error: &hyper::Error) -> bool {
    if error.is_closed() || error.is_canceled() || error.is_timeout() {
        return true;
    }
    let mut next = error.source();
    while let Some(error) = next {
        if error.is::<std::io::Error>() {
            return true;
        }
        if let Some(said) = error.downcast_ref::<h2::Error>() {
            return said.is_io();
        }
        next = error.source();
    }
    false
}

/// How long a connection is kept after an answer with these headers: `Keep-Alive:
/// timeout=N` (RFC 2068, 19.7.1.1) says when its server will close it.
fn kept_for(headers: &HeaderMap) -> Duration {
    let values = headers.get_all(&KEEP_ALIVE).iter();
    let stated = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|part| part.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"))
        .filter_map(|(_, seconds)| seconds.trim().trim_matches('"').parse().ok())
        .min();
    let Some(seconds) = stated else { return IDLE };
    let stated = Duration::from_secs(seconds);
    let margin = MARGIN.min(stated / 2);
    (stated - margin).min(IDLE)
}

const KEEP_ALIVE: header::HeaderName = header::HeaderName::from_static("keep-alive");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_long_it_keeps_a_connection() {
        let kept = |value: &'static str| {
            let value = http::HeaderValue::from_static(value);
            kept_for(&HeaderMap::from_iter([(KEEP_ALIVE, value)]))
        };
        assert_eq!(kept_for(&HeaderMap::new()), IDLE);
        assert_eq!(kept("timeout=5, max=100"), Duration::from_secs(4));
        assert_eq!(kept("max=3, Timeout = 10"), Duration::from_secs(9));
        assert_eq!(kept("timeout=1"), Duration::from_millis(500));
        assert_eq!(kept("timeout=0"), Duration::ZERO);
        assert_eq!(kept("timeout=3600"), IDLE);
        assert_eq!(kept("timeout=soon"), IDLE);
    }
}
