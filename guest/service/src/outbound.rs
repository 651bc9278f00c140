//! One request and its answer, through `wasi:http/outgoing-handler`.

use crate::reactor::ready;
use crate::wasi::http::outgoing_handler;
use crate::wasi::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    Scheme,
};
use crate::wasi::io::streams::{OutputStream, StreamError};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// Bytes of an answer's body that are kept.
pub const CAP: usize = 64 << 10;

/// Why there is no answer.
pub enum SendError {
    /// The engine does not make this request: it is not tried again.
    Refused(String),
    /// Lookup, connect, TLS, reset, malformed HTTP.
    NoAnswer(String),
}

impl From<ErrorCode> for SendError {
    /// In words of its own: what an engine adds could hold a whole URL.
    fn from(code: ErrorCode) -> Self {
        let what = match code {
            ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => {
                let why =
                    "the engine does not let requests go there; its list of allowed hosts decides";
                return Self::Refused(why.to_owned());
            }
            ErrorCode::HttpRequestUriInvalid
            | ErrorCode::HttpRequestHeaderSectionSize(_)
            | ErrorCode::HttpRequestHeaderSize(_)
            | ErrorCode::HttpRequestBodySize(_) => {
                let why = "the engine cannot send such a request";
                return Self::Refused(why.to_owned());
            }
            ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
                "the name could not be looked up"
            }
            ErrorCode::DestinationUnavailable | ErrorCode::DestinationIpUnroutable => {
                "the host cannot be reached"
            }
            ErrorCode::ConnectionRefused => "the connection was refused",
            ErrorCode::ConnectionTimeout => "no connection in time",
            ErrorCode::ConnectionTerminated
            | ErrorCode::ConnectionReadTimeout
            | ErrorCode::ConnectionWriteTimeout => "the connection was closed",
            ErrorCode::TlsProtocolError
            | ErrorCode::TlsCertificateError
            | ErrorCode::TlsAlertReceived(_) => "TLS failed",
            ErrorCode::HttpResponseTimeout => "no answer in time",
            ErrorCode::HttpProtocolError | ErrorCode::HttpResponseIncomplete => {
                "the answer is no HTTP"
            }
            _ => "the engine had no answer",
        };
        Self::NoAnswer(what.to_owned())
    }
}

/// Sends a request; gives its answer as soon as status and headers are there, or says
/// why there is none.
pub async fn send(
    url: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<IncomingResponse, SendError> {
    let refused = |why: &str| SendError::Refused(why.to_owned());
    let entry = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().to_vec())
    };
    let entries: Vec<_> = headers.iter().map(entry).collect();
    let fields = Fields::from_list(&entries)
        .map_err(|_| refused("the engine refuses a header of the request"))?;
    let request = OutgoingRequest::new(fields);
    let scheme = match url.scheme_str() {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => Scheme::Https,
        _ => Scheme::Http,
    };
    let path = url.path_and_query().map_or("/", PathAndQuery::as_str);
    let prepared = request
        .set_method(&Method::Post)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(url.authority().map(Authority::as_str)))
        .and_then(|()| request.set_path_with_query(Some(path)));
    prepared.map_err(|()| refused("the engine refuses the target"))?;
    let outgoing = request
        .body()
        .map_err(|()| refused("the request takes no body"))?;
    let answer = outgoing_handler::handle(request, None)?;
    {
        let stream = outgoing
            .write()
            .map_err(|()| refused("the request takes no body"))?;
        // A responder may answer before it has read all: its answer counts.
        let _ = write(&stream, body).await;
    }
    let _ = OutgoingBody::finish(outgoing, None);
    loop {
        ready(answer.subscribe()).await;
        match answer.get() {
            None => {}
            Some(Ok(Ok(answer))) => return Ok(answer),
            Some(Ok(Err(code))) => return Err(code.into()),
            Some(Err(())) => return Err(refused("the answer was taken already")),
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
