//! `forget`: what waits is not sent any more, and bodies are removed.

use crate::args::{ForgetCommand, before_now};
use crate::exit::{Exit, Failure};
use crate::progress::Bar;
use crate::store::opening::{self, failed};
use crate::store::replay::number;
use crate::store::{filter, owner, times};
use crate::{json, signals, stdio};
use anyhow::anyhow;
use serde_json::json;
use servo_webhooks_store::{State, StoreError};
use std::io::Write;

/// Runs the command.
pub fn run(command: &ForgetCommand) -> Result<Exit, Failure> {
    let directory = &command.store.store;
    let mut editor = opening::editor(directory)?;
    let mut filter = filter::of(&command.filters);
    filter.until = filter.until.or(command.older_than.map(before_now));
    if command.ids.is_empty() {
        if !command.all && !filter::is_narrow(&filter) {
            let why = anyhow!("nothing says which deliveries are to be forgotten");
            return Err(Failure::unusable(why).with_hint(
                "name ids or a filter such as --older-than, or use --all for all dead letters",
            ));
        }
        if filter.states.is_empty() {
            filter.states = vec![State::Failed];
        }
    } else {
        filter.ids = filter::named(&opening::reader(directory)?, &command.ids)?;
    }
    signals::works();
    let forgotten = {
        let mut bar = Bar::new("forgetting");
        editor.forget(&filter, times::now(), command.dry_run, &mut |progress| {
            bar.step(progress)
        })
    };
    let forgotten = forgotten.map_err(|error| match error {
        StoreError::Cancelled => {
            failed(error).with_hint("what was forgotten by then is not sent again")
        }
        error => failed(error),
    })?;
    tell(command, forgotten)?;
    Ok(Exit::Done)
}

fn tell(command: &ForgetCommand, forgotten: u64) -> Result<(), Failure> {
    let owner = owner::of(&command.store.store)?;
    let mut out = stdio::output();
    if command.json {
        let record = json!({
            "deliveries": forgotten,
            "dry_run": command.dry_run,
            "process": owner::to_json(owner.as_ref()),
        });
        writeln!(out, "{}", json::line(&record)?)?;
        return Ok(());
    }
    match (forgotten, command.dry_run) {
        (0, _) => writeln!(out, "nothing to forget")?,
        (_, true) => writeln!(out, "{} would be forgotten", number(forgotten))?,
        (_, false) => {
            let told = match &owner {
                Some(owner) => format!(
                    "; {} has the store and does not send what waited",
                    owner::process(owner)
                ),
                None => "; the next `run` or `serve` does not send what waited".to_owned(),
            };
            writeln!(out, "{} forgotten{told}", number(forgotten))?;
        }
    }
    Ok(())
}
