//! A terminal of its own for a program: a pseudoterminal with a size, keys that are pressed,
//! and the screen as a person sees it.
//!
//! The pseudoterminal is made by `script`, of Debian's essential packages: it gives its
//! program a session and a controlling terminal, which cannot be done here without `unsafe`.

use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing on a screen takes as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a key sends.
pub const TAB: &str = "\t";
pub const CTRL_C: &str = "\u{3}";
pub const CTRL_U: &str = "\u{15}";

/// A program in a terminal.
pub struct Terminal {
    child: Child,
    keys: Option<ChildStdin>,
    shown: Arc<Mutex<Shown>>,
    reader: Option<JoinHandle<()>>,
    /// Where the command stands.
    _folder: TempDir,
}

/// What the program wrote.
struct Shown {
    screen: vt100::Parser,
    raw: Vec<u8>,
}

/// How a program in a terminal ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    /// All that it wrote, with its escapes.
    pub raw: String,
    /// The last screen, without blanks at the ends of lines.
    pub screen: String,
}

/// What a program in a terminal is given.
pub struct Setup {
    pub rows: u16,
    pub columns: u16,
    pub folder: PathBuf,
    pub variables: Vec<(String, String)>,
}

impl Setup {
    /// A terminal of 24 rows, in a folder.
    pub fn new(columns: u16, folder: &Path) -> Self {
        Self {
            rows: 24,
            columns,
            folder: folder.to_owned(),
            variables: Vec::new(),
        }
    }

    pub fn rows(mut self, rows: u16) -> Self {
        self.rows = rows;
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts a program and its arguments.
    pub fn start(&self, words: &[&str]) -> Terminal {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("command");
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let (rows, columns) = (self.rows, self.columns);
        let text = format!(
            "stty rows {rows} cols {columns}\nexec {}\n",
            words.join(" ")
        );
        fs::write(&file, text).unwrap();
        let mut command = Command::new("script");
        command
            .args(["--quiet", "--return", "--flush", "--command"])
            .arg(format!("exec sh {}", quoted(&file.display().to_string())))
            .arg("/dev/null")
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", path())
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        let shown = Arc::new(Mutex::new(Shown {
            screen: vt100::Parser::new(positive(rows), positive(columns), 0),
            raw: Vec::new(),
        }));
        let shared = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut shown = shared.lock().unwrap();
                shown.screen.process(&buffer[..count]);
                shown.raw.extend_from_slice(&buffer[..count]);
            }
        });
        Terminal {
            keys: child.stdin.take(),
            child,
            shown,
            reader: Some(reader),
            _folder: folder,
        }
    }
}

/// Whether there are terminals here; says so if not.
pub fn is_there() -> bool {
    let there = super::has("script") && super::has("stty");
    if !there {
        super::missing("script or stty");
    }
    there
}

/// The programs of this machine, and ours before them.
pub fn path() -> String {
    let own = super::program::binary().parent().unwrap();
    let others = std::env::var("PATH").unwrap_or_default();
    format!("{}:{others}", own.display())
}

fn positive(size: u16) -> NonZero<u16> {
    NonZero::new(size).unwrap()
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

impl Terminal {
    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        let input = self.keys.as_mut().unwrap();
        input.write_all(keys.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// The screen, without blanks at the ends of lines and empty lines at its end.
    pub fn screen(&self) -> String {
        text(&self.shown.lock().unwrap().screen)
    }

    /// Waits until the screen is as it should be; gives it.
    pub fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(Instant::now() < deadline, "waited for {what}:\n{screen}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until this is on the screen; gives it.
    pub fn until_shown(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// Waits until the program has ended.
    pub fn finish(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("it did not end:\n{}", self.screen());
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        drop(self.keys.take());
        self.reader.take().unwrap().join().unwrap();
        let shown = self.shown.lock().unwrap();
        Ended {
            code: status.code(),
            raw: String::from_utf8_lossy(&shown.raw).into_owned(),
            screen: text(&shown.screen),
        }
    }
}

impl Drop for Terminal {
    /// What a test that fails leaves behind: its session ends with its terminal.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(parser: &vt100::Parser) -> String {
    let contents = parser.screen().contents();
    let lines: Vec<&str> = contents.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

impl Ended {
    /// Fails with the screen unless the exit code is this one.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.raw);
        self
    }

    /// Whether there are colours in what was written.
    pub fn is_colored(&self) -> bool {
        self.raw.contains("\u{1b}[")
    }
}
