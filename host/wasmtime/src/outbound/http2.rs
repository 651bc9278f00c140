//! A connection that speaks HTTP/2.

use super::byte_meter::{ByteMeter, Mark};
use super::driver::Task;
use super::unanswered::{Processed, Unanswered};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Many requests at a time; cloning shares it.
#[derive(Clone, Debug)]
pub(super) struct Http2 {
    sender: http2::SendRequest<Full<Bytes>>,
    meter: Arc<ByteMeter>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    served: AtomicBool,
    active: AtomicUsize,
    #[expect(dead_code, reason = "its drop ends the connection")]
    task: Task,
}

/// A request on a shared connection; over when it is dropped.
#[derive(Debug)]
pub(super) struct Active(Arc<Shared>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Http2 {
    /// One that has just been opened.
    pub(super) fn new(
        sender: http2::SendRequest<Full<Bytes>>,
        meter: Arc<ByteMeter>,
        task: Task,
    ) -> Self {
        let shared = Shared {
            served: AtomicBool::new(false),
            active: AtomicUsize::new(0),
            task,
        };
        Self {
            sender,
            meter,
            shared: Arc::new(shared),
        }
    }

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
