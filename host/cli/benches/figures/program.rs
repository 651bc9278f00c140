//! The program, called as its users call it.

use super::events;
use super::process;
use super::wire::{Recorded, Wire};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Requests in flight at one endpoint, ours and the baselines'.
pub const IN_FLIGHT: usize = 64;

/// `fresh` and `warm` instances of the connector.
pub const INSTANCES: [&str; 2] = ["fresh", "warm"];

/// The program in a folder.
pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servo-webhooks"));
    command
        .args(arguments)
        .args(["--log-level", "error"])
        .current_dir(folder);
    command
}

/// `run` with the configuration in the folder and events from `from`.
pub fn run(folder: &Path, from: &str, instances: &str) -> Command {
    let mut command = program(folder, &["run", "--events", from, "--allow", "loopback"]);
    command
        .args(["--instances", instances])
        .args(["--connections", &IN_FLIGHT.to_string()]);
    command
}

/// The request that the program makes of an event, to be repeated by the baselines.
pub fn recorded(folder: &Path, event: &str, size: usize) -> Recorded {
    let wire = Wire::start();
    let url = wire.url();
    std::fs::write(
        folder.join("servo.yaml"),
        events::configuration([(event, url.as_str())], ""),
    )
    .unwrap();
    events::write(
        &folder.join("one.jsonl"),
        &[events::line(event, "", size)],
        1,
    );
    let mut child = run(folder, "one.jsonl", "fresh")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (request, _) = wire.take();
    assert!(child.wait().unwrap().success());
    request
}

/// `run` that is fed through its standard input; killed when it is dropped.
pub struct Running {
    child: Child,
    input: Option<BufWriter<ChildStdin>>,
    reader: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts it; `each` sees every line of its output.
    pub fn start(command: &mut Command, mut each: impl FnMut(&str) + Send + 'static) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut output = BufReader::with_capacity(1 << 20, output);
            let mut line = String::new();
            while output.read_line(&mut line).is_ok_and(|count| count > 0) {
                each(&line);
                line.clear();
            }
        });
        let input = child.stdin.take().map(BufWriter::new);
        Self {
            child,
            input,
            reader: Some(reader),
        }
    }

    /// Of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Gives it one line; it may be kept until [`Running::flush`].
    pub fn feed(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// Gives it what was kept.
    pub fn flush(&mut self) {
        self.input.as_mut().unwrap().flush().unwrap();
    }

    /// Waits until it has had nothing to do for a while.
    pub fn until_idle(&mut self) {
        const LOOK: Duration = Duration::from_millis(250);
        self.flush();
        let started = Instant::now();
        let mut before = process::scheduled(self.id());
        loop {
            std::thread::sleep(LOOK);
            let now = process::scheduled(self.id());
            if now - before < 1_000_000 {
                return;
            }
            before = now;
            assert!(started.elapsed() < Duration::from_secs(300), "never idle");
        }
    }

    /// Ends its input and waits for it.
    pub fn finish(mut self) {
        drop(self.input.take());
        let status = self.child.wait().unwrap();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        assert!(status.success(), "run: {status}");
    }
}
