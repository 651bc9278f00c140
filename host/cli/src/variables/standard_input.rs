//! Standard input, which is read once.

use super::Rejected;
use clap::{Arg, ArgMatches};
use std::ffi::OsStr;

/// Standard input is read by one option alone.
pub fn one_standard_input(matches: &ArgMatches) -> Result<(), Rejected> {
    let Some((command, matches)) = matches.subcommand() else {
        return Ok(());
    };
    let known = super::command();
    let Some(known) = known.find_subcommand(command) else {
        return Ok(());
    };
    let reads = |arg: &&Arg| {
        let id = arg.get_id().as_str();
        let raw = matches.try_get_raw(id).ok().flatten();
        raw.is_some_and(|mut values| values.any(|value| value == OsStr::new("-")))
    };
    let readers: Vec<String> = known
        .get_arguments()
        .filter(reads)
        .map(|arg| match arg.get_long() {
            Some(long) => format!("--{long}"),
            None => arg.get_id().as_str().to_ascii_uppercase(),
        })
        .collect();
    if readers.len() < 2 {
        return Ok(());
    }
    let readers = readers.join(" and ");
    Err(Rejected::Variable(format!(
        "{readers} cannot both be standard input (-): name a file for one of them"
    )))
}
