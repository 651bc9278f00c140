//! `store salvage`: what can be read of a damaged file comes into a store.

use crate::args::SalvageCommand;
use crate::exit::{Exit, Failure};
use crate::progress::Bar;
use crate::store::opening::{self, failed};
use crate::store::{owner, times};
use crate::{json, notice, signals, stdio};
use anyhow::anyhow;
use rules::sanitize::sanitize;
use serde_json::json;
use servo_webhooks_store::{Editor, OpenError, Salvaged};
use std::io::Write;

/// Runs the command: exit code 1 if something could not be read.
pub fn run(command: &SalvageCommand) -> Result<Exit, Failure> {
    let directory = &command.store.store;
    if let Err(error) = std::fs::metadata(&command.file) {
        let why = anyhow!("{}: {error}", command.file.display());
        return Err(Failure::unusable(why));
    }
    match servo_webhooks_store::owner(directory) {
        Ok(Some(owner)) => {
            return Err(opening::unopened(OpenError::InUse {
                directory: directory.clone(),
                pid: owner.pid,
                since: owner.since,
            }));
        }
        // It is made.
        Ok(None) | Err(OpenError::Missing { .. }) => {}
        Err(error) => return Err(opening::unopened(error)),
    }
    signals::works();
    let mut bar = Bar::new("salvaging");
    let salvaged = Editor::salvage(directory, &command.file, times::now(), &mut |progress| {
        bar.step(progress)
    });
    drop(bar);
    let salvaged = salvaged.map_err(failed)?;
    tell(command, &salvaged)?;
    let whole = salvaged.gaps == 0 && salvaged.without_body == 0;
    Ok(if whole { Exit::Done } else { Exit::Failed })
}

fn tell(command: &SalvageCommand, salvaged: &Salvaged) -> Result<(), Failure> {
    let mut out = stdio::output();
    if command.json {
        let record = json!({
            "waiting": salvaged.waiting,
            "dead_letters": salvaged.failed,
            "history": salvaged.history,
            "without_body": salvaged.without_body,
            "gaps": salvaged.gaps,
        });
        writeln!(out, "{}", json::line(&record)?)?;
        return Ok(());
    }
    writeln!(
        out,
        "saved {} waiting, {} dead letters and {} of history",
        salvaged.waiting, salvaged.failed, salvaged.history
    )?;
    if salvaged.waiting > 0 {
        notice::hint(&owner::sends(None, salvaged.waiting));
    }
    if salvaged.gaps > 0 {
        notice::warning(&sanitize(&format!(
            "{} stretches of {} could not be read",
            salvaged.gaps,
            command.file.display()
        )));
    }
    if salvaged.without_body > 0 {
        notice::warning(&format!(
            "{} deliveries lost their bodies: they are dead letters that cannot be sent again",
            salvaged.without_body
        ));
    }
    Ok(())
}
