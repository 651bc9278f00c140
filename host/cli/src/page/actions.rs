//! What a visitor may change: each change is logged with who made it, and followed by a view.

use super::filter::Filter;
use super::log;
use super::page_request::PageRequest;
use super::state::State;
use super::stored::Changed;
use super::text;
use super::trouble::Trouble;
use crate::store::filter::uuid;
use crate::store::times;
use servo_webhooks_store::{DeliveryFilter, Editor, Replay, State as Standing, Watch};

/// A change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Pause,
    Resume,
    Replay,
    Forget,
}

impl Action {
    /// Of its form.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Pause => "/pause",
            Self::Resume => "/resume",
            Self::Replay => "/replay",
            Self::Forget => "/forget",
        }
    }
}

/// Makes a change; says where to go on.
pub async fn act(state: &State, ask: &PageRequest<'_>, action: Action) -> Result<String, Trouble> {
    match action {
        Action::Pause => switch(state, ask, true).await,
        Action::Resume => switch(state, ask, false).await,
        Action::Replay | Action::Forget => change(state, ask, action).await,
    }
}

async fn switch(state: &State, ask: &PageRequest<'_>, paused: bool) -> Result<String, Trouble> {
    let name = ask.fields.exact("webhook").unwrap_or_default();
    let changed = match paused {
        true => state.webhooks.pause(name),
        false => state.webhooks.resume(name),
    };
    let changed = changed.map_err(|why| {
        let why = format!("{}.", text::line(&why.to_string()));
        Trouble::missing("There is no such webhook", why)
    })?;
    state.snapshots.forget().await;
    let notice = match (changed, paused) {
        (false, _) => "unchanged",
        (true, true) => "paused",
        (true, false) => "resumed",
    };
    if changed {
        log::switched(&ask.visitor, notice, name);
    }
    let fields = [("name", name.to_owned()), ("notice", notice.to_owned())];
    Ok(ask.link("/webhook", &fields))
}

/// Which deliveries a form means: one, or the dead letters that a filter means.
pub fn meant(filter: &Filter) -> Result<DeliveryFilter, Trouble> {
    if let Some(id) = &filter.delivery {
        let id = uuid(id).ok_or_else(|| Trouble::unfit("That is no id of a delivery."))?;
        return Ok(DeliveryFilter {
            ids: vec![id],
            ..DeliveryFilter::default()
        });
    }
    let mut filter = Filter {
        state: None,
        before: None,
        ..filter.clone()
    }
    .deliveries()?;
    filter.states = vec![Standing::Failed];
    Ok(filter)
}

async fn change(state: &State, ask: &PageRequest<'_>, action: Action) -> Result<String, Trouble> {
    let store = state.history.store()?;
    let filter = Filter::new(&ask.fields);
    let wanted = meant(&filter)?;
    let one = wanted.ids.first().copied();
    if one.is_none() && wanted.settled_before.is_none() {
        // What was counted is what is meant: its form says when that was.
        return Err(Trouble::unfit(
            "Go back and let the deliveries be counted first.",
        ));
    }
    let done = match action {
        Action::Forget => {
            let forget = move |editor: &mut Editor, watch: Watch<'_>| {
                editor.forget(&wanted, times::now(), false, watch)
            };
            store.change(forget).await?
        }
        _ => {
            let replay = move |editor: &mut Editor, watch: Watch<'_>| {
                let replay = Replay {
                    now: times::now(),
                    rate: None,
                    new_id: None,
                    dry_run: false,
                };
                Ok(editor.replay(&wanted, &replay, watch)?.deliveries)
            };
            store.change(replay).await?
        }
    };
    let notice = match action {
        Action::Forget => "forgotten",
        _ => "replayed",
    };
    let pairs = filter.pairs();
    let what: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let count = match done {
        Changed::Done(count) => Some(count),
        Changed::Partly => None,
    };
    log::changed(&ask.visitor, notice, &what.join(" "), count);
    let mut fields = vec![match count {
        Some(_) => ("notice", notice.to_owned()),
        None => ("notice", "partly".to_owned()),
    }];
    fields.extend(count.map(|count| ("count", count.to_string())));
    Ok(match one {
        Some(id) => {
            fields.insert(0, ("id", id.to_string()));
            ask.link("/delivery", &fields)
        }
        None => {
            let kept = pairs.into_iter().filter(|(name, _)| *name != "counted");
            fields.splice(0..0, kept);
            ask.link("/dead-letters", &fields)
        }
    })
}
