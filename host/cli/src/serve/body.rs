//! What answers have as their body.

use super::connection::Work;
use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What answers have as their body.
pub type AnswerBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// An answer, whatever its body is.
pub fn boxed<T>(response: Response<T>) -> Response<AnswerBody>
where
    T: Body<Data = Bytes> + Send + 'static,
    T::Error: Into<Box<dyn Error + Send + Sync>>,
{
    response.map(|body| body.map_err(Into::into).boxed_unsync())
}

/// An answer that is worked at until its body has been sent.
pub fn until_answered(response: Response<AnswerBody>, work: Work) -> Response<AnswerBody> {
    response.map(|body| Worked { body, _work: work }.boxed_unsync())
}

/// An answer's body, until which it is worked at.
struct Worked {
    body: AnswerBody,
    _work: Work,
}

impl Body for Worked {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
