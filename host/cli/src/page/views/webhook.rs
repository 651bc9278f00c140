//! One webhook: how it is, how it was in the last minutes, and its switch.

use super::overview::{drawn, latency, rate, waiting};
use super::standing;
use crate::page::layout::View;
use crate::page::page_request::PageRequest;
use crate::page::samples::Sample;
use crate::page::snapshots::label;
use crate::page::state::State;
use crate::page::table::{facts, table};
use crate::page::text;
use crate::page::trouble::Trouble;
use crate::store::times;
use maud::{Markup, html};
use servo_webhooks::{WebhookCounts, WebhookSnapshot};
use servo_webhooks_store::DeliveryFilter;
use std::time::{SystemTime, UNIX_EPOCH};

/// Deliveries that are shown.
const NEWEST: usize = 10;

/// Shows it.
pub async fn show(state: &State, ask: &PageRequest<'_>) -> Result<View, Trouble> {
    let name = ask.fields.exact("name").unwrap_or_default();
    let all = state.snapshots.now().await?;
    let webhook = all.iter().find(|webhook| label(webhook) == name).ok_or_else(|| {
        Trouble::missing(
            "There is no such webhook",
            "No webhook of that name is configured now. A reload may have removed it; its deliveries can still be found by its name.",
        )
    })?;
    let label = label(webhook);
    let newest = DeliveryFilter {
        webhook: Some(label.clone()),
        ..DeliveryFilter::default()
    };
    let newest = state.history.deliveries(newest, NEWEST).await;
    let samples = state.samples.of(&label);
    let made = attempts(&webhook.counts);
    let rows = |found: &[_]| {
        found
            .iter()
            .map(|one| super::deliveries::row(ask, one))
            .collect::<Vec<_>>()
    };
    let main = html! {
        (facts(&known(webhook, ask.now)))
        (switch(ask, webhook))
        h2 { "The last ten minutes" }
        (facts(&drawings(&samples)))
        h2 { "Since the start" }
        @if made.is_empty() {
            p class="empty" { "No attempt was made." }
        } @else {
            (table("Attempts by what came of them", &["Class", "Attempts"], &made))
        }
        (facts(&counted(&webhook.counts)))
        h2 { "Newest deliveries" }
        @match &newest {
            Ok(listed) if listed.found.is_empty() => p class="empty" { "None is known." },
            Ok(listed) => (table("Newest first", &super::deliveries::COLUMNS, &rows(&listed.found))),
            Err(trouble) => p class="trouble" { (trouble.title) ". " (trouble.detail) },
        }
        ul class="links" {
            li { a href=(ask.link("/deliveries", &[("webhook", label.clone())])) { "All deliveries" } }
            li { a href=(ask.link("/decisions", &[("webhook", label.clone())])) { "Decisions" } }
            li { a href=(ask.link("/dead-letters", &[("webhook", label.clone())])) { "Dead letters" } }
        }
    };
    Ok(View {
        title: label,
        part: "/",
        main,
        updates: Some(true),
    })
}

fn known(webhook: &WebhookSnapshot, now: i64) -> Vec<(&'static str, Markup)> {
    let mut known = vec![
        ("State", standing::webhook(webhook)),
        ("Target", text::or_dash(webhook.origin.as_deref())),
        (
            "Listens to",
            html! {
                @for (nth, event) in listens(webhook).iter().enumerate() {
                    @if nth > 0 { ", " }
                    code { (text::other(event)) }
                }
            },
        ),
        ("Breaker", html! { (standing::breaker(webhook.breaker)) }),
    ];
    if let Some(why) = &webhook.switched_off {
        known.push(("Switched off", html! { (text::line(why)) }));
    }
    if let Some(since) = webhook.paused {
        known.push(("Paused since", text::time(milliseconds(since), now)));
    }
    known.push(("Waiting", waiting(webhook)));
    known.push(("In flight", html! { (webhook.in_flight) }));
    known
}

/// Events and channels, as the records name them.
fn listens(webhook: &WebhookSnapshot) -> Vec<String> {
    let channels = webhook.channels.iter();
    let channels = channels.map(|channel| format!("channel:{channel}"));
    webhook.events.iter().cloned().chain(channels).collect()
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_else(|_| times::now())
}

/// Pause or resume; only what has a name can be.
fn switch(ask: &PageRequest<'_>, webhook: &WebhookSnapshot) -> Markup {
    let (path, verb) = match webhook.paused {
        None => ("/pause", "Pause"),
        Some(_) => ("/resume", "Resume"),
    };
    html! {
        @if let Some(name) = &webhook.name {
            form class="actions" method="post" action=(path) {
                (ask.signed(path, &[("webhook", name.clone())]))
                button { (verb) " deliveries" }
                span class="soft" {
                    @if webhook.paused.is_none() {
                        "Deliveries wait until it is resumed; questions before events are still asked."
                    } @else {
                        "What waits is sent then."
                    }
                }
            }
        } @else {
            p class="soft" { "Give it a `name` to pause it." }
        }
    }
}

fn drawings(samples: &[Sample]) -> Vec<(&'static str, Markup)> {
    let most: Vec<_> = samples
        .iter()
        .map(|sample| sample.most.map(f64::from))
        .collect();
    let of = |number: fn(&Sample) -> u32| -> Vec<_> {
        samples
            .iter()
            .map(|sample| Some(f64::from(number(sample))))
            .collect()
    };
    let plain = |value: f64| format!("{value:.0}");
    vec![
        ("Attempts", rate(samples)),
        ("Latency, mean", latency(samples)),
        (
            "Latency, 95 of 100",
            drawn(&most, "milliseconds that 95 of 100 attempts take", |most| {
                format!("≤ {most:.0} ms")
            }),
        ),
        (
            "Failed",
            drawn(
                &of(|sample| sample.failed),
                "failed deliveries in five seconds",
                plain,
            ),
        ),
        (
            "Waiting",
            drawn(&of(|sample| sample.waiting), "waiting deliveries", plain),
        ),
    ]
}

fn attempts(counts: &WebhookCounts) -> Vec<Vec<Markup>> {
    let made = counts.attempts.iter().filter(|(_, count)| *count > 0);
    made.map(|(class, count)| vec![html! { (class.name()) }, html! { (count) }])
        .collect()
}

fn counted(counts: &WebhookCounts) -> Vec<(&'static str, Markup)> {
    [
        ("Delivered", counts.delivered),
        ("Failed", counts.failed),
        ("Not accepted", counts.rejected),
        ("Proceeded", counts.proceeded),
        ("Cancelled", counts.cancelled),
        ("Failed open", counts.failed_open),
        ("Failed closed", counts.failed_closed),
        ("Breaker opened", counts.breaker_opened),
    ]
    .into_iter()
    .map(|(name, count)| (name, html! { (count) }))
    .collect()
}
