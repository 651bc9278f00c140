//! The command line: results on standard output, logs on standard error.

mod args;
mod check;
mod color;
mod component;
mod demo;
mod dry_run;
mod exit;
mod explain;
mod generate;
mod keys;
mod lines;
mod list;
mod listen;
mod logging;
mod openapi;
mod output;
mod progress;
mod reload;
mod request;
mod run;
mod schema;
mod serve;
mod server;
mod setup;
mod signals;
mod trigger;
mod verify;

use args::{Arguments, Command};
use clap::{CommandFactory, Parser};
use exit::{Exit, Failure};
use servo_webhooks::connector::{Compiler, REFUSED};
use std::io::Write;
use std::process::ExitCode;

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::Compile { service } = arguments.command {
        // Whoever called it reads its words, and it has limits to set before all else.
        return compile(service);
    }
    logging::start(&arguments.logging);
    let done = match arguments.command {
        Command::Run(command) => run::run(&command),
        Command::Serve(command) => serve::run(&command),
        Command::List(command) => list::run(&command),
        Command::Schema(command) => schema::run(&command),
        Command::Explain(command) => explain::run(&command),
        Command::Trigger(command) => trigger::run(&command),
        Command::Listen(command) => listen::run(&command),
        Command::Verify(command) => verify::run(&command),
        Command::Generate(command) => generate::run(&command),
        Command::Check(command) => check::run(&command),
        Command::Component(command) => component::run(&command),
        Command::Compile { service } => return compile(service),
        Command::Demo(command) => demo::run(&command),
        Command::Completions { shell } => completions(shell),
    };
    exit::report(done).into()
}

fn compile(service: bool) -> ExitCode {
    let compiled = if service {
        Compiler::serve_service()
    } else {
        Compiler::serve()
    };
    match compiled {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{REFUSED}{why}");
            ExitCode::FAILURE
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    // Written to memory first: the generator panics where a pipe is closed.
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(shell, &mut command, "servo-webhooks", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}
