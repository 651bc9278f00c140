//! `generate`: a configuration to start from.

use super::args::GenerateCommand;
use super::exit::{Exit, Failure};
use super::stdio;
use anyhow::Context;
use std::fs::File;
use std::io::Write;

const STARTER: &str = include_str!("starter.yaml");

/// Runs the command.
pub fn run(command: &GenerateCommand) -> Result<Exit, Failure> {
    let Some(path) = &command.output else {
        stdio::output().write_all(STARTER.as_bytes())?;
        return Ok(Exit::Done);
    };
    // Somebody's configuration is never written over.
    File::create_new(path)
        .and_then(|mut file| file.write_all(STARTER.as_bytes()))
        .with_context(|| path.display().to_string())
        .map_err(Failure::unusable)?;
    Ok(Exit::Done)
}
