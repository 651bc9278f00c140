//! Passes requests on to another responder, and its answers back.

use super::record::Request;
use crate::{nearby, units};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, header};
use http_body_util::Full;
use servo_webhooks::__internal::outbound::{Client, Ending, Outgoing, Target, Urgency, Version};
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of an answer's body.
const LONGEST: usize = 17 << 20;

/// Longer than any servo waits for an answer that it does not want to be late.
const PATIENCE: Duration = Duration::from_secs(60);

/// What belongs to a connection, and not to the request or the answer.
const HOP_BY_HOP: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Another responder.
pub struct Forward {
    client: Client,
    target: Target,
}

impl Forward {
    /// In a runtime.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let (client, target) = nearby::client("--forward-to", url)?;
        Ok(Self { client, target })
    }

    /// Scheme, host and port: the rest may be confidential.
    pub fn origin(&self) -> &str {
        self.target.origin()
    }

    /// Sends a request with its method, headers and body, and gives the answer.
    pub async fn send(&self, request: &Request) -> Result<Response<Full<Bytes>>, String> {
        let sent = timeout(PATIENCE, self.exchange(request)).await;
        sent.unwrap_or_else(|_| Err(format!("no answer within {}", units::duration(PATIENCE))))
    }

    async fn exchange(&self, request: &Request) -> Result<Response<Full<Bytes>>, String> {
        let target = self.target_of(request)?;
        let outgoing = Outgoing {
            target: &target,
            version: Version::Auto,
            method: request.parts.method.clone(),
            headers: end_to_end(&request.parts.headers),
            body: request.body.clone(),
            urgency: Urgency::Question,
        };
        let answer = self.client.send(outgoing, None).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let (status, headers) = (answer.status, end_to_end(&answer.headers));
        let body = answer.read(LONGEST).await;
        match body.ending {
            Ending::Whole => {}
            Ending::Oversized => {
                return Err(format!("its answer has more than {} MiB", LONGEST >> 20));
            }
            Ending::Broken => return Err("its answer broke off".to_owned()),
        }
        let mut response = Response::new(Full::new(body.bytes));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    /// A URL with a path is meant as it is; else the request's own path is kept.
    fn target_of(&self, request: &Request) -> Result<Target, String> {
        let own = self.target.uri().path_and_query();
        if own.is_some_and(|own| own.as_str() != "/") {
            return Ok(self.target.clone());
        }
        let path = request.parts.uri.path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        let url = format!("{}{path}", self.target.origin());
        Target::parse(&url).map_err(|error| format!("its path {error}"))
    }
}

fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in HOP_BY_HOP {
        kept.remove(name);
    }
    kept.remove("keep-alive");
    kept
}
