//! The HTTP client of the exporter: that of the webhooks, without their rule about addresses.

use crate::deadline::Deadline;
use crate::outbound::{Allow, Client, Options, Outgoing, Proxies, Target, Urgency, Version};
use crate::trace::settings::Settings;
use http::{Method, Request, Response};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use rules::sanitize::sanitize;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Bytes of an answer that are read: it says how many spans were rejected.
const ANSWER: usize = 64 << 10;

/// What the receiver made of a request.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// Spans that it rejected, although it took the others.
    pub rejected: u64,
    /// Why it failed, or what the receiver says, in words without secrets.
    pub why: Option<String>,
}

impl Reply {
    fn new(sent: &Result<Response<Bytes>, String>) -> Self {
        match sent {
            Ok(response) if response.status().is_success() => Self::read(response.body()),
            Ok(response) => Self::failed(format!("answered {}", response.status().as_u16())),
            Err(why) => Self::failed(why.clone()),
        }
    }

    fn failed(why: String) -> Self {
        Self {
            rejected: 0,
            why: Some(why),
        }
    }

    /// As the [specification] has it; what is none of it says nothing.
    ///
    /// [specification]: https://opentelemetry.io/docs/specs/otlp/#partial-success-1
    fn read(body: &[u8]) -> Self {
        let read = ExportTraceServiceResponse::decode(body).unwrap_or_default();
        let Some(partly) = read.partial_success else {
            return Self::default();
        };
        Self {
            rejected: u64::try_from(partly.rejected_spans).unwrap_or_default(),
            why: Some(sanitize(&partly.error_message)).filter(|why| !why.is_empty()),
        }
    }
}

/// What came of the last request; what exports tells less.
pub(super) type LastReply = Arc<Mutex<Reply>>;

/// Sends what is exported. It is called by the thread that exports, and keeps that one busy: its
/// runtime is its own, and is there as long as spans are, whatever becomes of that of the webhooks.
pub(super) struct OtlpClient {
    target: Target,
    limit: Duration,
    ca_file: Option<PathBuf>,
    reply: LastReply,
    /// Made when it is first needed.
    made: Mutex<Option<(Client, Runtime)>>,
}

impl OtlpClient {
    pub(super) fn new(settings: Settings, reply: LastReply) -> Self {
        Self {
            target: settings.target,
            limit: settings.timeout,
            ca_file: settings.ca_file,
            reply,
            made: Mutex::default(),
        }
    }

    fn make(&self) -> Result<(Client, Runtime), String> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let client = {
            let _inside = runtime.enter();
            Client::new(Options {
                allow: Allow::anywhere(),
                ca_file: self.ca_file.clone(),
                proxies: Proxies::from_env(),
                ..Options::default()
            })
        };
        Ok((client.map_err(|error| error.to_string())?, runtime))
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_none() {
            *made = Some(self.make()?);
        }
        let Some((client, runtime)) = &*made else {
            return Err("there is no client".to_owned());
        };
        let (parts, body) = request.into_parts();
        let outgoing = Outgoing {
            target: &self.target,
            version: Version::Auto,
            method: Method::POST,
            headers: parts.headers,
            body,
            urgency: Urgency::Question,
        };
        runtime.block_on(async {
            let mut deadline = Deadline::after(self.limit);
            let sent = client.send(outgoing, Some(&mut deadline)).await;
            let mut answer = sent.map_err(|error| error.to_string())?;
            let (status, headers) = (answer.status, std::mem::take(&mut answer.headers));
            let body = answer.read_within(ANSWER, &mut deadline).await;
            let mut response = Response::new(body.bytes);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}

#[async_trait::async_trait]
impl HttpClient for OtlpClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.send(request);
        *self.reply.lock().unwrap_or_else(PoisonError::into_inner) = Reply::new(&sent);
        Ok(sent?)
    }
}

impl fmt::Debug for OtlpClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("OtlpClient").field(&self.target).finish()
    }
}
