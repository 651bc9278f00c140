//! The HTTP client of the exporter: that of the webhooks, without their rule about addresses.

use crate::deadline::Deadline;
use crate::outbound::{Allow, Client, Options, Outgoing, Proxies, Target, Urgency, Version};
use crate::trace::settings::Settings;
use http::{Method, Request, Response};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Bytes of an answer that are read: it says how many spans were rejected.
const ANSWER: usize = 64 << 10;

/// Why the last request failed, in words without secrets; what exports tells no more than that.
pub(super) type Trouble = Arc<Mutex<Option<String>>>;

/// Sends what is exported. It is called by the thread that exports, and keeps that one busy: its
/// runtime is its own, and is there as long as spans are, whatever becomes of that of the webhooks.
pub(super) struct OtlpClient {
    target: Target,
    limit: Duration,
    ca_file: Option<PathBuf>,
    trouble: Trouble,
    /// Made when it is first needed.
    made: Mutex<Option<(Client, Runtime)>>,
}

impl OtlpClient {
    pub(super) fn new(settings: Settings, trouble: Trouble) -> Self {
        Self {
            target: settings.target,
            limit: settings.timeout,
            ca_file: settings.ca_file,
            trouble,
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
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *trouble = match &sent {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("answered {}", response.status().as_u16())),
            Err(why) => Some(why.clone()),
        };
        Ok(sent?)
    }
}

impl fmt::Debug for OtlpClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("OtlpClient").field(&self.target).finish()
    }
}
