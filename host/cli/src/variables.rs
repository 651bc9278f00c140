//! Every option has a variable too: `--max-waiting` is `SERVO_WEBHOOKS_MAX_WAITING`.
//!
//! A variable fills in what the command line leaves out, as a default does: it never
//! contradicts what was written there, and no message shows its value, which may be secret.

mod standard_input;
pub mod unknown;

use super::args::Arguments;
use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};
use standard_input::is_read_once;
use std::error::Error;
use std::ffi::OsString;

/// How they all begin.
const PREFIX: &str = "SERVO_WEBHOOKS_";

/// A variable that had its name before there was the rule.
const LOG: (&str, &str) = ("log-level", "SERVO_WEBHOOKS_LOG");

/// Options that have none. A secret is given by reference alone: its variable would be
/// taken for the secret itself, and configurations refer to one of that name. The others say
/// what one call is about; set for all calls they would leave out webhooks that are to be
/// asked, or be taken for what the build reads.
const WITHOUT: [&str; 22] = [
    "help",
    "version",
    "secret",
    "webhook",
    "event",
    "set",
    "dry-run",
    "service",
    // Of what asks and changes a store.
    "state",
    "since",
    "until",
    "id",
    "delivery",
    "limit",
    "follow",
    "cancelled",
    "failed-open",
    "all",
    "older-than",
    "rate",
    "new-id",
    "bodies",
];

/// An option of `serve` whose variable is not for `listen` too, which asks for no token.
const OF_SERVE: (&str, &str) = ("listen", "bind");

/// Options that others need beside them.
const NEEDED: [&str; 5] = ["component", "handler", "dry_run", "print", "store"];

const HELP: &str = "Every option can also be set by a variable: SERVO_WEBHOOKS_LOG_FORMAT=json is --log-format json.";

/// Why there are no arguments.
#[derive(Debug)]
pub enum Rejected {
    /// What was written, or help that was asked for.
    Arguments(clap::Error),
    /// What is in a variable.
    Variable(String),
}

/// All commands and options, without the variables.
pub fn command() -> Command {
    with_help(readable(Arguments::command()))
}

/// With what its subcommands say beside their options.
fn with_help(command: Command) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |command| {
            let command = with_help(command);
            // In `serve` that name was the handler's.
            let is_serve = command.get_name() == "serve";
            let command = if command.get_arguments().next().is_some() {
                command.after_help(HELP)
            } else {
                command
            };
            let command = readable(command);
            if is_serve {
                return command;
            }
            command.mut_args(|arg| match arg.get_id().as_str() {
                "component" => arg.alias("component"),
                "component_digest" => arg.alias("component-digest"),
                _ => arg,
            })
        })
    })
}

/// Words are taken in any case.
fn readable(command: Command) -> Command {
    command.mut_args(|arg| {
        let takes = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        let has_words = takes && !arg.get_possible_values().is_empty();
        arg.ignore_case(has_words)
    })
}

/// Reads what was written, and what the variables say beside it.
pub fn parse(
    given: &[OsString],
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Arguments, Rejected> {
    let bare = command().try_get_matches_from(given);
    let lacking = match &bare {
        Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => None,
        _ => Some(()),
    };
    let bare = match (bare, lacking) {
        (Err(error), None) => return Err(Rejected::Arguments(error)),
        (bare, _) => bare,
    };
    let written = match &bare {
        Ok(matches) => matches.clone(),
        Err(_) => command()
            .ignore_errors(true)
            .try_get_matches_from(given)
            .map_err(Rejected::Arguments)?,
    };
    let filled = fill_all(command(), &written, variable)?;
    match (filled.try_get_matches_from(given), bare) {
        (Ok(matches), _) => {
            is_read_once(&command(), &matches).map_err(Rejected::Variable)?;
            Arguments::from_arg_matches(&matches).map_err(Rejected::Arguments)
        }
        // Without anything of the variables in it.
        (Err(error), Err(bare)) if error.kind() == bare.kind() => Err(Rejected::Arguments(bare)),
        (Err(error), _) => Err(Rejected::Variable(wrong(&error))),
    }
}

/// Makes defaults of the variables, for a command and the subcommand that was written.
fn fill_all(
    command: Command,
    written: &ArgMatches,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Command, Rejected> {
    let filled = fill(command, written, variable)?;
    let Some((name, written)) = written.subcommand() else {
        return Ok(filled);
    };
    let mut failed = None;
    let filled = filled.mut_subcommand(name, |command| {
        match fill_all(command.clone(), written, variable) {
            Ok(filled) => filled,
            Err(error) => {
                failed = Some(error);
                command
            }
        }
    });
    failed.map_or(Ok(filled), Err)
}

/// Makes defaults of the variables, for what is not written and does not exclude it.
fn fill(
    mut command: Command,
    written: &ArgMatches,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Command, Rejected> {
    let is_written = |arg: &Arg| {
        let id = arg.get_id().as_str();
        let known = written.try_contains_id(id).is_ok();
        known && written.value_source(id) == Some(ValueSource::CommandLine)
    };
    let args: Vec<Arg> = command.get_arguments().cloned().collect();
    let excludes = |one: &Arg, other: &Arg| {
        let excluded = command.get_arg_conflicts_with(one);
        excluded.iter().any(|arg| arg.get_id() == other.get_id())
    };
    let mut filled = Vec::new();
    for arg in args.iter().filter(|arg| !is_written(arg)) {
        let rivals: Vec<&Arg> = args
            .iter()
            .filter(|other| excludes(arg, other) || excludes(other, arg))
            .collect();
        if rivals.iter().any(|rival| is_written(rival)) {
            continue;
        }
        if OF_SERVE == (command.get_name(), arg.get_long().unwrap_or_default()) {
            continue;
        }
        if let Some((name, value)) = value(arg, variable)
            && let Some(value) = meant(arg, &name, value)?
        {
            let rivals = rivals.iter().map(|rival| rival.get_id().clone());
            filled.push((arg.get_id().clone(), value, rivals.collect::<Vec<_>>()));
        }
    }
    for (id, value, rivals) in filled {
        if NEEDED.contains(&id.as_str()) {
            command = command.mut_args(|arg| arg.requires(Resettable::Reset));
        }
        for rival in rivals {
            command = command.mut_arg(rival, |arg| arg.required_unless_present(Resettable::Reset));
        }
        command = command.mut_arg(id, |arg| {
            let arg = arg.required(false).default_value(value);
            arg.required_unless_present(Resettable::Reset)
        });
    }
    Ok(command)
}

/// What is in the variable of an option; an empty one is none.
fn value(arg: &Arg, variable: &dyn Fn(&str) -> Option<OsString>) -> Option<(String, OsString)> {
    names(arg).into_iter().find_map(|name| {
        let value = variable(&name).filter(|value| !value.is_empty())?;
        Some((name, value))
    })
}

/// The variables of an option, of which the first that is set counts.
fn names(arg: &Arg) -> Vec<String> {
    let Some(long) = arg.get_long() else {
        return Vec::new();
    };
    if arg.is_hide_set() || WITHOUT.contains(&long) {
        return Vec::new();
    }
    let mut names = vec![PREFIX.to_owned() + &long.to_ascii_uppercase().replace('-', "_")];
    if long == LOG.0 {
        names.push(LOG.1.to_owned());
    }
    names
}

/// The value as the option takes it: of a flag whether it is set.
fn meant(arg: &Arg, name: &str, value: OsString) -> Result<Option<OsString>, Rejected> {
    if !matches!(arg.get_action(), ArgAction::SetTrue) {
        return Ok(Some(value));
    }
    let word = value.to_str().map(str::to_ascii_lowercase);
    match word.as_deref() {
        Some("1" | "true" | "yes" | "on") => Ok(Some("true".into())),
        Some("0" | "false" | "no" | "off") => Ok(None),
        _ => Err(Rejected::Variable(format!("{name}: must be true or false"))),
    }
}

/// What is wrong with a variable, without its value.
fn wrong(error: &clap::Error) -> String {
    let option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) => option.split(' ').next().unwrap_or_default(),
        _ => "",
    };
    let command = self::command();
    let args = all(&command);
    let long = option.trim_start_matches('-');
    let arg = args.iter().find(|arg| arg.get_long() == Some(long));
    let set = arg.map(|arg| names(arg)).unwrap_or_default();
    let name = set
        .iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let name = name.or(set.first()).map_or("a variable", String::as_str);
    let why = match (error.kind(), error.get(ContextKind::ValidValue)) {
        (_, Some(ContextValue::Strings(words))) if !words.is_empty() => {
            format!("must be one of {}", words.join(", "))
        }
        (ErrorKind::InvalidUtf8, _) => "is not UTF-8".to_owned(),
        _ => match error.source() {
            Some(why) => why.to_string(),
            None => "cannot be used".to_owned(),
        },
    };
    format!("{name}: {why}")
}

/// The options of all commands.
fn all(command: &Command) -> Vec<&Arg> {
    let below = command.get_subcommands().flat_map(all);
    below.chain(command.get_arguments()).collect()
}

#[cfg(test)]
mod tests;
