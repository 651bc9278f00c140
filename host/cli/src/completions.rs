//! `completions`: a script for a shell.

use super::args::Arguments;
use super::exit::{Exit, Failure};
use super::stdio;
use clap::builder::PossibleValue;
use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;
use std::io::Write;

const NAME: &str = "servo-webhooks";

/// For bash the script is written for a name without a hyphen: clap_complete takes one for a
/// step from command to subcommand in one half of what it writes and not in the other, so
/// that nothing would be completed after a subcommand
/// (<https://github.com/clap-rs/clap/issues/6421>).
const NAME_WITHOUT_HYPHEN: &str = "servo_webhooks";

/// Runs the command.
pub fn run(shell: Shell) -> Result<Exit, Failure> {
    stdio::output().write_all(script(shell).as_bytes())?;
    Ok(Exit::Done)
}

fn script(shell: Shell) -> String {
    let mut command = visible(&Arguments::command());
    // Written to memory first: the generator panics where a pipe is closed.
    let mut script = Vec::new();
    let name = if shell == Shell::Bash {
        NAME_WITHOUT_HYPHEN
    } else {
        NAME
    };
    clap_complete::generate(shell, &mut command, name, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Fish {
        return script + &values_for_fish(&command);
    }
    if shell != Shell::Bash {
        return script;
    }
    // What is completed has its own name: it ends the lines that say so.
    let mut named = String::with_capacity(script.len());
    for line in script.lines() {
        match line.strip_suffix(&format!(" {NAME_WITHOUT_HYPHEN}")) {
            Some(rest) if line.trim_start().starts_with("complete ") => {
                named.push_str(rest);
                named.push(' ');
                named.push_str(NAME);
            }
            _ => named.push_str(line),
        }
        named.push('\n');
    }
    named
}

/// The values of arguments without an option, which clap_complete leaves out for fish.
fn values_for_fish(command: &Command) -> String {
    let mut lines = String::new();
    for subcommand in command.get_subcommands() {
        for argument in subcommand.get_positionals() {
            let values = argument.get_possible_values();
            let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
            if !values.is_empty() {
                let (name, values) = (subcommand.get_name(), values.join(" "));
                lines.push_str(&format!(
                    "complete -c {NAME} -n \"__fish_{NAME_WITHOUT_HYPHEN}_using_subcommand {name}\" -f -a \"{values}\"\n"
                ));
            }
        }
    }
    lines
}

/// The command without what is hidden, which clap_complete offers all the same.
fn visible(command: &Command) -> Command {
    without_hidden(command)
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
}

/// What a command says of itself.
fn without_hidden(command: &Command) -> Command {
    let is_shown = |command: &&Command| !command.is_hide_set();
    let subcommands = command.get_subcommands().filter(is_shown);
    let shown = |argument: &&Arg| !argument.is_hide_set();
    // A name must live as long as the program, which ends when it has printed this.
    Command::new(&*command.get_name().to_owned().leak())
        .about(command.get_about().cloned().unwrap_or_default())
        .args(command.get_arguments().filter(shown).cloned())
        .subcommands(subcommands.map(without_hidden))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_step_of_bash_s_script_leads_somewhere() {
        let script = script(Shell::Bash);
        let steps = script.lines().filter_map(|line| {
            let step = line.trim().strip_prefix("cmd=\"")?;
            step.strip_suffix('"').filter(|step| !step.is_empty())
        });
        let steps: Vec<&str> = steps.collect();
        assert!(steps.len() > 10, "{steps:?}");
        for step in steps {
            assert!(script.contains(&format!("        {step})\n")), "{step}");
        }
        assert!(
            script.ends_with("-o default servo-webhooks\nfi\n"),
            "{script}"
        );
    }

    #[test]
    fn what_is_hidden_is_in_no_script() {
        for shell in [
            Shell::Bash,
            Shell::Zsh,
            Shell::Fish,
            Shell::Elvish,
            Shell::PowerShell,
        ] {
            let script = script(shell);
            assert!(script.contains("trigger"), "{shell}");
            let words = script.split(|char: char| !char.is_alphanumeric());
            assert_eq!(
                words.filter(|word| *word == "compile").count(),
                0,
                "{shell}"
            );
        }
    }

    #[test]
    fn neither_commands_nor_options_that_are_hidden_are_left() {
        let command = Command::new(NAME)
            .subcommand(Command::new("internal").hide(true))
            .subcommand(
                Command::new("listen")
                    .arg(Arg::new("bind").long("bind"))
                    .arg(
                        Arg::new("old")
                            .long("old")
                            .hide(true)
                            .conflicts_with("bind"),
                    ),
            );
        let visible = visible(&command);
        let names: Vec<&str> = visible.get_subcommands().map(Command::get_name).collect();
        assert_eq!(names, ["listen"]);
        let listen = visible.find_subcommand("listen").unwrap();
        let options: Vec<_> = listen.get_arguments().map(Arg::get_id).collect();
        assert_eq!(options, ["bind"]);
    }
}
