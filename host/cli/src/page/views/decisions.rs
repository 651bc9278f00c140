//! Decisions before events.

use super::deliveries::from_memory;
use super::filter_form::{form, pages};
use super::standing;
use crate::page::filter::{Filter, OUTCOMES};
use crate::page::history::History;
use crate::page::layout::View;
use crate::page::page_request::PageRequest;
use crate::page::state::State;
use crate::page::table::table;
use crate::page::text;
use crate::page::trouble::Trouble;
use crate::store::times;
use maud::{Markup, html};
use servo_webhooks_store::DecisionRecord;

/// Decisions on one page.
const PAGE: usize = 50;

/// Answers that a row names.
const NAMED: usize = 5;

const COLUMNS: [&str; 6] = ["Asked", "Came to", "Event", "Took", "Answers", "Reason"];

/// Shows them.
pub async fn show(state: &State, ask: &PageRequest<'_>) -> Result<View, Trouble> {
    let filter = Filter::new(&ask.fields);
    let listed = state.history.decisions(filter.decisions()?, PAGE).await?;
    let rows: Vec<_> = listed.found.iter().map(|one| row(ask, one)).collect();
    let last = listed.found.last().map(|one| (one.at, one.seq));
    let main = html! {
        @if let History::Memory(_) = state.history { (from_memory()) }
        (form(ask, &filter, &OUTCOMES))
        @if rows.is_empty() {
            p class="empty" {
                @if filter.is_narrow() { "Nothing fits the filter." } @else { "No webhook was asked before an event yet." }
            }
        } @else {
            (table("Newest first", &COLUMNS, &rows))
        }
        (pages(ask, &filter, last, listed.more))
    };
    Ok(View {
        title: "Decisions".to_owned(),
        part: "/decisions",
        main,
        updates: Some(false),
    })
}

fn row(ask: &PageRequest<'_>, decision: &DecisionRecord) -> Vec<Markup> {
    let place = format!("{}.{}", decision.at, decision.seq);
    let answers = decision.answers.iter().take(NAMED);
    let more = decision.answers.len().saturating_sub(NAMED);
    vec![
        html! { a href=(ask.link("/decision", &[("at", place)])) { (text::time(decision.at, ask.now)) } },
        standing::decision(decision),
        html! {
            (text::other(&decision.event)) " "
            span class="soft" { (text::other(&decision.event_id)) }
        },
        html! { (times::span(decision.elapsed)) },
        html! {
            @for answer in answers {
                div { (standing::answer(answer)) " " (text::other(&answer.webhook)) }
            }
            @if more > 0 { div { "and " (more) " more" } }
            @if decision.answers.is_empty() { "none was asked" }
        },
        text::or_dash(decision.reason.as_deref()),
    ]
}
