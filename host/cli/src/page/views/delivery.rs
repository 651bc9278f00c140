//! One delivery with every attempt.

use super::standing;
use crate::page::chart::{Stretch, timeline};
use crate::page::history::History;
use crate::page::layout::View;
use crate::page::page_request::PageRequest;
use crate::page::state::State;
use crate::page::table::{Mood, badge, facts, table};
use crate::page::text;
use crate::page::trouble::Trouble;
use crate::store::filter::uuid;
use crate::store::{stats, times};
use maud::{Markup, html};
use servo_webhooks_store::{AttemptRecord, DeliveryRecord, Details, State as Standing};

/// Bytes of a body that are shown.
const BODY: usize = 64 << 10;

/// Attempts that are shown.
const ATTEMPTS: usize = 200;

/// Shows it.
pub async fn show(state: &State, ask: &PageRequest<'_>) -> Result<View, Trouble> {
    let unknown = || {
        Trouble::missing(
            "There is no such delivery",
            "No delivery with that id is known. It may be older than what is kept.",
        )
    };
    let id = ask.fields.get("id").and_then(uuid).ok_or_else(unknown)?;
    let details = state.history.delivery(id).await?.ok_or_else(unknown)?;
    let stored = matches!(state.history, History::Store(_));
    let main = html! {
        (facts(&known(ask, &details)))
        @if stored { (switches(ask, &details.delivery)) }
        h2 { "Attempts" }
        (attempts(ask, &details))
        h2 { "Body" }
        (body(&details))
    };
    Ok(View {
        title: format!("Delivery {id}"),
        part: match details.delivery.state {
            Standing::Failed => "/dead-letters",
            _ => "/deliveries",
        },
        main,
        updates: Some(false),
    })
}

fn known(ask: &PageRequest<'_>, details: &Details) -> Vec<(&'static str, Markup)> {
    let delivery = &details.delivery;
    let mut known = vec![
        ("State", standing::delivery(delivery.state)),
        ("Webhook", standing::link(ask, &delivery.webhook)),
        ("Event", text::other(&delivery.event)),
        (
            "Event id",
            ask.linked("/deliveries", "id", &delivery.event_id),
        ),
        ("Accepted", text::exact(delivery.accepted, ask.now)),
    ];
    if let Some(settled) = delivery.settled {
        known.push((
            "Settled",
            html! {
                (text::exact(settled, ask.now)) ", after " (span(settled - delivery.accepted))
            },
        ));
    }
    if let Some(due) = delivery.due {
        known.push(("Next attempt", text::exact(due, ask.now)));
    }
    if delivery.replays > 0 {
        known.push(("Replays", html! { (delivery.replays) }));
    }
    if let Some(error) = &delivery.error {
        known.push(("Error", text::other(error)));
    }
    known
}

fn span(milliseconds: i64) -> String {
    times::span(milliseconds.max(0))
}

/// What can be done with it.
fn switches(ask: &PageRequest<'_>, delivery: &DeliveryRecord) -> Markup {
    let replays = delivery.state != Standing::Waiting && delivery.has_body;
    let forgets = delivery.state != Standing::Forgotten;
    let id = [("delivery", delivery.id.to_string())];
    let form = |path: &str, verb: &str| {
        html! {
            form class="inline" method="get" action=(path) {
                (ask.hidden(&id))
                button class=[(path == "/forget").then_some("grave")] { (verb) "…" }
            }
        }
    };
    html! {
        div class="actions" {
            @if replays { (form("/replay", "Replay")) }
            @if forgets { (form("/forget", "Forget")) }
        }
    }
}

fn attempts(ask: &PageRequest<'_>, details: &Details) -> Markup {
    let (delivery, all) = (&details.delivery, &details.attempts);
    let shown = &all[all.len().saturating_sub(ATTEMPTS)..];
    let own = all
        .iter()
        .filter(|attempt| attempt.replay == delivery.replays)
        .count();
    let untold = usize::try_from(delivery.attempts)
        .unwrap_or_default()
        .saturating_sub(own);
    let rows: Vec<_> = shown.iter().map(|attempt| row(ask, attempt)).collect();
    html! {
        @if shown.is_empty() {
            p class="empty" {
                @match delivery.attempts {
                    0 => "None was made yet.",
                    _ => { (text::count(delivery.attempts.into(), "attempt was made; nothing more is kept of it", "attempts were made; nothing more is kept of them")) "." },
                }
            }
        } @else {
            (drawn(delivery, shown))
            (table("In their order", &["Attempt", "Began", "Took", "Came to", "Error", "Answer"], &rows))
            @if untold > 0 { p { (text::count(untold as u64, "more attempt has", "more attempts have")) " no end that is known." } }
            @if shown.len() < all.len() { p { "These are the last " (shown.len()) " of " (all.len()) "." } }
        }
    }
}

fn drawn(delivery: &DeliveryRecord, attempts: &[AttemptRecord]) -> Markup {
    let first = attempts
        .iter()
        .map(|attempt| attempt.at)
        .min()
        .unwrap_or_default();
    let ends = attempts.iter().map(|attempt| attempt.at + attempt.elapsed);
    let begin = delivery.accepted.min(first);
    let end = ends.chain(delivery.settled).max().unwrap_or(begin);
    let stretches: Vec<_> = attempts
        .iter()
        .map(|attempt| Stretch {
            from: attempt.at - begin,
            took: attempt.elapsed,
            good: is_good(attempt),
        })
        .collect();
    let made = text::count(attempts.len() as u64, "attempt", "attempts");
    let label = format!("{made} over {}", span(end - begin));
    html! {
        (timeline(&label, end - begin, &stretches))
        p class="soft" { (label) ": tall bars succeeded, low ones failed." }
    }
}

fn is_good(attempt: &AttemptRecord) -> bool {
    attempt.error.is_none()
        && attempt
            .status
            .is_some_and(|status| (200..300).contains(&status))
}

fn row(ask: &PageRequest<'_>, attempt: &AttemptRecord) -> Vec<Markup> {
    let mood = if is_good(attempt) {
        Mood::Good
    } else {
        Mood::Bad
    };
    let came = match attempt.status {
        Some(status) => format!("status {status}"),
        None => "no answer".to_owned(),
    };
    vec![
        html! {
            (attempt.number)
            @if attempt.replay > 0 { ", replay " (attempt.replay) }
        },
        text::exact(attempt.at, ask.now),
        html! { (span(attempt.elapsed)) },
        badge(mood, &came),
        text::or_dash(attempt.error.as_deref()),
        match &attempt.answer {
            Some(answer) => text::other(&String::from_utf8_lossy(answer)),
            None => html! { "–" },
        },
    ]
}

fn body(details: &Details) -> Markup {
    let Some(body) = &details.body else {
        return html! { p class="empty" { "Not kept: the store keeps the bodies of what waits and of dead letters, and of others with --keep-bodies." } };
    };
    let (shown, whole) = text::lines(&body.content, BODY);
    html! {
        p class="soft" {
            (text::other(&body.content_type)) ", " (stats::bytes(body.content.len() as u64))
            @if !whole { "; the first " (stats::bytes(BODY as u64)) " are shown" }
        }
        pre class="wrapped" tabindex="0" role="region" aria-label="Body" { bdi { (shown) } }
    }
}
