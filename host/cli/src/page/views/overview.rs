//! All webhooks at a glance.

use super::standing;
use crate::page::chart;
use crate::page::layout::View;
use crate::page::page_request::PageRequest;
use crate::page::samples::{EVERY, Sample};
use crate::page::snapshots::label;
use crate::page::state::State;
use crate::page::table::table;
use crate::page::text;
use crate::page::trouble::Trouble;
use maud::{Markup, html};
use servo_webhooks::WebhookSnapshot;

/// Webhooks on one page.
const PAGE: usize = 50;

const COLUMNS: [&str; 7] = [
    "Webhook",
    "State",
    "Target",
    "Waiting",
    "Deliveries",
    "Rate",
    "Latency",
];

/// Shows it.
pub async fn show(state: &State, ask: &PageRequest<'_>) -> Result<View, Trouble> {
    let all = state.snapshots.now().await?;
    let from = ask
        .fields
        .number("from")
        .and_then(|from| usize::try_from(from).ok());
    let from = from.unwrap_or_default().min(all.len().saturating_sub(1));
    let shown = all.iter().skip(from).take(PAGE);
    let rows: Vec<_> = shown.map(|webhook| row(state, ask, webhook)).collect();
    let main = html! {
        @if state.readiness.is_draining() {
            p class="trouble" { "Shutting down: no more events are taken, and what waits is delivered as far as time allows." }
        }
        @if state.readiness.is_configuration_refused() {
            p class="trouble" {
                "The last reload was refused: the configuration before it is in force. "
                a href=(ask.link("/configuration", &[])) { "See what is wrong" }
            }
        }
        @if state.readiness.is_token_refused() {
            p class="trouble" { "The token could not be read at the last reload: the one before it is in force. The log says why." }
        }
        (tiles(state, ask, &all))
        @if all.is_empty() {
            p class="empty" { "No webhook is configured. `servo-webhooks generate` prints a configuration to start from." }
        } @else {
            (table("Webhooks, in the order of the configuration; charts show the last ten minutes", &COLUMNS, &rows))
            (pages(ask, from, all.len()))
        }
    };
    Ok(View {
        title: "Webhooks".to_owned(),
        part: "/",
        main,
        updates: Some(true),
    })
}

fn tiles(state: &State, ask: &PageRequest<'_>, all: &[WebhookSnapshot]) -> Markup {
    let troubled = all
        .iter()
        .filter(|webhook| standing::is_troubled(webhook))
        .count();
    let oldest = all
        .iter()
        .filter_map(|webhook| webhook.oldest_waiting)
        .max();
    let store = state.webhooks.store_health();
    let failed_open: u64 = all.iter().map(|webhook| webhook.counts.failed_open).sum();
    html! {
        ul class="tiles" {
            li { strong { (all.iter().filter(|webhook| !webhook.removed).count()) } "webhooks" }
            li { strong { (troubled) } "held back or off" }
            li { strong { (all.iter().map(|webhook| webhook.waiting).sum::<u64>()) } "waiting" }
            li {
                strong { @if let Some(oldest) = oldest { (text::rough(oldest.as_millis() as u64)) } @else { "–" } }
                "oldest waiting"
            }
            li { strong { (failed_open) } "answers that failed open" }
            @if let Some(store) = &store {
                li {
                    strong { (store.dead_letters) }
                    a href=(ask.link("/dead-letters", &[])) { "dead letters" }
                }
                li {
                    strong { @if store.is_accepting() { "yes" } @else { "no" } }
                    "store accepts events"
                }
            }
        }
        @if let Some(trouble) = store.and_then(|store| store.trouble) {
            p class="trouble" { "No events are taken: " (text::line(&trouble)) "." }
        }
    }
}

fn row(state: &State, ask: &PageRequest<'_>, webhook: &WebhookSnapshot) -> Vec<Markup> {
    let label = label(webhook);
    let samples = state.samples.of(&label);
    vec![
        standing::link(ask, &label),
        standing::webhook(webhook),
        text::or_dash(webhook.origin.as_deref()),
        waiting(webhook),
        html! {
            (webhook.counts.delivered) " delivered"
            @if webhook.counts.failed > 0 { ", " span class="bad" { (webhook.counts.failed) " failed" } }
        },
        rate(&samples),
        latency(&samples),
    ]
}

/// How many wait, and for how long the oldest.
pub fn waiting(webhook: &WebhookSnapshot) -> Markup {
    html! {
        (webhook.waiting)
        @if let Some(oldest) = webhook.oldest_waiting {
            span class="soft" { ", oldest " (text::rough(oldest.as_millis() as u64)) }
        }
    }
}

/// Attempts a minute, drawn and in words.
pub fn rate(samples: &[Sample]) -> Markup {
    let a_minute = 60.0 / EVERY.as_secs_f64();
    let rates: Vec<_> = samples
        .iter()
        .map(|sample| Some(f64::from(sample.attempts) * a_minute))
        .collect();
    drawn(&rates, "attempts a minute", |rate| format!("{rate:.0}/min"))
}

/// What attempts take, drawn and in words.
pub fn latency(samples: &[Sample]) -> Markup {
    let means: Vec<_> = samples
        .iter()
        .map(|sample| sample.mean.map(f64::from))
        .collect();
    drawn(&means, "milliseconds an attempt", |mean| {
        format!("{mean:.0} ms")
    })
}

/// A chart with its last and its largest value beside it.
pub fn drawn(values: &[Option<f64>], what: &str, say: impl Fn(f64) -> String) -> Markup {
    let last = values.iter().rev().flatten().next();
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    html! {
        @if let Some(last) = last {
            @let label = format!("{what} over the last ten minutes: {} now, {} at most", say(*last), say(top));
            (chart::line(&label, values))
            span class="soft" { (say(*last)) ", at most " (say(top)) }
        } @else {
            span class="soft" { "none yet" }
        }
    }
}

fn pages(ask: &PageRequest<'_>, from: usize, all: usize) -> Markup {
    let link = |from: usize| ask.link("/", &[("from", from.to_string())]);
    html! {
        @if all > PAGE {
            nav class="actions" aria-label="Pages" {
                ul class="links" {
                    @if from > 0 { li { a rel="prev" href=(link(from.saturating_sub(PAGE))) { "Previous" } } }
                    @if from + PAGE < all { li { a rel="next" href=(link(from + PAGE)) { "Next" } } }
                }
            }
        }
    }
}
