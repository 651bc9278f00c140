//! The client: sends a request, and sends it again where its responder provably did not
//! process it.

use super::answer::Answer;
use super::connect::{Connector, Route};
use super::connection_limit::{ConnectionLimit, Urgency};
use super::error::{NoAnswer, SendError};
use super::lease::Lease;
use super::options::Options;
use super::origin::Ready;
use super::pool::Pool;
use super::resolve::{Resolve, Vetted};
use super::scarcity::Pauses;
use super::setup_error::ClientError;
use super::target::Target;
use super::tls::Trust;
use super::transport::Transport;
use super::unanswered::Processed;
use super::version::Version;
use super::wait_reason::WaitReason;
use crate::deadline::Deadline;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// How often an unprocessed request is sent again before there are pauses.
const AT_ONCE: u32 = 3;

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// Where it goes.
    pub target: &'a Target,
    /// By which HTTP.
    pub version: Version,
    /// Almost always POST.
    pub method: Method,
    /// All but those of the transport.
    pub headers: HeaderMap,
    /// Whole.
    pub body: Bytes,
    /// Whether an event waits for it.
    pub urgency: Urgency,
}

/// Sends requests. Shared by all webhooks.
pub struct Client {
    pool: Arc<Pool>,
    ca_file: Option<PathBuf>,
    ca_certificates: Vec<u8>,
    transport: Option<Transport>,
}

impl Client {
    /// Sets a client up, in a tokio runtime.
    ///
    /// # Errors
    /// If the CA file or a proxy of the environment cannot be used.
    pub fn new(options: Options) -> Result<Self, ClientError> {
        Self::with_resolve(options, Resolve::system())
    }

    pub(super) fn with_resolve(options: Options, resolve: Resolve) -> Result<Self, ClientError> {
        let Options {
            allow,
            ca_file,
            ca_certificates,
            proxies,
            transport,
        } = options;
        proxies.check()?;
        let vetted = Vetted {
            resolve,
            allow: Arc::new(allow),
        };
        let trust = RwLock::new(Arc::new(Trust::new(ca_file.as_deref(), &ca_certificates)?));
        let connector = Connector {
            vetted,
            proxies,
            trust,
        };
        Ok(Self {
            pool: Pool::new(connector, ConnectionLimit::of_this_process()),
            ca_file,
            ca_certificates,
            transport,
        })
    }

    /// Reads the CA file again. What is open goes on; later connections trust what it holds
    /// now.
    ///
    /// # Errors
    /// If it cannot be used. The certificates it held before stay trusted.
    pub fn reload_trust(&self) -> Result<(), ClientError> {
        if self.ca_file.is_none() {
            return Ok(());
        }
        let trust = Arc::new(Trust::new(self.ca_file.as_deref(), &self.ca_certificates)?);
        let connector = self.pool.connector();
        *connector
            .trust
            .write()
            .unwrap_or_else(PoisonError::into_inner) = trust;
        // What was opened under the old one is used for no further request.
        self.pool.forget();
        Ok(())
    }

    /// Sends a request. Returns when status and headers of the answer are there; redirects
    /// are not followed.
    ///
    /// It is sent again where its responder provably did not process it, as often as that
    /// happens, and once where a connection that was used before ended without a byte of
    /// an answer. What this machine lacks is waited for. All of that until the deadline.
    ///
    /// # Errors
    /// If the target is not allowed, no answer comes in time, or this machine lacks
    /// something until then.
    pub async fn send(
        &self,
        outgoing: Outgoing<'_>,
        deadline: Option<&mut Deadline>,
    ) -> Result<Answer, SendError> {
        let reason = WaitReason::default();
        let exchange = self.exchange(outgoing, &reason);
        let Some(deadline) = deadline else {
            return exchange.await;
        };
        let now = deadline.go_on();
        let limit = deadline.moment().saturating_duration_since(now);
        match deadline.within(exchange).await {
            Ok(sent) => sent,
            Err(_) => Err(match reason.get() {
                Some(scarcity) => SendError::Lacking(scarcity),
                None => match reason.failure() {
                    Some(failure) => SendError::NoAnswer(failure),
                    None => SendError::Late(limit),
                },
            }),
        }
    }

    /// Readies a request for the proxy that it is asked of, if there is one; whether there is.
    async fn forward(
        &self,
        request: &mut Request<Full<Bytes>>,
        target: &Target,
        version: Version,
        urgency: Urgency,
        reason: &WaitReason,
    ) -> Result<bool, SendError> {
        let connector = self.pool.connector();
        let Route::Forward(proxy) = connector.route(target, version) else {
            return Ok(false);
        };
        let mut pauses = Pauses::for_the_machine();
        while let Err(error) = connector.vet_for_a_proxy(target, urgency).await {
            let waited = self.pool.wait_for_the_machine(error, reason, &mut pauses);
            waited.await?;
        }
        reason.set(None);
        if let Some(credentials) = proxy.authorization() {
            let headers = request.headers_mut();
            headers.insert(header::PROXY_AUTHORIZATION, credentials);
        }
        Ok(true)
    }

    async fn exchange(
        &self,
        outgoing: Outgoing<'_>,
        reason: &WaitReason,
    ) -> Result<Answer, SendError> {
        let (target, version, urgency) = (outgoing.target, outgoing.version, outgoing.urgency);
        if let Some(transport) = &self.transport {
            let request = outgoing.into_request();
            return transport.send(request).await;
        }
        let mut request = outgoing.into_request().map(Full::new);
        let forwarded = self
            .forward(&mut request, target, version, urgency, reason)
            .await?;
        let (mut given_back, mut ended) = (0_u32, false);
        let mut pauses = Pauses::for_a_responder();
        loop {
            let ready = self.pool.acquire(target, version, urgency, ended, reason);
            let unanswered = match ready.await? {
                Ready::Http1(mut http1, origin) => {
                    match http1.send(for_http1(&request, target, forwarded)).await {
                        Ok(answer) => {
                            let lease = Lease::Http1(http1, origin, Arc::clone(&self.pool));
                            return Ok(Answer::new(answer, lease));
                        }
                        Err(unanswered) => unanswered,
                    }
                }
                Ready::Http2(mut http2, origin) => {
                    let _suspect = Arc::clone(&origin).suspect(&http2);
                    match http2.send(request.clone()).await {
                        Ok((answer, active)) => {
                            return Ok(Answer::new(answer, Lease::Http2(active)));
                        }
                        Err(unanswered) => {
                            if unanswered.ended {
                                origin.retire(&http2);
                            }
                            unanswered
                        }
                    }
                }
            };
            let failure = NoAnswer::from_hyper(&unanswered.error, unanswered.malformed, target);
            match unanswered.processed {
                Processed::No => {
                    reason.note(failure);
                    tracing::debug!(%target, error = %unanswered.error, "not processed: sent again");
                    given_back += 1;
                    if given_back > AT_ONCE {
                        pauses.next().await;
                    }
                }
                Processed::Hardly if !ended => {
                    reason.note(failure);
                    tracing::debug!(%target, error = %unanswered.error, "its connection ended: sent again");
                    ended = true;
                }
                Processed::Hardly | Processed::Maybe => return Err(SendError::NoAnswer(failure)),
            }
        }
    }
}

impl Outgoing<'_> {
    fn into_request(self) -> Request<Bytes> {
        let length = HeaderValue::from(self.body.len());
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.uri().clone();
        *request.headers_mut() = self.headers;
        request.headers_mut().insert(header::CONTENT_LENGTH, length);
        request
    }
}

/// HTTP/1.1 names the host in a header, and the URL without its origin; for a proxy, whole.
fn for_http1(
    request: &Request<Full<Bytes>>,
    target: &Target,
    forwarded: bool,
) -> Request<Full<Bytes>> {
    let mut request = request.clone();
    if !forwarded {
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
    }
    request
        .headers_mut()
        .insert(header::HOST, target.host_header().clone());
    request
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client")
            .field("proxies", &self.pool.connector().proxies)
            .finish_non_exhaustive()
    }
}
