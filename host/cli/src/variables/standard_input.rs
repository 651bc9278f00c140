//! Standard input, which is read once.

use clap::{Arg, ArgMatches, Command};
use std::ffi::OsStr;

/// Whether it is read by one option alone of what was written; else says what to do.
pub fn is_read_once(known: &Command, matches: &ArgMatches) -> Result<(), String> {
    let Some((command, matches)) = matches.subcommand() else {
        return Ok(());
    };
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
    Err(format!(
        "{readers} cannot both be standard input (-): name a file for one of them"
    ))
}
