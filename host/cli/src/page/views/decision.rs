//! One decision with each webhook's answer.

use super::standing;
use crate::page::layout::View;
use crate::page::page_request::{LINKED, PageRequest};
use crate::page::state::State;
use crate::page::table::{facts, table};
use crate::page::text;
use crate::page::trouble::Trouble;
use crate::store::times;
use maud::{Markup, html};
use servo_webhooks_store::{AnswerRecord, DecisionFilter, DecisionRecord};

const COLUMNS: [&str; 6] = ["Webhook", "Said", "Attempts", "Status", "Took", "Why"];

/// Answers that are shown.
const ANSWERS: usize = 200;

/// Shows it.
pub async fn show(state: &State, ask: &PageRequest<'_>) -> Result<View, Trouble> {
    let unknown = || {
        Trouble::missing(
            "There is no such decision",
            "No decision is known at that place. It may be older than what is kept.",
        )
    };
    let place = ask.fields.get("at").and_then(|place| place.split_once('.'));
    let (at, number) = place.ok_or_else(unknown)?;
    let at: i64 = at.parse().map_err(|_| unknown())?;
    let number: i64 = number.parse().map_err(|_| unknown())?;
    // The first one that is not behind it.
    let filter = DecisionFilter {
        before: Some((at, number.saturating_add(1))),
        ..DecisionFilter::default()
    };
    let found = state.history.decisions(filter, 1).await?.found;
    let decision = found
        .into_iter()
        .find(|one| (one.at, one.seq) == (at, number));
    let decision = decision.ok_or_else(unknown)?;
    let answers = decision.answers.iter().take(ANSWERS);
    let rows: Vec<_> = answers.map(|answer| row(ask, answer)).collect();
    let id = &decision.event_id;
    let of_event = (id.len() <= LINKED).then(|| [("id", id.clone())]);
    let main = html! {
        (facts(&known(ask, &decision)))
        h2 { "Answers" }
        @if rows.is_empty() {
            p class="empty" { "No webhook was asked." }
        } @else {
            (table("In the order of the configuration", &COLUMNS, &rows))
            @if rows.len() < decision.answers.len() { p { "These are the first " (rows.len()) " of " (decision.answers.len()) "." } }
        }
        @if let Some(fields) = &of_event {
            ul class="links" {
                li { a href=(ask.link("/decisions", fields)) { "Decisions of this event" } }
                li { a href=(ask.link("/deliveries", fields)) { "Its deliveries" } }
            }
        }
    };
    Ok(View {
        title: format!("Decision {}", decision.event),
        part: "/decisions",
        main,
        updates: None,
    })
}

fn known(ask: &PageRequest<'_>, decision: &DecisionRecord) -> Vec<(&'static str, Markup)> {
    let mut known = vec![
        ("Came to", standing::decision(decision)),
        ("Event", text::other(&decision.event)),
        ("Event id", text::other(&decision.event_id)),
        ("Asked", text::exact(decision.at, ask.now)),
        ("Took", html! { (times::span(decision.elapsed)) }),
    ];
    if let Some(reason) = &decision.reason {
        known.push(("Reason", text::other(reason)));
    }
    known
}

fn row(ask: &PageRequest<'_>, answer: &AnswerRecord) -> Vec<Markup> {
    vec![
        standing::link(ask, &answer.webhook),
        standing::answer(answer),
        html! { (answer.attempts) },
        match answer.status {
            Some(status) => html! { (status) },
            None => html! { "–" },
        },
        html! { (times::span(answer.elapsed)) },
        text::or_dash(answer.error.as_deref()),
    ]
}
