//! The question to one webhook before an event, with its retries.

use crate::answer::Attempt;
use crate::attempt::attempt;
use crate::clock;
use crate::configuration::Configuration;
use crate::delivery::{End, Settled, changed, heard};
use crate::fan_out::RenderedRequest;
use crate::reactor::sleep;
use crate::webhook::ResolvedWebhook;
use lifecycle::{Ask, Heard, Question, Time};

/// Asks until there is an answer, at most until `deadline`.
pub async fn ask(
    configuration: &Configuration,
    webhook: &ResolvedWebhook,
    request: &RenderedRequest,
    delivery: &str,
    deadline: Time,
) -> Settled {
    let limits = webhook.limits(configuration.breaker);
    let (mut question, mut settled) = (Question::default(), Settled::unsent(End::Delivered));
    loop {
        let next = question.next(&webhook.state.borrow(), &limits, deadline, clock::moment());
        let Ask::Send(next) = next else {
            let why = webhook.switched_off().unwrap_or_default();
            return Settled::unsent(End::SwitchedOff(why.to_owned()));
        };
        let which = Attempt::of(&next, delivery, true);
        let result = attempt(configuration, webhook, request, which).await;
        let (core_result, why) = heard(webhook, &result);
        let now = clock::moment();
        let (heard, noted) = {
            let mut state = webhook.state.borrow_mut();
            question.finished(&mut state, &limits, core_result, deadline, now)
        };
        changed(webhook, noted, &why);
        settled.attempts = question.attempts();
        settled.status = result.status;
        settled.publish = result.publish;
        settled.end = match heard {
            Heard::Proceed => End::Delivered,
            Heard::Cancel => End::Cancel(why),
            Heard::Retry(at) => {
                let wait = at.since(clock::moment()).as_nanos();
                sleep(u64::try_from(wait).unwrap_or(u64::MAX)).await;
                continue;
            }
            Heard::NoAnswer { no_time_left: true } => End::Failed(format!(
                "{why}; no time left in the event's budget to retry"
            )),
            Heard::NoAnswer { .. } => End::Failed(why),
        };
        return settled;
    }
}
