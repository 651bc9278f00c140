//! One webhook: how it is, how it was in the last minutes, and its switch.

use super::overview::{drawn, latency, rate, waiting};
use super::standing;
use crate::page::ask::Ask;
use crate::page::layout::View;
use crate::page::samples::Sample;
use crate::page::state::State;
use crate::page::status::{self, Counts, Status};
use crate::page::table::{facts, table};
use crate::page::text;
use crate::page::trouble::Trouble;
use crate::store::times;
use maud::{Markup, html};
use servo_webhooks_store::DeliveryFilter;
use std::time::{SystemTime, UNIX_EPOCH};

/// Deliveries that are shown.
const NEWEST: usize = 10;

/// Shows it.
pub async fn show(state: &State, ask: &Ask<'_>) -> Result<View, Trouble> {
    let name = ask.fields.get("name").unwrap_or_default();
    let mut all = status::all(&state.webhooks).into_iter();
    let webhook = all.find(|webhook| webhook.label() == name).ok_or_else(|| {
        Trouble::missing(
            "There is no such webhook",
            "No webhook of that name is configured now. A reload may have removed it; its deliveries can still be found by its name.",
        )
    })?;
    let label = webhook.label();
    let newest = DeliveryFilter {
        webhook: Some(label.clone()),
        ..DeliveryFilter::default()
    };
    let newest = state.history.deliveries(newest, NEWEST).await;
    let samples = state.samples.of(&label);
    let rows = |found: &[_]| {
        found
            .iter()
            .map(|one| super::deliveries::row(ask, one))
            .collect::<Vec<_>>()
    };
    let main = html! {
        (facts(&known(&webhook, ask.now)))
        (switch(ask, &webhook))
        h2 { "The last ten minutes" }
        (facts(&drawings(&samples)))
        @if let Some(counts) = &webhook.counts {
            h2 { "Since the start" }
            (table("Attempts by what came of them", &["Class", "Attempts"], &attempts(counts)))
            (facts(&counted(counts)))
        }
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

fn known(webhook: &Status, now: i64) -> Vec<(&'static str, Markup)> {
    let mut known = vec![
        ("State", standing::webhook(webhook)),
        ("Target", text::or_dash(webhook.origin.as_deref())),
        (
            "Listens to",
            html! {
                @for (nth, event) in webhook.listens.iter().enumerate() {
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

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_else(|_| times::now())
}

/// Pause or resume; only what has a name can be.
fn switch(ask: &Ask<'_>, webhook: &Status) -> Markup {
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

fn attempts(counts: &Counts) -> Vec<Vec<Markup>> {
    let made = counts.attempts.iter().filter(|(_, count)| *count > 0);
    made.map(|(class, count)| vec![html! { (class) }, html! { (count) }])
        .collect()
}

fn counted(counts: &Counts) -> Vec<(&'static str, Markup)> {
    [
        ("Delivered", counts.delivered),
        ("Failed", counts.failed),
        ("Proceeded", counts.proceeded),
        ("Cancelled", counts.cancelled),
        ("Failed open", counts.failed_open),
        ("Failed closed", counts.failed_closed),
    ]
    .into_iter()
    .map(|(name, count)| (name, html! { (count) }))
    .collect()
}
