//! How many deliveries a replay or a forget is about, before it is done.

use crate::page::actions::{Action, meant};
use crate::page::filter::Filter;
use crate::page::layout::View;
use crate::page::page_request::PageRequest;
use crate::page::state::State;
use crate::page::stored::Changed;
use crate::page::table::facts;
use crate::page::text;
use crate::page::trouble::Trouble;
use crate::store::times;
use maud::{Markup, html};
use servo_webhooks_store::{DeliveryFilter, Editor, Replay, Replayed, Watch};

/// Shows it.
pub async fn show(state: &State, ask: &PageRequest<'_>, action: Action) -> Result<View, Trouble> {
    let store = state.history.store()?;
    let mut filter = Filter::new(&ask.fields);
    let mut wanted = meant(&filter)?;
    let single = !wanted.ids.is_empty();
    if !single {
        // What is settled after this is not counted, and so not meant; and two hours ago is
        // another time when the form is sent.
        wanted.settled_before = Some(ask.now);
        filter.counted = Some(times::exact(ask.now));
        filter.since = wanted.since.map(times::exact);
        filter.until = wanted.until.map(times::exact);
    }
    filter.state = None;
    let counted = store
        .change(move |editor, watch| count(editor, &wanted, action, watch))
        .await?;
    let Changed::Done(counted) = counted else {
        return Err(Trouble::unavailable(
            "That takes too long",
            "The store has too many deliveries to count at once. Narrow the filter, or use `servo-webhooks replay` and `forget`.",
        ));
    };
    let title = match action {
        Action::Forget => "Forget",
        _ => "Replay",
    };
    let back = match single {
        true => ask.link(
            "/delivery",
            &[("id", filter.delivery.clone().unwrap_or_default())],
        ),
        false => ask.link("/dead-letters", &Filter::new(&ask.fields).pairs()),
    };
    let main = html! {
        p { (said(action, counted, single)) }
        @if !single && filter.is_narrow() { (facts(&chosen(&filter))) }
        div class="actions" {
            @if counted.deliveries > 0 {
                form class="inline" method="post" action=(action.path()) {
                    (ask.signed(action.path(), &filter.pairs()))
                    button class=[(action == Action::Forget).then_some("grave")] {
                        (title) " " (text::count(counted.deliveries, "delivery", "deliveries"))
                    }
                }
            }
            a href=(back) { "Back" }
        }
    };
    Ok(View {
        title: title.to_owned(),
        part: "/dead-letters",
        main,
        updates: None,
    })
}

fn count(
    editor: &mut Editor,
    wanted: &DeliveryFilter,
    action: Action,
    watch: Watch<'_>,
) -> Result<Replayed, servo_webhooks_store::StoreError> {
    if action == Action::Forget {
        let deliveries = editor.forget(wanted, times::now(), true, watch)?;
        return Ok(Replayed {
            deliveries,
            without_body: 0,
        });
    }
    let replay = Replay {
        now: times::now(),
        rate: None,
        new_id: None,
        dry_run: true,
    };
    editor.replay(wanted, &replay, watch)
}

fn said(action: Action, counted: Replayed, single: bool) -> Markup {
    let deliveries = text::count(counted.deliveries, "delivery", "deliveries");
    html! {
        @match (counted.deliveries, action, single) {
            (0, _, true) => "Nothing is left to do: it waits, was forgotten, or its body is not kept.",
            (0, _, false) => "No dead letter fits.",
            (_, Action::Forget, true) => "Its body and its answers are removed. If it waits, it is not sent.",
            (_, Action::Forget, false) => { (deliveries) " will be forgotten: bodies and answers are removed, and they cannot be replayed any more." },
            (_, _, true) => "It is sent again, with all attempts and all patience.",
            (_, _, false) => { (deliveries) " will be sent again, with all attempts and all patience." },
        }
        @if counted.without_body > 0 {
            " " (text::count(counted.without_body, "other has", "others have")) " no body and cannot be sent."
        }
    }
}

fn chosen(filter: &Filter) -> Vec<(&'static str, Markup)> {
    let names = [
        ("webhook", "Webhook"),
        ("event", "Event"),
        ("id", "Id"),
        ("since", "Accepted since"),
        ("until", "Accepted before"),
        ("counted", "Failed before"),
    ];
    let pairs = filter.pairs();
    names
        .iter()
        .filter_map(|(name, label)| {
            let (_, value) = pairs.iter().find(|(known, _)| known == name)?;
            Some((*label, text::other(value)))
        })
        .collect()
}
