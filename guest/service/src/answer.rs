//! The answer to an attempt: what is heard of it, and what it means.

use crate::clock;
use crate::configuration::Configuration;
use crate::connector::{self, Answer, AnswerBody, Ending, Header, Outcome, Ruling, Verdict};
use crate::outbound::{self, CAP, End};
use crate::reactor::within;
use crate::wasi::http::types::{IncomingBody, IncomingResponse};
use crate::webhook::{LONGEST, ResolvedWebhook};

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

/// What an answer means, with its body or before that is read.
///
/// # Errors
/// If the connector says what it cannot say.
pub fn judge_answer(
    webhook: &ResolvedWebhook,
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

/// What an outcome means.
///
/// # Errors
/// If the connector says what it cannot say.
pub fn judge(
    webhook: &ResolvedWebhook,
    which: Attempt<'_>,
    outcome: Outcome,
) -> Result<Ruling, String> {
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

/// The headers that the connector wants to see, and the content type.
pub fn hear(
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
