//! What all views have around them.

use super::page_request::{EVERY, PageRequest};
use super::text;
use super::trouble::Trouble;
use super::visitor::Way;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// How everything looks. It is in each page, and the policy of the page names its hash.
pub const STYLE: &str = include_str!("style.css");

/// A view, before it is a page.
pub struct View {
    /// As its heading.
    pub title: String,
    /// The part of the page that it belongs to, by its path.
    pub part: &'static str,
    /// What it shows.
    pub main: Markup,
    /// Whether it loads itself again; none: it never does, since somebody fills it in.
    pub updates: Option<bool>,
}

/// The parts of the page.
const PARTS: [(&str, &str); 6] = [
    ("/", "Webhooks"),
    ("/deliveries", "Deliveries"),
    ("/decisions", "Decisions"),
    ("/dead-letters", "Dead letters"),
    ("/explain", "What fires"),
    ("/configuration", "Configuration"),
];

/// A view as a page.
pub fn page(ask: &PageRequest<'_>, view: &View) -> Markup {
    let parts = html! {
        nav aria-label="Main" {
            ul {
                @for (path, name) in PARTS {
                    li {
                        a href=(ask.link(path, &[])) aria-current=[(path == view.part).then_some("page")] { (name) }
                    }
                }
            }
        }
    };
    let foot = html! {
        footer {
            p {
                "As of " (text::exact(ask.now, ask.now)) ", "
                @match ask.visitor.way {
                    Way::Local => "from this machine",
                    Way::Token => "by the token",
                    Way::Password => { "signed in as " (text::other(&ask.visitor.name)) },
                }
                ". servo-webhooks " (env!("CARGO_PKG_VERSION"))
            }
            @if let Some(updates) = view.updates {
                p {
                    @if ask.updates(updates) {
                        "Updates every " (EVERY) " s. "
                        a href=(ask.with_updates(false)) { "Stop updating" }
                    } @else {
                        a href=(ask.with_updates(true)) { "Update every " (EVERY) " s" }
                    }
                }
            }
        }
    };
    let main = html! { (notice(ask)) (view.main) };
    whole(&view.title, &parts, &main, &foot)
}

/// Trouble as a page.
pub fn trouble(trouble: &Trouble) -> Markup {
    let parts = html! {
        nav aria-label="Main" { ul { li { a href="/" { "Webhooks" } } } }
    };
    let main = html! { p class="trouble" { (text::line(&trouble.detail)) } };
    whole(trouble.title, &parts, &main, &html! { footer {} })
}

fn whole(title: &str, parts: &Markup, main: &Markup, foot: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (text::line(title)) " · servo-webhooks" }
                link rel="icon" type="image/svg+xml" href="/icon.svg";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the content" }
                header { p class="brand" { "servo-webhooks" } (parts) }
                main id="main" tabindex="-1" {
                    h1 { bdi { (text::line(title)) } }
                    (main)
                }
                (foot)
            }
        }
    }
}

/// What was just done. No text comes from the address.
fn notice(ask: &PageRequest<'_>) -> Markup {
    let number = ask.fields.number("count").unwrap_or_default();
    let number = u64::try_from(number).unwrap_or_default();
    let deliveries = || text::count(number, "delivery", "deliveries");
    let said = match ask.fields.get("notice") {
        Some("paused") => "Paused: deliveries wait, questions are still asked.".to_owned(),
        Some("resumed") => "Resumed: what waits is sent.".to_owned(),
        Some("unchanged") => "It was so already.".to_owned(),
        Some("replayed") => format!("Replayed: {} wait again.", deliveries()),
        Some("forgotten") => format!("Forgotten: {}.", deliveries()),
        Some("partly") => {
            "That takes long: it was stopped, and what was done by then stays done. Do it again for the rest."
                .to_owned()
        }
        _ => return html! {},
    };
    html! { p class="notice" role="status" { (said) } }
}
