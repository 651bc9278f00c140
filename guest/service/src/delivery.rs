//! One webhook and one event, with its retries.

use crate::addressing::Parcel;
use crate::attempt::{Attempt, attempt};
use crate::clock;
use crate::configuration::{Configuration, Prepared};
use crate::connector::Verdict;
use crate::gone;
use crate::output;
use crate::publication::Unread;
use crate::reactor::sleep;
use rules::foreign::capped;

/// What a delivery came to.
pub struct Settled {
    pub attempts: u32,
    /// Of the last answer.
    pub status: Option<u16>,
    pub end: End,
    /// The answer is to be published.
    pub publish: Option<Unread>,
}

/// The way it ended.
pub enum End {
    Delivered,
    Cancel(String),
    /// No answer, or one that refuses.
    Failed(String),
    /// Nothing was sent, since it is switched off.
    SwitchedOff(String),
}

impl Settled {
    /// One that came to an end before any attempt.
    pub fn unsent(end: End) -> Self {
        Self {
            attempts: 0,
            status: None,
            end,
            publish: None,
        }
    }
}

/// Tries until it is settled; before an event at most until a deadline of the monotonic
/// clock.
pub async fn deliver(
    configuration: &Configuration,
    webhook: &Prepared,
    parcel: &Parcel,
    delivery: &str,
    before: Option<u64>,
) -> Settled {
    if let Some(why) = gone::switched_off(webhook.index) {
        return Settled::unsent(End::SwitchedOff(why.to_owned()));
    }
    let first = clock::now();
    let mut settled = Settled::unsent(End::Delivered);
    loop {
        settled.attempts += 1;
        let timeout = clock::now().saturating_add(webhook.read.timeout);
        let which = Attempt {
            delivery,
            number: settled.attempts,
            first,
            before: before.is_some(),
            deadline: before.map_or(timeout, |deadline| deadline.min(timeout)),
        };
        let attempted = attempt(configuration, webhook, parcel, which).await;
        settled.status = attempted.status;
        settled.publish = attempted.publish;
        if let Some(warning) = &attempted.warning {
            output::warn(&format!("warning: {}: {warning}", webhook.label()));
        }
        settled.end = match attempted.verdict {
            Verdict::Delivered => End::Delivered,
            Verdict::Cancel(reason) => End::Cancel(capped(&reason)),
            Verdict::Failed(why) => End::Failed(capped(&why)),
            Verdict::Gone(why) => {
                let why = capped(&why);
                if gone::switch_off(webhook.index) {
                    let label = webhook.label();
                    output::warn(&format!(
                        "error: {label}: switched off for as long as this instance lives: {why}"
                    ));
                }
                End::Failed(why)
            }
            Verdict::Retry(wait) => {
                let wait = clock::between(wait.at_least, wait.at_most);
                let next = clock::now().saturating_add(wait);
                if before.is_some_and(|deadline| next >= deadline) {
                    let why = attempted.why;
                    End::Failed(format!(
                        "{why}; no time is left in the event's budget to try again"
                    ))
                } else {
                    sleep(wait).await;
                    continue;
                }
            }
        };
        return settled;
    }
}
