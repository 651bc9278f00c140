//! Files and pipes that the program is given, whatever they are.

mod files;
mod pipes;

use crate::support::program::Program;
use std::process::Command;

const WEBHOOKS: &str = "- {name: hook, events: [after:measure, before:adjust], url: 'http://127.0.0.1:9/', secret: s}\n";

fn fifo(program: &Program, name: &str) {
    let made = Command::new("mkfifo").arg(program.path(name)).status();
    assert!(made.unwrap().success());
}
