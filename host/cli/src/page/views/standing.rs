//! How webhooks, deliveries and decisions stand, in words and links.

use crate::page::page_request::PageRequest;
use crate::page::table::{Mood, badge};
use maud::Markup;
use servo_webhooks::{BreakerState, WebhookSnapshot};
use servo_webhooks_store::{AnswerRecord, DecisionRecord, State};

/// Whether a webhook's deliveries go out.
pub fn webhook(status: &WebhookSnapshot) -> Markup {
    let (mood, word) = match status {
        WebhookSnapshot { enabled: false, .. } => (Mood::Plain, "disabled"),
        WebhookSnapshot {
            switched_off: Some(_),
            ..
        } => (Mood::Bad, "switched off"),
        WebhookSnapshot {
            paused: Some(_), ..
        } => (Mood::Odd, "paused"),
        WebhookSnapshot {
            breaker: BreakerState::Open,
            ..
        } => (Mood::Bad, "breaker open"),
        WebhookSnapshot {
            breaker: BreakerState::HalfOpen,
            ..
        } => (Mood::Odd, "probing"),
        WebhookSnapshot { removed: true, .. } => (Mood::Odd, "removed"),
        WebhookSnapshot {
            breaker: BreakerState::Closed,
            ..
        } => (Mood::Good, "active"),
    };
    badge(mood, word)
}

/// Whether somebody should look at it.
pub fn is_troubled(status: &WebhookSnapshot) -> bool {
    let held = status.switched_off.is_some() || status.paused.is_some();
    status.enabled && (held || status.breaker != BreakerState::Closed)
}

/// In words.
pub const fn breaker(state: BreakerState) -> &'static str {
    match state {
        BreakerState::Closed => "closed: everything is sent",
        BreakerState::Open => "open: deliveries wait",
        BreakerState::HalfOpen => "half open: one probe is out",
    }
}

/// Where a delivery stands.
pub fn delivery(state: State) -> Markup {
    let mood = match state {
        State::Delivered => Mood::Good,
        State::Failed => Mood::Bad,
        State::Waiting => Mood::Odd,
        State::Forgotten => Mood::Plain,
    };
    badge(mood, state.name())
}

/// What a decision came to; one that went on without an answer says so.
pub fn decision(decision: &DecisionRecord) -> Markup {
    let mood = match (decision.cancelled, decision.failed_open) {
        (true, _) => Mood::Bad,
        (false, true) => Mood::Odd,
        (false, false) => Mood::Good,
    };
    badge(mood, crate::store::cells::outcome(decision))
}

/// What a webhook said before an event.
pub fn answer(answer: &AnswerRecord) -> Markup {
    let mood = match &*answer.result {
        _ if answer.failed_open => Mood::Odd,
        "proceeded" => Mood::Good,
        "cancelled" => Mood::Bad,
        "no_answer" => Mood::Odd,
        _ => Mood::Plain,
    };
    badge(mood, &crate::store::cells::result(answer))
}

/// A webhook by its label, with a link to it.
pub fn link(ask: &PageRequest<'_>, label: &str) -> Markup {
    ask.linked("/webhook", "name", label)
}
