//! One webhook and one event or message after it, with its retries.

use crate::answer::Attempt;
use crate::attempt::{AttemptResult, attempt};
use crate::clock;
use crate::configuration::Configuration;
use crate::connector::Verdict;
use crate::fan_out::RenderedRequest;
use crate::output;
use crate::publication::Unread;
use crate::reactor::{sleep, within};
use crate::webhook::ResolvedWebhook;
use lifecycle::{Cause, Change, Delivery, Noted, Settled as Ended, Step, Time};
use rules::duration;
use rules::sanitize::sanitize;
use std::time::Duration;

/// What a delivery or a question came to.
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

/// Tries until it is settled.
pub async fn deliver(
    configuration: &Configuration,
    webhook: &ResolvedWebhook,
    request: &RenderedRequest,
    delivery: &str,
) -> Settled {
    let limits = webhook.limits(configuration.breaker);
    let (mut life, mut settled) = (Delivery::default(), Settled::unsent(End::Delivered));
    let mut error: Option<String> = None;
    let mut step = life.next(&mut webhook.state.borrow_mut(), &limits, clock::moment());
    loop {
        step = match step {
            Step::Send(next) => {
                let which = Attempt::of(&next, delivery, false);
                let result = attempt(configuration, webhook, request, which).await;
                settled.status = result.status;
                let (core_result, why) = heard(webhook, &result);
                settled.publish = result.publish;
                let (step, noted) = {
                    let mut state = webhook.state.borrow_mut();
                    life.finished(&mut state, &limits, core_result, clock::moment())
                };
                changed(webhook, noted, &why);
                error = Some(why);
                step
            }
            Step::Wait(time) => {
                wait(webhook, time, life.is_held()).await;
                life.next(&mut webhook.state.borrow_mut(), &limits, clock::moment())
            }
            Step::Settle(end) => {
                settled.attempts = life.attempts();
                settled.end = ended(end, webhook, error);
                return settled;
            }
        };
    }
}

/// Waits until a moment; what a breaker holds, until that has closed.
async fn wait(webhook: &ResolvedWebhook, until: Time, held: bool) {
    let left = until.since(clock::moment());
    let left = u64::try_from(left.as_nanos()).unwrap_or(u64::MAX);
    if held {
        let _ = within(left, webhook.closed.heard()).await;
    } else {
        sleep(left).await;
    }
}

fn ended(end: Ended, webhook: &ResolvedWebhook, error: Option<String>) -> End {
    let late = |place: &str| match &error {
        Some(error) => format!("{error}; its time ran out {place}"),
        None => format!("its time ran out {place}"),
    };
    match end {
        Ended::Delivered => End::Delivered,
        Ended::Failed(Cause::SwitchedOff) => {
            let why = webhook.switched_off().unwrap_or_default();
            End::SwitchedOff(why.to_owned())
        }
        Ended::Failed(Cause::Late) => End::Failed(late("in the queue")),
        Ended::Failed(Cause::Held) => End::Failed(late("while the breaker was open")),
        Ended::Failed(Cause::Attempt | Cause::Lacking) => End::Failed(error.unwrap_or_default()),
    }
}

/// What the core is told of an attempt, and why it was not good, for people.
pub fn heard(
    webhook: &ResolvedWebhook,
    result: &AttemptResult,
) -> (lifecycle::AttemptResult, String) {
    if let Some(warning) = &result.warning {
        output::warn(&format!("warning: {}: {warning}", webhook.label()));
    }
    let (verdict, why) = match &result.verdict {
        Verdict::Delivered => (lifecycle::Verdict::Delivered, String::new()),
        Verdict::Cancel(reason) => (lifecycle::Verdict::Cancel, sanitize(reason)),
        Verdict::Failed(why) => (lifecycle::Verdict::Failed, sanitize(why)),
        Verdict::Gone(why) => (lifecycle::Verdict::Gone, sanitize(why)),
        Verdict::Retry(wait) => {
            let wait = clock::between(wait.at_least, wait.at_most);
            let verdict = lifecycle::Verdict::Retry(Duration::from_nanos(wait));
            (verdict, result.why.clone())
        }
    };
    let health = result.health;
    (lifecycle::AttemptResult { verdict, health }, why)
}

fn shown(hold: Duration) -> String {
    duration::rough(u64::try_from(hold.as_nanos()).unwrap_or(u64::MAX))
}

/// Says what an attempt did to its webhook, and lets go what its breaker held.
pub fn changed(webhook: &ResolvedWebhook, noted: Noted, why: &str) {
    let label = || webhook.label();
    if noted.switched_off {
        output::warn(&format!(
            "error: {}: switched off for as long as this instance lives: {why}",
            label()
        ));
    }
    match noted.change {
        None => {}
        Some(Change::Opened { failures, hold, .. }) => output::warn(&format!(
            "error: {}: breaker opened: {failures} events in a row failed; holding deliveries for {}: {why}",
            label(),
            shown(hold)
        )),
        Some(Change::Reopened { hold }) => output::warn(&format!(
            "warning: {}: breaker stays open: the probe failed; holding deliveries for {}: {why}",
            label(),
            shown(hold)
        )),
        Some(Change::Closed) => {
            output::warn(&format!(
                "warning: {}: breaker closed: sending resumed",
                label()
            ));
            webhook.closed.ring();
        }
    }
}
