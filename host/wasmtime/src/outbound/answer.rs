//! An answer: status and headers are there, the body is read only if it is wanted.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// A body that nobody wants is taken off the connection if it is no longer than this
/// and already there; else the connection is closed.
const COURTESY: usize = 8 << 10;

/// An answer whose body has not been read.
pub struct Answer {
    /// As it came.
    pub status: StatusCode,
    /// As they came.
    pub headers: HeaderMap,
    body: Incoming,
}

/// A body, as far as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// At most as many as were asked for.
    pub bytes: Bytes,
    /// How it ended.
    pub ending: Ending,
}

/// How the reading of a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// To its end.
    Whole,
    /// There was more than was asked for.
    Oversized,
    /// Reset, or of the wrong length.
    Broken,
}

impl fmt::Debug for Answer {
    /// Without headers, which may hold secrets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    /// Without the bytes.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Body({} bytes, {:?})", self.bytes.len(), self.ending)
    }
}

impl Answer {
    pub(super) fn new(response: http::Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Reads the body, at most `cap` bytes of it; the rest is dropped, and the
    /// connection closed.
    pub async fn read(mut self, cap: usize) -> Body {
        let mut bytes = BytesMut::new();
        let ending = loop {
            let frame = match self.body.frame().await {
                None => break Ending::Whole,
                Some(Err(_)) => break Ending::Broken,
                Some(Ok(frame)) => frame,
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let room = cap - bytes.len();
            bytes.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() > room {
                break Ending::Oversized;
            }
        };
        Body {
            bytes: bytes.freeze(),
            ending,
        }
    }

    /// Takes a small body that is already there off the connection, so that it can be
    /// used again; waits for nothing.
    pub async fn finish(mut self) {
        let mut left = COURTESY;
        poll_fn(|context| {
            loop {
                match Pin::new(&mut self.body).poll_frame(context) {
                    Poll::Ready(Some(Ok(frame))) => {
                        let size = frame.data_ref().map_or(0, Bytes::len);
                        match left.checked_sub(size) {
                            Some(rest) => left = rest,
                            None => return Poll::Ready(()),
                        }
                    }
                    // To its end, broken, or not there yet.
                    Poll::Ready(_) | Poll::Pending => return Poll::Ready(()),
                }
            }
        })
        .await;
    }
}
