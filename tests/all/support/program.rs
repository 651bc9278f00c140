//! The real program, in a folder of its own, with an environment of its own.

use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No run of a test takes as long.
const PATIENCE: Duration = Duration::from_secs(180);

/// Names the component that the program uses.
const CONNECTOR: &str = "SERVO_WEBHOOKS_CONNECTOR";

/// A folder with a configuration, to run the program in.
pub struct Program {
    folder: TempDir,
    binary: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// The most memory it held at one time, in bytes.
    pub peak: u64,
}

/// A run that goes on.
pub struct Running {
    pub child: Child,
    stdout: Stream,
    stderr: Stream,
    peak: u64,
}

/// What a run has said so far.
struct Stream {
    said: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn read(mut input: impl Read + Send + 'static) -> Self {
        let said: Arc<Mutex<Vec<u8>>> = Arc::default();
        let shared = Arc::clone(&said);
        let reader = std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(count @ 1..) = input.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { said, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned()
    }

    fn end(self) -> String {
        let Self { said, reader } = self;
        reader.join().unwrap();
        String::from_utf8_lossy(&said.lock().unwrap()).into_owned()
    }
}

impl Program {
    /// With a configuration as `servo.yaml`.
    pub fn new(configuration: &str) -> Self {
        let program = Self::empty();
        program.write("servo.yaml", configuration);
        program
    }

    pub fn empty() -> Self {
        // The tests can be run with another component than the built-in one.
        let component = std::env::var(CONNECTOR).ok();
        let variables = component.map(|file| (CONNECTOR.to_owned(), file));
        Self {
            folder: TempDir::new().unwrap(),
            binary: binary().to_owned(),
            variables: variables.into_iter().collect(),
        }
    }

    /// With a copy of the program, for long runs: a build meanwhile does not change it.
    pub fn copied(mut self) -> Self {
        self.binary = self.path("program");
        std::fs::copy(binary(), &self.binary).unwrap();
        self
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

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
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
        Running::of(&mut self.command(arguments))
    }

    /// `run` of what it is fed, allowed to reach loopback.
    pub fn start_run(&self, arguments: &[&str]) -> Running {
        self.start(&[&["run", "--events", "-", "--allow", "loopback"], arguments].concat())
    }

    /// Runs to the end, without input.
    pub fn call(&self, arguments: &[&str]) -> Finished {
        let mut running = self.start(arguments);
        running.close();
        running.finish()
    }

    /// `run` with these lines as events, allowed to reach loopback.
    pub fn run(&self, events: &str, arguments: &[&str]) -> Finished {
        let mut running = self.start_run(arguments);
        running.feed(events);
        running.close();
        running.finish()
    }
}

impl Running {
    /// What a command starts, whose output is read.
    pub fn of(command: &mut Command) -> Self {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pipes.stderr(Stdio::piped()).spawn().unwrap();
        let stdout = Stream::read(child.stdout.take().unwrap());
        let stderr = Stream::read(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
            peak: 0,
        }
    }

    pub fn feed(&mut self, text: &str) {
        // Whoever gave up reading says so in its exit code.
        let _ = self
            .child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(text.as_bytes());
    }

    /// Feeds all of a text and ends standard input, while whoever calls goes on.
    pub fn feed_aside(&mut self, text: String) {
        let mut input = self.child.stdin.take().unwrap();
        std::thread::spawn(move || {
            // Whoever gave up reading says so in its exit code.
            let _ = input.write_all(text.as_bytes());
        });
    }

    /// Waits until standard output is as it should be.
    pub fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        self.wait(what, || is_so(&self.stdout.text()));
    }

    /// Waits until standard error has this in it.
    pub fn until_logged(&self, text: &str) {
        self.wait(text, || self.stderr.text().contains(text));
    }

    /// Waits until it listens; the address and port, however the log is written.
    pub fn until_listening(&self) -> String {
        let address = || {
            let said = self.stderr.text();
            let (_, rest) = said.split_once("listening on http://")?;
            let (line, _) = rest.split_once('\n')?;
            let end = line.find([' ', '"']).unwrap_or(line.len());
            Some(line[..end].to_owned())
        };
        self.wait("listening on http://", || address().is_some());
        address().unwrap()
    }

    /// Standard error so far.
    pub fn said(&self) -> String {
        self.stderr.text()
    }

    fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            let said = || format!("{}\n{}", self.stdout.text(), self.stderr.text());
            assert!(Instant::now() < deadline, "waited for: {what}\n{}", said());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The most memory that it has had by now, in bytes.
    pub fn peak(&self) -> u64 {
        peak(self.child.id())
    }

    /// Standard input ends.
    pub fn close(&mut self) {
        drop(self.child.stdin.take());
    }

    pub fn signal(&self, name: &str) {
        super::signal(self.child.id(), name);
    }

    pub fn finish(mut self) -> Finished {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            self.peak = self.peak.max(peak(self.child.id()));
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("the program did not end: {}", self.stderr.end());
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Finished {
            code: status.code(),
            stdout: self.stdout.end(),
            stderr: self.stderr.end(),
            peak: self.peak,
        }
    }
}

/// The high water mark of a process's memory, as Linux keeps it.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
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
