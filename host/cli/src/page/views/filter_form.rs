//! The form above a list, and the way to its next page.

use crate::page::filter::Filter;
use crate::page::page_request::PageRequest;
use crate::page::text;
use maud::{Markup, html};

/// The fields of a filter, as they are filled in. States are those to choose from.
pub fn form(ask: &PageRequest<'_>, filter: &Filter, states: &[&str]) -> Markup {
    let field = |name: &str, label: &str, value: &Option<String>, hint: &str| {
        let id = format!("filter-{name}");
        html! {
            div {
                label for=(id) { (label) }
                input id=(id) name=(name) value=[value.as_deref().map(text::line)] placeholder=[Some(hint).filter(|hint| !hint.is_empty())] autocomplete="off" spellcheck="false";
            }
        }
    };
    html! {
        form class="filter" method="get" action=(ask.path) aria-label="Filter" {
            (ask.hidden(&[]))
            @if !states.is_empty() {
                div {
                    label for="filter-state" { "State" }
                    select id="filter-state" name="state" {
                        option value="" { "any" }
                        @for state in states {
                            option value=(state) selected[filter.state.as_deref() == Some(state)] { (state) }
                        }
                    }
                }
            }
            (field("webhook", "Webhook", &filter.webhook, ""))
            (field("event", "Event", &filter.event, "after:measure"))
            (field("id", "ID of an event or a delivery", &filter.id, ""))
            (field("since", "Since", &filter.since, "2h"))
            (field("until", "Until", &filter.until, "2026-11-27T22:00:00Z"))
            div { button { "Filter" } }
        }
    }
}

/// To the newest page, and to the one behind this one.
pub fn pages(
    ask: &PageRequest<'_>,
    filter: &Filter,
    last: Option<(i64, i64)>,
    more: bool,
) -> Markup {
    let next = last.filter(|_| more);
    html! {
        @if filter.before.is_some() || next.is_some() {
            nav class="actions" aria-label="Pages" {
                ul class="links" {
                    @if filter.before.is_some() {
                        li { a href=(ask.link(ask.path, &filter.pairs())) { "Newest" } }
                    }
                    @if let Some((time, number)) = next {
                        li { a rel="next" href=(ask.link(ask.path, &filter.behind(time, number))) { "Older" } }
                    }
                }
            }
        }
    }
}
