//! What the connector says of an answer, or of none.

use crate::attempt::context::AttemptContext;
use crate::attempt::info::AttemptInfo;
use crate::attempt::verdict::Verdict;
use crate::config::webhook::{LONGEST, Webhook};
use crate::connector::{CallError, Contract, wit};
use crate::deadline::Deadline;
use crate::event::time::{nanoseconds, unix_nanoseconds};
use crate::log_limit::{Kind, limited};
use crate::outbound::{Body, Ending, Pauses};
use rules::sanitize::sanitize;
use std::time::Duration;

impl AttemptContext {
    /// What an answer means, with its body or before that is read.
    pub(crate) fn judge_answer(
        &self,
        webhook: &Webhook,
        info: AttemptInfo<'_>,
        status: u16,
        headers: &[wit::HeaderParam<'_>],
        body: Option<&Body>,
    ) -> Result<wit::Ruling, CallError> {
        let text = body.map(|body| (String::from_utf8_lossy(&body.bytes), ending(body.ending)));
        let body = text.as_ref().map(|(text, ending)| wit::AnswerBody {
            text,
            ending: *ending,
        });
        let outcome = wit::Outcome::Answer(wit::Answer {
            status,
            headers,
            body,
        });
        let ruling = self.judge(webhook, info, outcome)?;
        match &ruling.verdict {
            wit::Verdict::Cancel(_) if !info.before => {
                Err(CallError::unusable("judge", "a cancel after the event"))
            }
            _ => Ok(ruling),
        }
    }

    /// The same, again and again while this machine lacks the memory for it: the answer is
    /// there, and what it says must not be lost.
    pub(crate) async fn judge_patiently(
        &self,
        webhook: &Webhook,
        info: AttemptInfo<'_>,
        status: u16,
        headers: &[wit::HeaderParam<'_>],
        deadline: &mut Deadline,
    ) -> Result<wit::Ruling, CallError> {
        let mut pauses = Pauses::for_the_machine();
        loop {
            match self.judge_answer(webhook, info, status, headers, None) {
                Err(error) if error.scarcity().is_some() => {
                    if deadline.within(pauses.next()).await.is_err() {
                        return Err(error);
                    }
                }
                judged => return judged,
            }
        }
    }

    /// What an outcome means; whatever the connector says of it is checked.
    pub(crate) fn judge(
        &self,
        webhook: &Webhook,
        info: AttemptInfo<'_>,
        outcome: wit::Outcome<'_>,
    ) -> Result<wit::Ruling, CallError> {
        let attempt = wit::Attempt {
            number: info.number,
            elapsed: nanoseconds(info.first.elapsed()),
            now: unix_nanoseconds(),
            outcome,
        };
        let ruling = Contract::of(&webhook.connector)
            .judge(&webhook.retries(info.before).policy, attempt)?;
        if let wit::Verdict::Retry(wait) = &ruling.verdict {
            let longest = nanoseconds(LONGEST);
            if wait.at_least > wait.at_most || wait.at_most > longest {
                return Err(CallError::unusable(
                    "judge",
                    format!("a wait of {} to {} ns", wait.at_least, wait.at_most),
                ));
            }
        }
        Ok(ruling)
    }

    /// The reason of a cancel, with its body read. The cancel stands whatever comes of it.
    pub(crate) fn reason(
        &self,
        webhook: &Webhook,
        info: AttemptInfo<'_>,
        status: u16,
        headers: &[wit::HeaderParam<'_>],
        body: &Body,
    ) -> Option<String> {
        match self.judge_answer(webhook, info, status, headers, Some(body)) {
            Ok(wit::Ruling {
                verdict: wit::Verdict::Cancel(reason),
                ..
            }) => Some(sanitize(&reason)),
            Ok(_) => None,
            Err(error) => {
                warn_of_failure(
                    webhook,
                    info,
                    &error,
                    "cancelled, but the reason could not be read",
                );
                None
            }
        }
    }
}

/// Logs what the connector warned of; not for each answer, if it is the same.
pub(crate) fn warn(webhook: &Webhook, info: AttemptInfo<'_>, warning: Option<&str>) {
    let Some(warning) = warning.map(sanitize) else {
        return;
    };
    let label = webhook.label();
    limited(Kind::Answer, &[&label, &warning], |repeated| {
        tracing::warn!(
            webhook = &*label,
            event = info.event,
            id = info.id,
            delivery = info.delivery,
            trace_id = info.trace.trace_id(),
            span_id = info.trace.span_id(),
            repeated,
            "{warning}"
        );
    });
}

/// Logs that an answer is lost to the channel that it was for.
pub(crate) fn warn_of_unpublished(webhook: &Webhook, info: AttemptInfo<'_>, warning: &str) {
    tracing::warn!(
        webhook = webhook.label(),
        event = info.event,
        id = info.id,
        delivery = info.delivery,
        trace_id = info.trace.trace_id(),
        span_id = info.trace.span_id(),
        "{}",
        sanitize(warning)
    );
}

/// Logs that the connector could not judge the body of an answer, and what that means.
pub(crate) fn warn_of_failure(
    webhook: &Webhook,
    info: AttemptInfo<'_>,
    error: &CallError,
    what: &str,
) {
    tracing::warn!(
        webhook = webhook.label(),
        event = info.event,
        id = info.id,
        delivery = info.delivery,
        trace_id = info.trace.trace_id(),
        span_id = info.trace.span_id(),
        %error,
        "{what}"
    );
}

/// What is to be done; `why` says for people why it is tried again.
pub(crate) fn verdict(from: wit::Verdict, why: &str) -> Verdict {
    match from {
        wit::Verdict::Delivered => Verdict::Delivered,
        wit::Verdict::Cancel(reason) => Verdict::Cancel(sanitize(&reason)),
        wit::Verdict::Retry(wait) => Verdict::Retry(
            Duration::from_nanos(fastrand::u64(wait.at_least..=wait.at_most)),
            why.to_owned(),
        ),
        wit::Verdict::Failed(why) => Verdict::Failed(sanitize(&why)),
        wit::Verdict::Gone(why) => Verdict::Gone(sanitize(&why)),
    }
}

fn ending(from: Ending) -> wit::Ending {
    match from {
        Ending::Whole => wit::Ending::Whole,
        Ending::Oversized => wit::Ending::Oversized,
        Ending::Broken => wit::Ending::Broken,
    }
}
