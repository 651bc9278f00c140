//! What became of an event, as every host tells it.

use rules::outcome::{EventDecision, EventOutcome, WebhookOutcome, WebhookStatus};
use serde_json::json;

fn told(webhooks: &[WebhookStatus]) -> EventDecision {
    let webhooks = webhooks.iter().enumerate();
    let webhooks = webhooks.map(|(index, outcome)| WebhookOutcome::new(index, None, *outcome));
    EventOutcome::told("after:a".to_owned(), "i".to_owned(), webhooks.collect()).outcome
}

#[test]
fn after_an_event_one_webhook_that_took_it_is_enough_and_none_is_needed() {
    use WebhookStatus::{Accepted, Rejected, Skipped, SwitchedOff};
    for webhooks in [
        &[][..],
        &[Accepted],
        &[Rejected, Accepted],
        &[SwitchedOff, Accepted, Skipped],
        // Nobody who listens wants it.
        &[Skipped],
        &[Skipped, Skipped],
    ] {
        assert_eq!(told(webhooks), EventDecision::Accepted, "{webhooks:?}");
    }
    for webhooks in [
        &[Rejected][..],
        &[SwitchedOff],
        &[Skipped, Rejected],
        &[SwitchedOff, Rejected],
    ] {
        assert_eq!(told(webhooks), EventDecision::Rejected, "{webhooks:?}");
    }
}

#[test]
fn a_reason_cancels_and_no_reason_lets_it_happen() {
    for (reason, decision) in [
        (Some("maintenance"), EventDecision::Cancelled),
        (None, EventDecision::Proceed),
    ] {
        let webhooks = vec![WebhookOutcome::new(
            4,
            Some("store"),
            WebhookStatus::NotAwaited,
        )];
        let reason = reason.map(str::to_owned);
        let outcome = EventOutcome::asked(
            "before:adjust".to_owned(),
            "e-1".to_owned(),
            reason.clone(),
            webhooks.clone(),
        );
        assert_eq!(
            (outcome.outcome, outcome.reason, outcome.webhooks),
            (decision, reason, webhooks)
        );
        assert_eq!(
            (outcome.event.as_str(), outcome.id.as_str()),
            ("before:adjust", "e-1")
        );
    }
}

/// The line that `run` writes.
#[test]
fn an_outcome_is_written_as_a_line_of_the_type_event() {
    let skipped = WebhookOutcome::skipped(0, Some("store"), "when is false: .a");
    let accepted = WebhookOutcome::new(1, None, WebhookStatus::Accepted);
    let webhooks = vec![skipped, accepted];
    let outcome = EventOutcome::told("channel:news".to_owned(), "m".to_owned(), webhooks);
    assert_eq!(
        serde_json::to_value(outcome).unwrap(),
        json!({
            "type": "event", "event": "channel:news", "id": "m", "outcome": "accepted", "reason": null,
            "webhooks": [
                {"index": 0, "name": "store", "outcome": "skipped", "attempts": 0, "status": null, "error": null,
                 "reason": "when is false: .a"},
                {"index": 1, "name": null, "outcome": "accepted", "attempts": 0, "status": null, "error": null},
            ],
        })
    );
}
