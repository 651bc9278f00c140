//! Other processes: this program starts itself again, to play one part.

use crate::{fatal_delivery, full, kills, locks_child, sync_errors};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

const PART: &str = "STORE_TEST_PART";
const DIRECTORY: &str = "STORE_TEST_DIRECTORY";

/// Another process. It is killed when it is dropped.
pub struct Child {
    process: std::process::Child,
    out: BufReader<ChildStdout>,
}

/// The command that plays a part with a directory.
pub fn command(part: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "--nocapture", "child::plays_a_part"])
        .env(PART, part)
        .env(DIRECTORY, directory);
    command
}

/// The command that plays a part with a directory that is a disk of 32 MiB; none, if this
/// machine does not let it.
pub fn on_a_small_disk(part: &str, directory: &Path) -> Option<Command> {
    let possible = Command::new("unshare")
        .args(["--mount", "sh", "-c", "mount -t tmpfs none /mnt"])
        .output();
    possible.ok().filter(|output| output.status.success())?;
    let played = command(part, directory);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c"])
        .arg("mount -t tmpfs -o size=32m none \"$STORE_TEST_DIRECTORY\" && exec \"$@\"")
        .arg("sh")
        .arg(played.get_program())
        .args(played.get_args());
    for (name, value) in played.get_envs() {
        command.env(name, value.unwrap());
    }
    Some(command)
}

impl Child {
    pub fn start(part: &str, directory: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = command(part, directory);
        command.envs(variables.iter().copied());
        Self::of(command)
    }

    pub fn of(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(process.stdout.take().unwrap());
        Self { process, out }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next thing that it says.
    pub fn line(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.out.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // What the test program itself says is not meant.
            if let Some(said) = line.strip_prefix("> ") {
                return said.strip_suffix('\n').map(str::to_owned);
            }
        }
    }

    /// Ends it, whatever it is doing.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// All that it says until it ends well.
    pub fn finish(mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(line) = self.line() {
            said.push(line);
        }
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{status}: {said:?}");
        said
    }

    /// What it had said when it was killed.
    pub fn rest(&mut self) -> Vec<String> {
        let mut text = String::new();
        self.out.read_to_string(&mut text).unwrap();
        // The last line may be half a line.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let said = whole.lines().filter_map(|line| line.strip_prefix("> "));
        said.map(str::to_owned).collect()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Said to the parent.
#[macro_export]
macro_rules! say {
    ($($said:tt)*) => { println!("\n> {}", format_args!($($said)*)) };
}

/// Not a test: what another process does.
#[test]
#[ignore = "played by other tests"]
fn plays_a_part() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let directory = PathBuf::from(std::env::var_os(DIRECTORY).unwrap());
    match &*part {
        "accepts" => kills::accepts(&directory),
        "compacts" => crate::compacting::compacts(&directory),
        "dies" => fatal_delivery::dies(&directory),
        "full" => full::fills(&directory),
        "holder" => locks_child::holds(&directory),
        "opens" => crate::many::opens(&directory),
        "replays" => crate::other_processes::replays(&directory),
        "salvages" => crate::replaced::salvages(&directory),
        "sync" => sync_errors::fails(&directory),
        other => panic!("{other}"),
    }
}
