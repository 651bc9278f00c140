//! A connection that speaks HTTP/1.1.

use super::byte_meter::ByteMeter;
use super::driver::Task;
use super::keep_alive::{IDLE, kept_for};
use super::unanswered::{Processed, Unanswered};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use std::sync::Arc;
use tokio::time::Instant;

/// One request at a time.
#[derive(Debug)]
pub(super) struct Http1 {
    sender: http1::SendRequest<Full<Bytes>>,
    meter: Arc<ByteMeter>,
    /// A request on it has been answered.
    served: bool,
    /// Its descriptor is of those that are kept for questions.
    reserved: bool,
    task: Task,
    /// It is not used for a request after this.
    pub(super) until: Instant,
}

impl Http1 {
    /// One that has just been opened; its descriptor may be of those for questions.
    pub(super) fn new(
        sender: http1::SendRequest<Full<Bytes>>,
        meter: Arc<ByteMeter>,
        reserved: bool,
        task: Task,
    ) -> Self {
        Self {
            sender,
            meter,
            served: false,
            reserved,
            task,
            until: Instant::now() + IDLE,
        }
    }

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
            && !self.task.is_finished()
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
