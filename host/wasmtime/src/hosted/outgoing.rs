//! `wasi:http/outgoing-handler`: what an instance sends goes through the same client as
//! our own webhooks, and so under the same rule of where requests may go.

use super::answer::Answer;
use super::guest_stdio::GuestStdio;
use super::handle_table::fields;
use super::limits::CHUNK;
use super::memory_account::{Charge, MemoryAccount};
use super::outgoing_error::unanswered;
use crate::attempt::header_rules;
use crate::deadline::Deadline;
use crate::outbound::{self, Client, Target, Urgency, Version};
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// Time to connect that is added to an instance's time for an answer, if it does not say.
const CONNECT: Duration = Duration::from_secs(30);

/// Time for an answer, if an instance does not say: that of the default of `wasi:http`'s own
/// hosts.
const LONGEST: Duration = Duration::from_secs(600);

/// What the requests of all instances go through.
pub(super) struct Egress {
    pub client: Client,
    /// Requests that may wait for their answers at a time.
    pub permits: Arc<Semaphore>,
    /// Bytes of their bodies.
    pub bodies: Arc<Semaphore>,
    /// Bytes of one body.
    pub longest: usize,
}

/// The way out of one instance.
pub(super) struct Outgoing {
    pub egress: Arc<Egress>,
    pub stdio: GuestStdio,
    pub account: Arc<MemoryAccount>,
}

/// What the library promises of an exchange beside the answer.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answered = Result<(Response<WasiBody>, Rest), Error>;

impl WasiHttpHooks for Outgoing {
    fn set_host_header(&mut self) -> bool {
        // The client does, by the target.
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Rest,
    ) -> Box<dyn Future<Output = Answered> + Send> {
        let (egress, stdio) = (Arc::clone(&self.egress), self.stdio.clone());
        // From here on it is no resource of the guest's any more.
        let charge = self.account.charge(size(&request));
        Box::new(async move {
            let charge = charge.ok_or(Error::InternalError(None))?;
            let answer = send(
                &egress,
                &stdio,
                request,
                options.unwrap_or_default(),
                charge,
            )
            .await?;
            Ok((answer, Box::new(async { Ok(()) }) as Rest))
        })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }

    fn p2_error_from_hyper(&mut self, _: &hyper::Error) -> ErrorCode {
        ErrorCode::HttpProtocolError
    }
}

/// Sends a request when its body is there whole, as all of ours are sent.
async fn send(
    egress: &Egress,
    stdio: &GuestStdio,
    request: Request<WasiBody>,
    options: RequestOptions,
    mut charge: Charge,
) -> Result<Response<WasiBody>, Error> {
    let (parts, body) = request.into_parts();
    let target = target(&parts, stdio)?;
    let permit = Arc::clone(&egress.permits).try_acquire_owned();
    let permit = permit.map_err(|_| Error::ConnectionLimitReached)?;
    // Of the body, until there is an answer.
    let (body, _permit) = whole(egress, body, &mut charge).await?;
    // It bounds an answer before an event, for which somebody waits.
    let urgency = if parts.headers.contains_key(header_rules::TIMEOUT) {
        Urgency::Question
    } else {
        Urgency::Delivery
    };
    let outgoing = outbound::Outgoing {
        target: &target,
        version: Version::Auto,
        method: parts.method,
        headers: parts.headers,
        body,
        urgency,
    };
    let limit = options.first_byte_timeout.unwrap_or(LONGEST);
    let limit = limit.saturating_add(options.connect_timeout.unwrap_or(CONNECT));
    let mut deadline = Deadline::after(limit);
    let sent = egress.client.send(outgoing, Some(&mut deadline)).await;
    let answer = sent.map_err(|error| unanswered(&error, stdio))?;
    let pace = options.between_bytes_timeout;
    let wrap = |body| Answer::new(body, pace, (permit, charge)).boxed_unsync();
    Ok(answer.into_response().map(wrap))
}

/// Where a request goes that an instance may send.
fn target(parts: &Parts, stdio: &GuestStdio) -> Result<Target, Error> {
    let target = Target::parse(&parts.uri.to_string()).map_err(|error| {
        stdio.warn(&format!("a request was refused: its URL {error}"));
        Error::HttpRequestUriInvalid
    })?;
    if parts.method == Method::CONNECT || parts.method == Method::TRACE {
        return Err(Error::HttpRequestMethodInvalid);
    }
    let mut names = parts.headers.keys();
    if let Some(name) = names.find(|name| header_rules::is_of_transport(name)) {
        stdio.warn(&format!(
            "a request for {target} was refused: the header {name} is the host's"
        ));
        return Err(Error::HttpRequestDenied);
    }
    Ok(target)
}

/// What is kept of a request until its answer is read, beside its body: method, URL and
/// headers, and a piece of either body.
fn size(request: &Request<WasiBody>) -> usize {
    let uri = request.uri();
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    let authority = uri
        .authority()
        .map_or(0, |authority| authority.as_str().len());
    let method = request.method().as_str().len();
    2 * CHUNK + method + authority + path + fields(request.headers())
}

async fn whole(
    egress: &Egress,
    mut body: WasiBody,
    charge: &mut Charge,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Error> {
    let mut bytes = BytesMut::new();
    let mut held: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if data.len() > egress.longest - bytes.len() {
            let longest = u64::try_from(egress.longest).ok();
            return Err(Error::HttpRequestBodySize(longest));
        }
        if !charge.grow(data.len()) {
            return Err(Error::InternalError(None));
        }
        let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let permit = Arc::clone(&egress.bodies).try_acquire_many_owned(count);
        // To wait for room would be to wait for others that wait for it as well.
        let permit = permit.map_err(|_| Error::ConnectionLimitReached)?;
        match &mut held {
            Some(held) => held.merge(permit),
            None => held = Some(permit),
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes.freeze(), held))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::hosted::guest_stdio::{GuestStdio, Log};
    use crate::outbound::{Allow, Options};
    use http_body_util::Full;
    use std::net::TcpListener;

    /// Through a client that may reach loopback only where the test says so.
    async fn sent(request: http::request::Builder, body: &str, allow: &str) -> Result<u16, Error> {
        let options = Options {
            allow: Allow::parse([allow]).unwrap(),
            ..Options::default()
        };
        let egress = Egress {
            client: Client::new(options).unwrap(),
            permits: Arc::new(Semaphore::new(1)),
            bodies: Arc::new(Semaphore::new(4)),
            longest: 8,
        };
        let stdio = GuestStdio::new(&Arc::<Log>::default(), 1);
        let body = Full::new(Bytes::from(body.to_owned()));
        let body = body.map_err(|never| match never {}).boxed_unsync();
        let options = RequestOptions {
            first_byte_timeout: Some(Duration::from_millis(50)),
            connect_timeout: Some(Duration::from_millis(50)),
            ..RequestOptions::default()
        };
        let request = request.body(body).unwrap();
        let charge = MemoryAccount::new(1 << 20).charge(0).unwrap();
        let answer = send(&egress, &stdio, request, options, charge).await?;
        Ok(answer.status().as_u16())
    }

    #[tokio::test]
    async fn a_guest_has_no_right_to_some_requests() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let post = |uri: &str| Request::post(uri);
        let origin = format!("http://{address}/");
        for name in ["cookie", "x-forwarded-for", "proxy-authorization", "te"] {
            let refused = sent(post(&origin).header(name, "v"), "", "loopback").await;
            assert!(matches!(refused, Err(Error::HttpRequestDenied)), "{name}");
        }
        for uri in [
            &*origin,
            "http://169.254.169.254/",
            "http://0x7f.1/",
            "http://[::1]/",
        ] {
            let refused = sent(post(uri), "", "private").await;
            assert!(
                matches!(refused, Err(Error::DestinationIpProhibited)),
                "{uri}"
            );
        }
        let refused = sent(post("http://user@example.com/"), "", "loopback").await;
        assert!(matches!(refused, Err(Error::HttpRequestUriInvalid)));
        let connect = Request::builder().method(Method::CONNECT).uri(&origin);
        let refused = sent(connect, "", "loopback").await;
        assert!(matches!(refused, Err(Error::HttpRequestMethodInvalid)));
        let refused = sent(post(&origin), "123456789", "loopback").await;
        assert!(matches!(refused, Err(Error::HttpRequestBodySize(Some(8)))));
        let refused = sent(post(&origin), "12345", "loopback").await;
        assert!(matches!(refused, Err(Error::ConnectionLimitReached)));
        // Whoever listens there has heard nothing of all that.
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err());
        let late = sent(post(&origin), "", "loopback").await;
        assert!(matches!(late, Err(Error::HttpResponseTimeout)));
        assert!(listener.accept().is_ok());
        drop(listener);
        let nobody = sent(post(&origin), "", "loopback").await;
        assert!(matches!(nobody, Err(Error::ConnectionRefused)));
    }
}
