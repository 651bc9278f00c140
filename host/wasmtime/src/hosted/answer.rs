//! The body of an answer, on its way into an instance: bounded in size, and in the time
//! between its pieces. What the instance leaves of it is taken off the connection, so
//! that it can be used again.

use super::limits::ANSWER;
use super::memory_account::Charge;
use crate::outbound::{self, Payload};
use bytes::Bytes;
use hyper::body::{Body, Frame};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::Error;

/// What comes after status and headers.
pub(super) struct Answer {
    body: Option<Payload>,
    left: usize,
    pace: Option<Duration>,
    waiting: Option<Pin<Box<Sleep>>>,
    /// One of the requests that may wait at a time, and what is kept of it.
    _permit: (OwnedSemaphorePermit, Charge),
}

impl Answer {
    /// With a limit on the time between two pieces, if the instance wants one.
    pub(super) fn new(
        body: Payload,
        pace: Option<Duration>,
        permit: (OwnedSemaphorePermit, Charge),
    ) -> Self {
        Self {
            body: Some(body),
            left: ANSWER,
            pace,
            waiting: None,
            _permit: permit,
        }
    }

    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let Some(pace) = self.pace else { return false };
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(pace)));
        waiting.as_mut().poll(context).is_ready()
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = match Pin::new(body).poll_frame(context) {
            Poll::Ready(frame) => frame,
            Poll::Pending if self.is_late(context) => {
                self.body = None;
                return Poll::Ready(Some(Err(Error::ConnectionReadTimeout)));
            }
            Poll::Pending => return Poll::Pending,
        };
        self.waiting = None;
        let given = match frame {
            None => None,
            Some(Err(_)) => Some(Err(Error::HttpResponseIncomplete)),
            Some(Ok(frame)) => match self
                .left
                .checked_sub(frame.data_ref().map_or(0, Bytes::len))
            {
                Some(left) => {
                    self.left = left;
                    Some(Ok(frame))
                }
                None => {
                    let most = u64::try_from(ANSWER).ok();
                    Some(Err(Error::HttpResponseBodySize(most)))
                }
            },
        };
        if !matches!(given, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(given)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let (Some(body), Ok(runtime)) = (self.body.take(), Handle::try_current()) {
            runtime.spawn(outbound::finish(body));
        }
    }
}
