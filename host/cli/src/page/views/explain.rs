//! What fires for an event, without anything being sent.

use crate::explain::reason;
use crate::page::layout::View;
use crate::page::page_request::PageRequest;
use crate::page::state::State;
use crate::page::table::{Mood, badge, table};
use crate::page::text;
use crate::page::trouble::Trouble;
use crate::setup;
use maud::{Markup, html};
use rules::sanitize::is_unseen;
use servo_webhooks::{DryRun, Input, sample};
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// What a dry run may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Samples to choose from.
const SAMPLES: usize = 40;

/// The form, empty or with a sample.
pub async fn show(state: &State, ask: &PageRequest<'_>) -> Result<View, Trouble> {
    let event = match ask.fields.get("sample") {
        None => String::new(),
        Some(name) => {
            let (connector, config) = (
                state.inspector.connector.clone(),
                state.inspector.config.clone(),
            );
            let name = name.to_owned();
            let made = spawn_blocking(move || {
                let catalogue = setup::catalogue(&config).map_err(|failure| failure.text())?;
                let input =
                    sample(&connector, &catalogue, &name).map_err(|error| error.to_string())?;
                Ok::<_, String>(input.line())
            });
            let made = made
                .await
                .map_err(|error| Trouble::unfit(error.to_string()))?;
            made.map_err(|why| Trouble::unfit(format!("{}.", text::line(&why))))?
        }
    };
    Ok(view(state, ask, &event, &html! {}))
}

/// The form with what it was asked.
pub async fn answered(state: &State, ask: &PageRequest<'_>) -> Result<View, Trouble> {
    let event = ask.fields.get("event").unwrap_or_default().to_owned();
    let answer = match explained(state, &event).await {
        Ok((input, found)) => answer(state, &input, &found),
        Err(why) => html! { p class="trouble" role="alert" { (text::line(&why)) } },
    };
    Ok(view(state, ask, &event, &answer))
}

async fn explained(state: &State, event: &str) -> Result<(Input, Vec<DryRun>), String> {
    if event.is_empty() {
        return Err("Fill in an event.".to_owned());
    }
    let input = Input::parse(event).map_err(|error| error.to_string())?;
    let found = timeout(PATIENCE, state.webhooks.dry_run(&input)).await;
    let found = found.map_err(|_| "it takes longer than 10 s".to_owned())?;
    let found = found.map_err(|error| error.to_string())?;
    Ok((input, found))
}

fn view(state: &State, ask: &PageRequest<'_>, event: &str, answer: &Markup) -> View {
    let main = html! {
        p { "One event as JSON, as `run` and `serve` take it. Nothing is sent." }
        (samples(state, ask))
        form method="post" action="/explain" {
            (ask.signed("/explain", &[]))
            label for="event" { "Event" }
            // The first line end is not a part of what is in it.
            textarea id="event" name="event" rows="10" spellcheck="false" required { "\n" (visible(event)) }
            div class="actions" { button { "Explain" } }
        }
        (answer)
    };
    View {
        title: "What fires".to_owned(),
        part: "/explain",
        main,
        updates: None,
    }
}

/// An event as it was filled in: what is not seen is escaped, which means the same in JSON.
fn visible(event: &str) -> String {
    let mut shown = String::with_capacity(event.len());
    for char in event.chars().filter(|char| *char != '\r') {
        if !is_unseen(char) || ['\n', '\t'].contains(&char) {
            shown.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            shown.push_str(&format!("\\u{unit:04x}"));
        }
    }
    shown
}

/// Events that webhooks listen to by name.
fn samples(state: &State, ask: &PageRequest<'_>) -> Markup {
    let configuration = state.webhooks.configuration();
    let events = configuration
        .webhooks()
        .iter()
        .flat_map(|webhook| &webhook.events);
    let mut names: Vec<&String> = events.filter(|event| !event.contains('*')).collect();
    names.sort_unstable();
    names.dedup();
    html! {
        @if !names.is_empty() {
            form class="filter" method="get" action="/explain" {
                (ask.hidden(&[]))
                div {
                    label for="sample" { "Start from a sample" }
                    select id="sample" name="sample" {
                        @for name in names.iter().take(SAMPLES) {
                            option selected[ask.fields.get("sample") == Some(name)] { (name) }
                        }
                    }
                }
                div { button { "Fill in" } }
            }
        }
    }
}

fn answer(state: &State, input: &Input, found: &[DryRun]) -> Markup {
    let allow = &state.inspector.allow;
    let rows: Vec<_> = found
        .iter()
        .map(|dry_run| {
            let (fires, why) = reason(input, dry_run);
            // Whoever does not fire is not refused either.
            let refused = dry_run.webhook.refusal(allow).filter(|_| fires);
            let (mood, word) = match (fires, &refused) {
                (true, None) => (Mood::Good, "fires"),
                (true, Some(_)) => (Mood::Bad, "fires, refused"),
                (false, _) => (Mood::Plain, "does not fire"),
            };
            let why = match refused {
                Some(refused) => format!("{why}; but refused: {refused}"),
                None => why,
            };
            vec![
                text::other(&dry_run.webhook.label()),
                badge(mood, word),
                text::other(&why),
            ]
        })
        .collect();
    html! {
        section aria-labelledby="answer" {
            h2 id="answer" { "For " (text::other(&input.name())) }
            @if rows.is_empty() {
                p class="empty" { "No webhook is configured." }
            } @else {
                (table("In the order of the configuration", &["Webhook", "Fires", "Why"], &rows))
            }
        }
    }
}
