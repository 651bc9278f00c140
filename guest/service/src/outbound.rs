//! One request and its answer, through `wasi:http/outgoing-handler`.

use crate::reactor::ready;
use crate::wasi::http::outgoing_handler;
use crate::wasi::http::types::{
    Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use crate::wasi::io::streams::{OutputStream, StreamError};
use http::Uri;

/// Bytes of an answer's body that are kept.
pub const CAP: usize = 64 << 10;

/// Sends a request; gives its answer as soon as status and headers are there, or says
/// why there is none.
pub async fn send(
    url: &Uri,
    headers: &[(String, Vec<u8>)],
    body: &[u8],
) -> Result<IncomingResponse, String> {
    let fields = Fields::from_list(headers)
        .map_err(|_| "the engine refuses a header of the request".to_owned())?;
    let request = OutgoingRequest::new(fields);
    let scheme = match url.scheme_str() {
        Some("https") => Scheme::Https,
        _ => Scheme::Http,
    };
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let prepared = request
        .set_method(&Method::Post)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(url.authority().map(|it| it.as_str())))
        .and_then(|()| request.set_path_with_query(Some(path)));
    prepared.map_err(|()| "the engine refuses the target".to_owned())?;
    let outgoing = request
        .body()
        .map_err(|()| "the request takes no body".to_owned())?;
    let answer = outgoing_handler::handle(request, None).map_err(|code| format!("{code:?}"))?;
    {
        let stream = outgoing
            .write()
            .map_err(|()| "the request takes no body".to_owned())?;
        // A responder may answer before it has read all: its answer counts.
        let _ = write(&stream, body).await;
    }
    let _ = OutgoingBody::finish(outgoing, None);
    loop {
        ready(answer.subscribe()).await;
        match answer.get() {
            None => {}
            Some(Ok(Ok(answer))) => return Ok(answer),
            Some(Ok(Err(code))) => return Err(format!("{code:?}")),
            Some(Err(())) => return Err("the answer was taken already".to_owned()),
        }
    }
}

/// Writes all of it, as fast as it is taken.
pub async fn write(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    while !bytes.is_empty() {
        ready(stream.subscribe()).await;
        let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        let (now, later) = bytes.split_at(room.min(bytes.len()));
        stream.write(now)?;
        bytes = later;
    }
    stream.flush()?;
    ready(stream.subscribe()).await;
    stream.check_write().map(|_| ())
}

/// How the reading of a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Whole,
    Oversized,
    Broken,
}

/// Reads a body into what is there already, up to a cap.
pub async fn read(body: &IncomingBody, cap: usize, bytes: &mut Vec<u8>) -> End {
    let Ok(stream) = body.stream() else {
        return End::Broken;
    };
    loop {
        ready(stream.subscribe()).await;
        match stream.read(16 << 10) {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return End::Whole,
            Err(StreamError::LastOperationFailed(_)) => return End::Broken,
        }
        if bytes.len() > cap {
            bytes.truncate(cap);
            return End::Oversized;
        }
    }
}
