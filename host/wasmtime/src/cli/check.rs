//! `check`: all problems of a configuration at once.

use super::args::CheckCommand;
use super::exit::{Exit, Failure};
use super::{color, json, setup, stdio};
use serde_json::json;
use servo_webhooks::{ConfigurationError, Problems, Purpose};
use std::io::Write;

/// Runs the command.
pub fn run(command: &CheckCommand) -> Result<Exit, Failure> {
    let connector = setup::connector(&command.config.component)?;
    let reading = setup::reading(&command.config, Purpose::Inspect)?;
    let read = setup::read(&connector, &command.config, &reading);
    if command.json {
        return match &read {
            Ok(configuration) => report(
                true,
                configuration.webhooks().len(),
                configuration.problems(),
            ),
            Err(ConfigurationError::Problems(problems)) => report(false, 0, problems),
            Err(_) => read
                .map(|_| Exit::Done)
                .map_err(|error| setup::failure(&command.config, error)),
        };
    }
    match read {
        Ok(configuration) => {
            if !configuration.problems().is_empty() {
                color::show_problems(configuration.problems());
            }
            let count = configuration.webhooks().len();
            let webhooks = if count == 1 { "webhook" } else { "webhooks" };
            writeln!(
                stdio::output(),
                "{} {count} {webhooks}, {}",
                color::good("ok:"),
                warnings(configuration.problems())
            )?;
            Ok(Exit::Done)
        }
        Err(error) => Err(setup::failure(&command.config, error)),
    }
}

fn warnings(problems: &Problems) -> String {
    match problems.len() {
        0 => "no problems".to_owned(),
        1 => "1 warning".to_owned(),
        count => format!("{count} warnings"),
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
