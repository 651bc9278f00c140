//! The program `servo-webhooks`: the reference host on the command line. Results on
//! standard output, logs on standard error.

mod args;
mod assignment;
mod bad_lines;
mod check;
mod color;
mod columns;
mod completions;
mod component;
mod demo;
mod dry_run;
mod exit;
mod explain;
mod failed;
mod generate;
mod input;
mod json;
mod keys;
mod limits;
mod lines;
mod list;
mod listen;
mod log_format;
mod logging;
mod nearby;
mod notice;
mod observe;
mod openapi;
mod output;
mod page;
mod progress;
mod recorder;
mod records;
mod reload;
mod request;
mod run;
mod schema;
mod serve;
mod setup;
mod show;
mod signals;
mod small_server;
mod source;
mod stdio;
mod store;
mod stored;
mod submitted;
mod table;
mod tally;
mod top;
mod trigger;
mod units;
mod unread_outcomes;
mod variables;
mod verify;
mod webhook_details;

use args::Command;
use exit::{Exit, Failure};
use mimalloc::MiMalloc;
use rules::sanitize::sanitize;
use servo_webhooks::__internal::connector::REFUSED;
use servo_webhooks::{Compiler, OptionNames};
use signals::Hangup;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use variables::Rejected;

/// A tenth of a delivery went into the system's allocator. Without huge pages, which took
/// 11 MB more and saved no time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What errors of the library say of what is to be changed.
fn name_options() {
    let mut names = OptionNames::default();
    names.allow = "allow it with --allow {} (or SERVO_WEBHOOKS_ALLOW)";
    names.allow_name = "--allow {}";
    names.ca_file = "--ca-file";
    names.source = "use --source";
    names.configuration = "`servo-webhooks generate` prints a configuration to start from";
    // There are no others.
    let _ = names.install();
}

/// Lines that are shown of what is wrong with the arguments.
const MOST_LINES: usize = 1000;

/// The time in which standard error may take nothing, at the end.
const LAST_WORDS: Duration = Duration::from_millis(250);

fn main() -> ExitCode {
    notice::say_panics();
    let given: Vec<_> = std::env::args_os().collect();
    let arguments = match variables::parse(&given, &|name| std::env::var_os(name)) {
        Ok(arguments) => arguments,
        Err(Rejected::Arguments(error)) => return usage(error),
        Err(Rejected::Variable(why)) => {
            log_format::expect(std::env::args_os());
            return exit::report(Err(Failure::unusable(anyhow::anyhow!(why)))).into();
        }
    };
    if let Command::Compile { service } = arguments.command {
        // Whoever called it reads its words, and it has limits to set before all else.
        return compile(service);
    }
    logging::start(&arguments.logging);
    name_options();
    if let Err(error) = prepare(&arguments.command) {
        return exit::report(Err(error.into())).into();
    }
    warn_of_variables(&arguments.command);
    let done = match arguments.command {
        Command::Run(command) => run::run(&command),
        Command::Serve(command) => serve::run(&command),
        Command::List(command) => list::run(&command),
        Command::Show(command) => show::run(&command),
        Command::Deliveries(command) => store::deliveries(&command),
        Command::Decisions(command) => store::decisions(&command),
        Command::Replay(command) => store::replay(&command),
        Command::Forget(command) => store::forget(&command),
        Command::Store(command) => store::run(&command),
        Command::Top(command) => top::run(&command),
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
        Command::Completions { shell } => completions::run(shell),
    };
    let exit = exit::report(done);
    // Whoever reads the log has had a while.
    stdio::settle(LAST_WORDS);
    exit.into()
}

/// Warns of unknown variables. Where there is a configuration it is read first, since it
/// may refer to them.
fn warn_of_variables(command: &Command) {
    match command {
        Command::Serve(command) if command.hosted.handler.is_some() => {
            variables::unknown::warn_of_unknown(serve::named(&command.hosted.env));
        }
        Command::Run(_)
        | Command::Serve(_)
        | Command::List(_)
        | Command::Schema(_)
        | Command::Explain(_)
        | Command::Trigger(_)
        | Command::Check(_) => {}
        _ => variables::unknown::warn_of_unknown([]),
    }
}

/// What goes on working is ended by signals, and by nobody's reader.
fn prepare(command: &Command) -> std::io::Result<()> {
    let (interrupted, hangup) = match command {
        Command::Run(command) if !command.dry_run => (Exit::Failed, Hangup::Reloads),
        Command::Serve(_) => (Exit::Done, Hangup::Reloads),
        Command::Listen(_) | Command::Top(_) => (Exit::Done, Hangup::Ends),
        Command::Deliveries(command) if command.listing.follow => (Exit::Done, Hangup::Ends),
        Command::Decisions(command) if command.listing.follow => (Exit::Done, Hangup::Ends),
        // A change that is begun is ended between two of its steps.
        Command::Replay(_) | Command::Forget(_) => (Exit::Failed, Hangup::Ends),
        Command::Store(command) if command.changes() => (Exit::Failed, Hangup::Ends),
        _ => {
            signals::end_first_process();
            return Ok(());
        }
    };
    stdio::detach_error()?;
    signals::catch(interrupted, hangup);
    Ok(())
}

/// Help and version, or what is wrong with the arguments.
fn usage(error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let shown = error.render().ansi().to_string();
        let written = stdio::output().write_all(shown.as_bytes());
        return exit::report(written.map(|()| Exit::Done).map_err(Failure::from)).into();
    }
    // What is wrong is said with arguments that do nothing to a terminal, and so without
    // colours.
    let arguments = std::env::args_os().map(|argument| sanitize(&argument.to_string_lossy()));
    let shown = variables::command().try_get_matches_from(arguments);
    let shown = shown.err().unwrap_or(error);
    log_format::expect(std::env::args_os());
    notice::usage(&shown.render().to_string(), MOST_LINES);
    Exit::Unusable.into()
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
