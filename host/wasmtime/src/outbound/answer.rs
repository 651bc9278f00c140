//! An answer: status and headers are there, the body is read only if it is wanted.

use super::lease::Lease;
use crate::deadline::Deadline;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;

/// A body that nobody wants is taken off the connection if it is no longer than this,
/// and there before [`PATIENCE`] ends. Else the connection is given up: a new one costs
/// less than what a hostile responder could make of the old one.
const COURTESY: usize = 8 << 10;

/// Enough for bytes that are under way with the headers.
const PATIENCE: Duration = Duration::from_millis(25);

/// Whoever wants the beginning of a body waits no longer for it.
const BEGINNING: Duration = Duration::from_millis(250);

/// An answer whose body has not been read.
pub struct Answer {
    /// As it came.
    pub status: StatusCode,
    /// As they came.
    pub headers: HeaderMap,
    /// Of HTTP, that it came by.
    pub version: Version,
    body: Payload,
}

/// A body on its way, and the connection that it comes on.
pub(crate) struct Payload {
    content: Content,
    lease: Option<Lease>,
}

enum Content {
    Incoming(Incoming),
    /// Whole, of a transport that is not the network.
    Given(Full<Bytes>),
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
    pub(super) fn new(response: http::Response<Incoming>, lease: Lease) -> Self {
        let (parts, incoming) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            version: parts.version,
            body: Payload {
                content: Content::Incoming(incoming),
                lease: Some(lease),
            },
        }
    }

    /// One that came over no connection.
    pub(super) fn given(response: http::Response<Bytes>) -> Self {
        let (parts, bytes) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            version: parts.version,
            body: Payload {
                content: Content::Given(Full::new(bytes)),
                lease: None,
            },
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
        if ending == Ending::Whole {
            self.body.give_back().await;
        }
        Body {
            bytes: bytes.freeze(),
            ending,
        }
    }

    /// Reads the beginning of the body: at most `cap` bytes, of what comes within a quarter of
    /// a second and before a deadline. The connection is kept if the rest is as small as for
    /// [`Answer::finish`].
    pub(crate) async fn beginning(mut self, cap: usize, deadline: &mut Deadline) -> Body {
        let mut bytes = BytesMut::new();
        let body = &mut self.body;
        let read = async {
            while bytes.len() < cap {
                let frame = match body.frame().await {
                    None => return Ending::Whole,
                    Some(Err(_)) => return Ending::Broken,
                    Some(Ok(frame)) => frame,
                };
                if let Ok(data) = frame.into_data() {
                    let room = cap - bytes.len();
                    bytes.extend_from_slice(&data[..data.len().min(room)]);
                }
            }
            Ending::Oversized
        };
        let read = deadline.within(timeout(BEGINNING, read)).await;
        let ending = read.ok().and_then(Result::ok).unwrap_or(Ending::Broken);
        match ending {
            Ending::Whole => self.body.give_back().await,
            Ending::Oversized => finish(self.body).await,
            Ending::Broken => {}
        }
        Body {
            bytes: bytes.freeze(),
            ending,
        }
    }

    /// Reads the body until a deadline; one that comes too late counts as broken off.
    pub async fn read_within(self, cap: usize, deadline: &mut Deadline) -> Body {
        let read = deadline.within(self.read(cap)).await;
        read.unwrap_or_else(|_| Body {
            bytes: Bytes::new(),
            ending: Ending::Broken,
        })
    }

    /// Gives the connection back for the next request, if the rest of the body is small
    /// and quickly there: at most 8 KiB within 25 ms. Else drops it.
    pub async fn finish(self) {
        finish(self.body).await;
    }

    /// Its parts, for whoever reads the body piece by piece.
    #[cfg(feature = "service")]
    pub(crate) fn into_response(self) -> http::Response<Payload> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// See [`Answer::finish`].
pub(crate) async fn finish(mut body: Payload) {
    if body.size_hint().lower() > COURTESY as u64 {
        return;
    }
    if !body.is_end_stream() {
        let rest = async {
            let mut left = COURTESY;
            while let Some(frame) = body.frame().await {
                let length = frame.ok()?.data_ref().map_or(0, Bytes::len);
                left = left.checked_sub(length)?;
            }
            Some(())
        };
        // What is late is dropped with its connection.
        let Ok(Some(())) = timeout(PATIENCE, rest).await else {
            return;
        };
    }
    body.give_back().await;
}

impl Payload {
    async fn give_back(self) {
        if let Some(lease) = self.lease {
            lease.give_back().await;
        }
    }
}

impl HttpBody for Payload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.content {
            Content::Incoming(body) => Pin::new(body).poll_frame(context),
            Content::Given(body) => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map_err(|never| match never {})
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Incoming(body) => body.is_end_stream(),
            Content::Given(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Incoming(body) => body.size_hint(),
            Content::Given(body) => body.size_hint(),
        }
    }
}
