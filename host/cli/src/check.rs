//! `check`: all problems of a configuration at once.

use super::args::CheckCommand;
use super::exit::{Exit, Failure};
use super::{color, json, notice, setup, stdio};
use serde_json::json;
use servo_webhooks::{LoadMode, Problems, Severity};
use std::collections::BTreeSet;
use std::io::Write;

/// Runs the command.
pub fn run(command: &CheckCommand) -> Result<Exit, Failure> {
    let mut config = command.config.clone();
    if let Some(file) = &command.file {
        config.config.clone_from(file);
    }
    let connector = setup::connector(&config.component)?;
    let options = setup::load_options(&config, LoadMode::Inspect)?;
    let allow = setup::options(&command.network)?.allow;
    let read = setup::read(&connector, &config, &options);
    let (count, problems) = match read {
        Ok(configuration) => {
            let problems = match &command.store {
                None => configuration.inspect(&allow),
                Some(_) => configuration.inspect_with_store(&allow),
            };
            let problems = problems.map_err(Failure::unusable)?;
            (configuration.webhooks().len(), problems)
        }
        Err(error) => {
            let problems = error.into_problems();
            (0, problems.map_err(|error| setup::failure(&config, error))?)
        }
    };
    let problems = if command.strict {
        problems.strict()
    } else {
        problems
    };
    let valid = !problems.has_errors();
    if command.json {
        return report(valid, count, &problems);
    }
    if !valid {
        notice::problems(&problems);
        notice::sum(&counted(&problems));
        if command.strict {
            notice::hint("with --strict a warning is an error");
        }
        return Ok(Exit::Unusable);
    }
    if !problems.is_empty() {
        notice::problems(&problems);
    }
    let webhooks = if count == 1 { "webhook" } else { "webhooks" };
    writeln!(
        stdio::output(),
        "{} {count} {webhooks}, {}",
        color::good("ok:"),
        counted(&problems)
    )?;
    Ok(Exit::Done)
}

/// How many errors and warnings there are; what is said of several places is one.
fn counted(problems: &Problems) -> String {
    let of = |severity: Severity, what: &str| {
        let own = problems.iter().filter(|one| one.severity == severity);
        let distinct: BTreeSet<&str> = own.map(|one| &*one.message).collect();
        match distinct.len() {
            0 => None,
            1 => Some(format!("1 {what}")),
            count => Some(format!("{count} {what}s")),
        }
    };
    let counts = [
        of(Severity::Error, "error"),
        of(Severity::Warning, "warning"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    match counts.is_empty() {
        true => "no problems".to_owned(),
        false => counts.join(", "),
    }
}

fn report(valid: bool, webhooks: usize, problems: &Problems) -> Result<Exit, Failure> {
    let problems: Vec<_> = problems
        .iter()
        .map(servo_webhooks::Problem::to_json)
        .collect();
    let report = json!({"valid": valid, "webhooks": webhooks, "problems": problems});
    writeln!(stdio::output(), "{}", json::line(&report)?)?;
    Ok(if valid { Exit::Done } else { Exit::Unusable })
}
