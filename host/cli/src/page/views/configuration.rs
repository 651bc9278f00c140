//! What is wrong in the configuration that is on disk now.

use crate::page::layout::View;
use crate::page::page_request::PageRequest;
use crate::page::state::State;
use crate::page::table::{Mood, badge, facts};
use crate::page::text;
use crate::page::trouble::Trouble;
use maud::{Markup, html};
use servo_webhooks::{Problems, Severity};

/// Bytes of problems that are shown.
const SHOWN: usize = 256 << 10;

/// Shows it.
pub async fn show(state: &State, ask: &PageRequest<'_>) -> Result<View, Trouble> {
    let inspected = state.inspector.inspect().await?;
    let reload = match state.readiness.is_configuration_refused() {
        true => badge(
            Mood::Bad,
            "refused: the configuration before it is in force",
        ),
        false => badge(Mood::Good, "in force"),
    };
    let in_force = state.webhooks.configuration().webhooks().len() as u64;
    let known = [
        ("Last reload", reload),
        (
            "In force",
            html! { (text::count(in_force, "webhook", "webhooks")) },
        ),
        (
            "On disk now",
            match inspected.webhooks {
                Some(webhooks) => html! { (text::count(webhooks as u64, "webhook", "webhooks")) },
                None => badge(Mood::Bad, "cannot be used"),
            },
        ),
    ];
    let main = html! {
        (facts(&known))
        h2 { "Problems" }
        @match &inspected.problems {
            Ok(problems) if problems.is_empty() => p class="empty" { "None: `servo-webhooks check` has nothing to say." },
            Ok(problems) => (found(problems)),
            Err(why) => p class="trouble" { (text::line(why)) },
        }
        p class="soft" { "What is on disk comes into force with SIGHUP, or at the next start." }
    };
    let _ = ask;
    Ok(View {
        title: "Configuration".to_owned(),
        part: "/configuration",
        main,
        updates: Some(false),
    })
}

fn found(problems: &Problems) -> Markup {
    let of = |severity| {
        problems
            .iter()
            .filter(|one| one.severity == severity)
            .count() as u64
    };
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let (shown, whole) = text::lines(problems.render(false).as_bytes(), SHOWN);
    html! {
        p {
            @if errors > 0 { (badge(Mood::Bad, &text::count(errors, "error", "errors"))) " " }
            @if warnings > 0 { (badge(Mood::Odd, &text::count(warnings, "warning", "warnings"))) }
        }
        pre tabindex="0" role="region" aria-label="Problems with their lines" { (shown) }
        @if !whole { p { "The rest is in `servo-webhooks check`." } }
    }
}
