//! One attempt at a webhook: sign, send, judge.

use crate::answer::{Attempt, hear, judge, judge_answer, read};
use crate::clock;
use crate::configuration::Configuration;
use crate::connector::{AnswerBody, Content, Outcome, Ruling, SigningContext, Verdict};
use crate::fan_out::RenderedRequest;
use crate::headers;
use crate::outbound::{self, SendError};
use crate::publication::Unread;
use crate::reactor::within;
use crate::wasi::http::types::IncomingResponse;
use crate::webhook::ResolvedWebhook;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use lifecycle::Health;
use rules::duration;

/// Three digits (RFC 9110, section 15); all else is no answer.
const STATUSES: std::ops::RangeInclusive<u16> = 100..=999;

/// What an attempt came to.
pub struct AttemptResult {
    /// Of the answer, if one came.
    pub status: Option<u16>,
    pub verdict: Verdict,
    /// What it shows of the endpoint; none if it did not come to a request.
    pub health: Option<Health>,
    /// Why it is to be tried again, or what the answer was.
    pub why: String,
    /// To be logged.
    pub warning: Option<String>,
    /// Its body is to be published, and is still to be read.
    pub publish: Option<Unread>,
}

/// What an answer shows of an endpoint.
fn health(status: u16) -> Health {
    if status >= 500 {
        Health::Down
    } else {
        Health::Up
    }
}

impl AttemptResult {
    /// One that failed for a reason that is not the responder's.
    fn failed(status: Option<u16>, why: String) -> Self {
        Self {
            status,
            verdict: Verdict::Failed(why.clone()),
            health: status.map(health),
            why,
            warning: None,
            publish: None,
        }
    }
}

/// Makes one attempt; it ends by its deadline.
pub async fn attempt(
    configuration: &Configuration,
    webhook: &ResolvedWebhook,
    request: &RenderedRequest,
    which: Attempt<'_>,
) -> AttemptResult {
    let headers = match signed(webhook, request, which) {
        Ok(headers) => headers,
        Err(why) => return AttemptResult::failed(None, why),
    };
    let left = which.deadline.saturating_sub(clock::now());
    let sent = outbound::send(&webhook.url, &headers, bytes(&request.body));
    let why = match within(left, sent).await {
        Some(Ok(response)) if STATUSES.contains(&response.status()) => {
            return answered(configuration, webhook, which, response).await;
        }
        // Engines differ in what they let pass.
        Some(Ok(_)) => "malformed HTTP answer: its status is not from 100 to 999".to_owned(),
        Some(Err(SendError::Refused(why))) => return AttemptResult::failed(None, why),
        Some(Err(SendError::NoAnswer(why))) => why,
        None => {
            // The moments before it was sent are none of a person's concern.
            let limit = left.div_ceil(1_000_000) * 1_000_000;
            format!("no answer within {}", duration::rough(limit))
        }
    };
    match judge(webhook, which, Outcome::NoAnswer(why.clone())) {
        Ok(ruling) => AttemptResult {
            status: None,
            verdict: ruling.verdict,
            health: Some(Health::Down),
            why,
            warning: ruling.warning,
            publish: None,
        },
        Err(error) => AttemptResult {
            health: Some(Health::Down),
            ..AttemptResult::failed(None, format!("{why}; {error}"))
        },
    }
}

async fn answered(
    configuration: &Configuration,
    webhook: &ResolvedWebhook,
    which: Attempt<'_>,
    response: IncomingResponse,
) -> AttemptResult {
    let status = response.status();
    let (heard, content_type) = hear(configuration, &response);
    let mut ruling = match judge_answer(webhook, which, status, &heard, None) {
        Ok(ruling) => ruling,
        Err(error) => {
            return AttemptResult::failed(Some(status), format!("answered {status}; {error}"));
        }
    };
    let mut publish = None;
    match &mut ruling.verdict {
        Verdict::Cancel(reason) if ruling.read_body => {
            let left = which.deadline.saturating_sub(clock::now());
            let (bytes, ending) = read(response, left).await;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let body = AnswerBody { text, ending };
            // The cancel stands whatever comes of that.
            if let Ok(Ruling {
                verdict: Verdict::Cancel(better),
                ..
            }) = judge_answer(webhook, which, status, &heard, Some(body))
            {
                *reason = better;
            }
        }
        Verdict::Delivered if ruling.read_body => {
            publish = content_type.map(|content_type| Unread {
                response,
                status,
                heard,
                content_type,
                number: which.number,
                before: which.before,
                deadline: which.deadline,
            });
        }
        _ => {}
    }
    AttemptResult {
        status: Some(status),
        verdict: ruling.verdict,
        health: Some(health(status)),
        why: format!("answered {status}"),
        warning: ruling.warning,
        publish,
    }
}

/// The bytes that are signed and sent.
fn bytes(content: &Content) -> &[u8] {
    match content {
        Content::Text(text) => text.as_bytes(),
        Content::Binary(bytes) => bytes,
    }
}

/// Every header of the request but those of the transport.
fn signed(
    webhook: &ResolvedWebhook,
    request: &RenderedRequest,
    which: Attempt<'_>,
) -> Result<HeaderMap, String> {
    let context = SigningContext {
        delivery: which.delivery.to_owned(),
        attempt: which.number,
        now: clock::unix(),
    };
    let signatures = webhook.sign(&context, &request.body)?;
    let mut map = webhook.headers.clone();
    for (name, value) in &request.headers {
        if !headers::stays(&webhook.headers, name) {
            map.insert(name, value.clone());
        }
    }
    headers::signatures(&signatures, &mut map)?;
    let delivery = HeaderValue::from_str(which.delivery).map_err(|error| error.to_string())?;
    map.insert(HeaderName::from_static("x-servo-delivery"), delivery);
    map.insert(
        HeaderName::from_static("x-servo-attempt"),
        which.number.into(),
    );
    if which.before {
        let left = which.deadline.saturating_sub(clock::now()) / 1_000_000;
        map.insert(HeaderName::from_static("x-servo-timeout"), left.into());
    }
    map.insert(header::CONTENT_LENGTH, bytes(&request.body).len().into());
    Ok(map)
}
