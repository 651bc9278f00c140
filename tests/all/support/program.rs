//! The real program, in a folder of its own, with an environment of its own.

use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No run of a test takes as long.
const PATIENCE: Duration = Duration::from_secs(180);

/// A folder with a configuration, to run the program in.
pub struct Program {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A run that goes on.
pub struct Running {
    pub child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

impl Program {
    /// With a configuration as `servo.yaml`.
    pub fn new(configuration: &str) -> Self {
        let program = Self::empty();
        program.write("servo.yaml", configuration);
        program
    }

    pub fn empty() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            variables: Vec::new(),
        }
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        Running {
            child,
            stdout: std::thread::spawn(move || read(&mut stdout)),
            stderr: std::thread::spawn(move || read(&mut stderr)),
        }
    }

    /// Runs to the end, without input.
    pub fn call(&self, arguments: &[&str]) -> Finished {
        let mut running = self.start(arguments);
        drop(running.child.stdin.take());
        running.finish()
    }

    /// `run` with these lines as events, allowed to reach loopback.
    pub fn run(&self, events: &str, arguments: &[&str]) -> Finished {
        let mut running =
            self.start(&[&["run", "--events", "-", "--allow", "loopback"], arguments].concat());
        running.feed(events);
        drop(running.child.stdin.take());
        running.finish()
    }
}

impl Running {
    pub fn feed(&mut self, text: &str) {
        // Whoever gave up reading says so in its exit code.
        let _ = self
            .child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(text.as_bytes());
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    pub fn finish(mut self) -> Finished {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("the program did not end: {}", self.stderr.join().unwrap());
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Finished {
            code: status.code(),
            stdout: self.stdout.join().unwrap(),
            stderr: self.stderr.join().unwrap(),
        }
    }
}

impl Finished {
    /// Every line of the output, as JSON.
    pub fn lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    /// Those of one type.
    pub fn of_type(&self, kind: &str) -> Vec<Value> {
        self.lines()
            .into_iter()
            .filter(|line| line["type"] == kind)
            .collect()
    }

    /// Fails with all that was said unless the exit code is this one.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_servo-webhooks"))
}

fn read(input: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
