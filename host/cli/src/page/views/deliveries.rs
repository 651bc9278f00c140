//! Deliveries, or the dead letters among them.

use super::filter_form::{form, pages};
use super::standing;
use crate::page::filter::{Filter, STATES};
use crate::page::history::History;
use crate::page::layout::View;
use crate::page::page_request::PageRequest;
use crate::page::recent::KEPT;
use crate::page::state::State;
use crate::page::table::table;
use crate::page::text;
use crate::page::trouble::Trouble;
use maud::{Markup, html};
use servo_webhooks_store::{DeliveryRecord, State as Standing};

/// Deliveries on one page.
const PAGE: usize = 50;

/// Columns of deliveries.
pub const COLUMNS: [&str; 7] = [
    "Accepted", "State", "Webhook", "Event", "Attempts", "Status", "Error",
];

/// Shows them.
pub async fn show(state: &State, ask: &PageRequest<'_>, dead: bool) -> Result<View, Trouble> {
    let mut filter = Filter::new(&ask.fields);
    if dead {
        filter.state = None;
    }
    let mut wanted = filter.deliveries()?;
    if dead {
        wanted.states = vec![Standing::Failed];
    }
    let listed = state.history.deliveries(wanted, PAGE).await?;
    let rows: Vec<_> = listed.found.iter().map(|one| row(ask, one)).collect();
    let last = listed.found.last().map(|one| (one.accepted, one.seq));
    let states: Vec<&str> = STATES
        .iter()
        .map(|(name, _)| *name)
        .filter(|_| !dead)
        .collect();
    let stored = matches!(state.history, History::Store(_));
    let main = html! {
        @if !stored { (from_memory()) }
        (form(ask, &filter, &states))
        @if rows.is_empty() {
            p class="empty" { (nothing(dead, filter.is_narrow())) }
        } @else {
            @if dead && stored { (bulk(ask, &filter)) }
            (table("Newest first", &COLUMNS, &rows))
        }
        (pages(ask, &filter, last, listed.more))
    };
    let (title, part) = match dead {
        true => ("Dead letters", "/dead-letters"),
        false => ("Deliveries", "/deliveries"),
    };
    Ok(View {
        title: title.to_owned(),
        part,
        main,
        updates: Some(false),
    })
}

/// What is known without a store.
pub fn from_memory() -> Markup {
    html! {
        p class="soft" {
            "Without a store the page knows the last " (KEPT) " that this process settled. Start `serve` with --store DIR to keep all of them."
        }
    }
}

const fn nothing(dead: bool, narrow: bool) -> &'static str {
    match (dead, narrow) {
        (_, true) => "Nothing fits the filter.",
        (true, false) => "There is no dead letter: every delivery got through, or still waits.",
        (false, false) => "There is no delivery yet.",
    }
}

fn bulk(ask: &PageRequest<'_>, filter: &Filter) -> Markup {
    let all = if filter.is_narrow() {
        "all that fit"
    } else {
        "all"
    };
    html! {
        div class="actions" {
            @for (path, verb) in [("/replay", "Replay"), ("/forget", "Forget")] {
                form class="inline" method="get" action=(path) {
                    (ask.hidden(&filter.pairs()))
                    button class=[(path == "/forget").then_some("grave")] { (verb) " " (all) "…" }
                }
            }
        }
    }
}

/// A row of them.
pub fn row(ask: &PageRequest<'_>, delivery: &DeliveryRecord) -> Vec<Markup> {
    let href = ask.link("/delivery", &[("id", delivery.id.to_string())]);
    vec![
        html! { a href=(href) { (text::time(delivery.accepted, ask.now)) } },
        standing::delivery(delivery.state),
        standing::link(ask, &delivery.webhook),
        html! {
            (text::other(&delivery.event)) " "
            span class="soft" { (text::other(&delivery.event_id)) }
        },
        html! {
            (delivery.attempts)
            @if delivery.replays > 0 { ", replay " (delivery.replays) }
        },
        match delivery.status {
            Some(status) => html! { (status) },
            None => html! { "–" },
        },
        text::or_dash(delivery.error.as_deref()),
    ]
}
