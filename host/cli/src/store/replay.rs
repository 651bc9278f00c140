//! `replay`: deliveries are sent again.

use crate::args::ReplayCommand;
use crate::exit::{Exit, Failure};
use crate::progress::Bar;
use crate::store::opening::{self, failed};
use crate::store::{filter, owner, times};
use crate::{json, notice, signals, stdio};
use anyhow::anyhow;
use serde_json::json;
use servo_webhooks_store::{DeliveryFilter, Replay, Replayed, State, Uuid};
use std::io::Write;

/// Runs the command.
pub fn run(command: &ReplayCommand) -> Result<Exit, Failure> {
    let directory = &command.store.store;
    let mut editor = opening::editor(directory)?;
    let mut filter = filter::of(&command.filters);
    if command.ids.is_empty() {
        if !command.all && !filter::is_narrow(&filter) {
            let why = anyhow!("nothing says which deliveries are to be sent again");
            return Err(Failure::unusable(why).with_hint(
                "name ids or a filter such as --webhook, or use --all for all dead letters",
            ));
        }
        if filter.states.is_empty() {
            filter.states = vec![State::Failed];
        }
    } else {
        filter.ids = filter::named(&opening::reader(directory)?, &command.ids)?;
    }
    let (replay_filter, named) = (&filter, filter.ids.len() as u64);
    let replay = Replay {
        now: times::now(),
        rate: command.rate,
        new_id: command.new_id.then_some(&Uuid::now_v7),
        dry_run: command.dry_run,
    };
    signals::works();
    let replayed = {
        let mut bar = Bar::new("replaying");
        editor.replay(replay_filter, &replay, &mut |progress| bar.step(progress))
    };
    let replayed = replayed.map_err(|error| {
        let stopped = matches!(error, servo_webhooks_store::StoreError::Cancelled);
        match stopped {
            true => failed(error).with_hint("what was replayed by then is sent again"),
            false => failed(error),
        }
    })?;
    tell(command, &filter, replayed)?;
    // Of what was named each is to be sent; what waits already will be.
    let lost = named > 0 && replayed.without_body > 0;
    Ok(if lost { Exit::Failed } else { Exit::Done })
}

fn tell(
    command: &ReplayCommand,
    filter: &DeliveryFilter,
    replayed: Replayed,
) -> Result<(), Failure> {
    let Replayed {
        deliveries,
        without_body,
    } = replayed;
    let owner = owner::of(&command.store.store)?;
    let mut out = stdio::output();
    if command.json {
        let record = json!({
            "deliveries": deliveries,
            "without_body": without_body,
            "dry_run": command.dry_run,
            "process": owner::to_json(owner.as_ref()),
        });
        writeln!(out, "{}", json::line(&record)?)?;
        return Ok(());
    }
    let named = filter.ids.len() as u64;
    let waiting = named.saturating_sub(deliveries + without_body);
    if waiting > 0 {
        notice::hint(&format!("{} already waiting", count(waiting)));
    }
    if without_body > 0 {
        notice::warning(&format!(
            "{} without a body and cannot be sent again; --keep-bodies of `run` and `serve` keeps those of delivered events",
            count(without_body)
        ));
    }
    match (deliveries, command.dry_run) {
        (0, _) => writeln!(out, "nothing to send again")?,
        (_, true) => writeln!(out, "{} would be sent again", number(deliveries))?,
        (_, false) => writeln!(
            out,
            "{} again; {}",
            match deliveries {
                1 => "1 delivery waits".to_owned(),
                more => format!("{more} deliveries wait"),
            },
            owner::sends(owner.as_ref(), deliveries)
        )?,
    }
    Ok(())
}

/// `1 delivery`, `2 deliveries`.
pub fn number(deliveries: u64) -> String {
    match deliveries {
        1 => "1 delivery".to_owned(),
        more => format!("{more} deliveries"),
    }
}

fn count(deliveries: u64) -> String {
    match deliveries {
        1 => "1 delivery is".to_owned(),
        more => format!("{more} deliveries are"),
    }
}
