//! One attempt at a webhook: sign, send, judge.

use crate::addressing::Parcel;
use crate::clock;
use crate::configuration::{Configuration, LONGEST, Prepared};
use crate::connector::{
    self, Answer, AnswerBody, Content, Ending, Header, Outcome, Ruling, Stamp, Verdict,
};
use crate::headers;
use crate::outbound::{self, CAP, End, SendError};
use crate::publication::Unread;
use crate::reactor::within;
use crate::wasi::http::types::{IncomingBody, IncomingResponse};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use lifecycle::Health;

/// Three digits (RFC 9110, section 15); all else is no answer.
const STATUSES: std::ops::RangeInclusive<u16> = 100..=999;

/// Which attempt of which delivery it is.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    pub delivery: &'a str,
    /// Counts from 1.
    pub number: u32,
    /// When the first attempt began, by the monotonic clock.
    pub first: u64,
    /// The event waits for the answer.
    pub before: bool,
    /// No answer counts after this, by the monotonic clock.
    pub deadline: u64,
}

/// What an attempt came to.
pub struct Attempted {
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

impl<'a> Attempt<'a> {
    /// What the core says of it.
    pub fn of(next: &lifecycle::Attempt, delivery: &'a str, before: bool) -> Self {
        Self {
            delivery,
            number: next.number,
            first: next.first.as_nanos(),
            before,
            deadline: next.deadline.as_nanos(),
        }
    }
}

/// What an answer shows of an endpoint.
fn health(status: u16) -> Health {
    if status >= 500 {
        Health::Down
    } else {
        Health::Up
    }
}

impl Attempted {
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
    webhook: &Prepared,
    parcel: &Parcel,
    which: Attempt<'_>,
) -> Attempted {
    let headers = match signed(webhook, parcel, which) {
        Ok(headers) => headers,
        Err(why) => return Attempted::failed(None, why),
    };
    let left = which.deadline.saturating_sub(clock::now());
    let sent = outbound::send(&webhook.url, &headers, bytes(&parcel.body));
    let why = match within(left, sent).await {
        Some(Ok(response)) if STATUSES.contains(&response.status()) => {
            return answered(configuration, webhook, which, response).await;
        }
        // Engines differ in what they let pass.
        Some(Ok(_)) => "malformed HTTP answer: its status is not from 100 to 999".to_owned(),
        Some(Err(SendError::Refused(why))) => return Attempted::failed(None, why),
        Some(Err(SendError::NoAnswer(why))) => why,
        None => format!("no answer within {} ms", left / 1_000_000),
    };
    match judge(webhook, which, Outcome::NoAnswer(why.clone())) {
        Ok(ruling) => Attempted {
            status: None,
            verdict: ruling.verdict,
            health: Some(Health::Down),
            why,
            warning: ruling.warning,
            publish: None,
        },
        Err(error) => Attempted {
            health: Some(Health::Down),
            ..Attempted::failed(None, format!("{why}; {error}"))
        },
    }
}

async fn answered(
    configuration: &Configuration,
    webhook: &Prepared,
    which: Attempt<'_>,
    response: IncomingResponse,
) -> Attempted {
    let status = response.status();
    let (heard, content_type) = hear(configuration, &response);
    let mut ruling = match judge_answer(webhook, which, status, &heard, None) {
        Ok(ruling) => ruling,
        Err(error) => {
            return Attempted::failed(Some(status), format!("answered {status}; {error}"));
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
    Attempted {
        status: Some(status),
        verdict: ruling.verdict,
        health: Some(health(status)),
        why: format!("answered {status}"),
        warning: ruling.warning,
        publish,
    }
}

/// What an answer means, with its body or before that is read.
///
/// # Errors
/// If the connector says what it cannot say.
pub fn judge_answer(
    webhook: &Prepared,
    which: Attempt<'_>,
    status: u16,
    heard: &[Header],
    body: Option<AnswerBody>,
) -> Result<Ruling, String> {
    let answer = Answer {
        status,
        headers: heard.to_vec(),
        body,
    };
    let ruling = judge(webhook, which, Outcome::Answer(answer))?;
    match ruling.verdict {
        Verdict::Cancel(_) if !which.before => {
            Err("the connector's judge returned a cancel after the event".to_owned())
        }
        _ => Ok(ruling),
    }
}

fn judge(webhook: &Prepared, which: Attempt<'_>, outcome: Outcome) -> Result<Ruling, String> {
    let policy = match which.before {
        true => &webhook.read.before.policy,
        false => &webhook.read.after.policy,
    };
    let attempt = connector::Attempt {
        number: which.number,
        elapsed: clock::now().saturating_sub(which.first),
        now: clock::unix(),
        outcome,
    };
    let ruling = connector::judge(policy, &attempt);
    match &ruling.verdict {
        Verdict::Retry(wait) if wait.at_least > wait.at_most || wait.at_most > LONGEST => {
            Err("the connector's judge returned an unusable wait".to_owned())
        }
        _ => Ok(ruling),
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
fn signed(webhook: &Prepared, parcel: &Parcel, which: Attempt<'_>) -> Result<HeaderMap, String> {
    let stamp = Stamp {
        delivery: which.delivery.to_owned(),
        attempt: which.number,
        now: clock::unix(),
    };
    let signatures = webhook.sign(&stamp, &parcel.body)?;
    let mut map = webhook.headers.clone();
    for (name, value) in &parcel.headers {
        map.insert(name, value.clone());
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
    map.insert(header::CONTENT_LENGTH, bytes(&parcel.body).len().into());
    Ok(map)
}

/// The headers that the connector wants to see, and the content type.
fn hear(
    configuration: &Configuration,
    response: &IncomingResponse,
) -> (Vec<Header>, Option<String>) {
    let (mut heard, mut content_type) = (Vec::new(), None);
    for (name, value) in response.headers().entries() {
        let name = name.to_ascii_lowercase();
        if name == "content-type" && content_type.is_none() {
            content_type = Some(String::from_utf8_lossy(&value).into_owned());
        }
        if configuration.answer_headers.contains(&name) {
            // Bytes that are not text say nothing, and take nothing from what is text.
            let ascii = |byte: &u8| {
                if byte.is_ascii() {
                    char::from(*byte)
                } else {
                    '?'
                }
            };
            let value = value.iter().map(ascii).collect();
            heard.push(Header { name, value });
        }
    }
    (heard, content_type)
}

/// Reads an answer's body up to the cap; one that does not come within so many nanoseconds
/// is broken off.
pub async fn read(response: IncomingResponse, left: u64) -> (Vec<u8>, Ending) {
    let mut bytes = Vec::new();
    let Ok(body) = response.consume() else {
        return (bytes, Ending::Broken);
    };
    let end = within(left, outbound::read(&body, CAP, &mut bytes)).await;
    if end == Some(End::Whole) {
        drop(IncomingBody::finish(body));
    }
    let ending = match end {
        Some(End::Whole) => Ending::Whole,
        Some(End::Oversized) => Ending::Oversized,
        Some(End::Broken) | None => Ending::Broken,
    };
    (bytes, ending)
}
