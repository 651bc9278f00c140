//! The guide, from nothing to a dashboard: its files are written and its commands run as they
//! stand there, by one shell, with Debian's Prometheus.

use crate::support::daemon;
use crate::support::program::{Program, binary};
use crate::support::{has, missing, root};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

const PAGE: &str = "docs/guides/observe.md";

/// Nothing in it takes as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ends what a command writes.
const MARK: &str = "--- done";

/// A shell that does what an operator does in one terminal.
struct Shell {
    child: Child,
    input: ChildStdin,
    said: Receiver<String>,
}

impl Shell {
    fn start(program: &Program) -> Self {
        let path = format!(
            "{}:{}",
            binary().parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        let mut child = Command::new("bash")
            // Jobs have numbers, and groups of their own.
            .args(["--noprofile", "--norc", "-m"])
            .current_dir(program.path(""))
            .env_clear()
            .env("PATH", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (tell, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            input: child.stdin.take().unwrap(),
            child,
            said,
        }
    }

    /// What a command writes, and how it ends.
    fn call(&mut self, command: &str) -> (String, i32) {
        // What goes on in the background writes elsewhere.
        let command = match command.strip_suffix('&') {
            Some(command) => format!("{command} >> background 2>&1 < /dev/null &"),
            None => command.to_owned(),
        };
        writeln!(self.input, "{command}\necho \"{MARK} $?\"").unwrap();
        self.input.flush().unwrap();
        let mut lines = Vec::new();
        loop {
            let line = self.said.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("{command} does not end: {lines:?}"));
            // What comes before may lack its line end.
            match line.split_once(MARK) {
                Some((rest, code)) => {
                    if !rest.is_empty() {
                        lines.push(rest.to_owned());
                    }
                    return (lines.join("\n"), code.trim().parse().unwrap());
                }
                None => lines.push(line),
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // Of a test that failed: what it left in the background.
        let _ = writeln!(self.input, "kill $(jobs -p); exit");
        let _ = self.input.flush();
        let _ = self.child.wait();
    }
}

/// Each word, without what differs from time to time.
fn shape(text: &str) -> Vec<String> {
    let is_number = |char: char| char.is_ascii_digit() || "@[].:-TZms".contains(char);
    let words = text.split_whitespace();
    words
        .map(|word| match word {
            _ if word.contains("@[") => "TIME".to_owned(),
            _ if word.starts_with("20") && word.ends_with('Z') => "TIME".to_owned(),
            _ if word.len() == 36 && word.matches('-').count() == 4 => "ID".to_owned(),
            _ if word.ends_with('s') && word.chars().all(is_number) => "SPAN".to_owned(),
            _ => word.to_owned(),
        })
        .collect()
}

#[test]
fn the_guide_leads_from_nothing_to_an_alert() {
    if daemon::find("prometheus").is_none() || !has("promtool") {
        return missing("prometheus");
    }
    if !has("bash") || !has("curl") {
        return missing("bash or curl");
    }
    let ports = ["9000", "8080", "9464", "9090"];
    let free: [_; 4] = daemon::free();
    let own = |text: &str| {
        let ports = ports.iter().zip(free);
        // Each is free where the test runs, and nobody waits for a quarter of a minute.
        let text = ports.fold(text.to_owned(), |text, (port, free)| {
            text.replace(&format!("127.0.0.1:{port}"), &free.to_string())
        });
        text.replace("15s", "1s")
    };
    let page = own(&std::fs::read_to_string(root().join(PAGE)).unwrap());
    let program = Program::empty();
    for file in ["servo-webhooks.rules.yml", "servo-webhooks.dashboard.json"] {
        assert!(
            page.contains(&format!("[{file}](../observe/{file})")),
            "{file}"
        );
        let from = root().join("docs/observe").join(file);
        std::fs::copy(from, program.path(file)).unwrap();
    }
    let mut shell = Shell::start(&program);
    let (mut commands, mut answers) = (0, 0);
    let mut saved_as = None;
    let mut parts = page.split("```");
    while let (Some(text), Some(block)) = (parts.next(), parts.next()) {
        let named = text
            .rsplit("Save this as `")
            .next()
            .filter(|_| text.contains("Save this as `"));
        saved_as = named.and_then(|rest| rest.split('`').next()).or(saved_as);
        let (kind, block) = block.split_once('\n').unwrap();
        match kind {
            "yaml" => drop(program.write(saved_as.take().unwrap(), block)),
            "sh" => {
                for command in block.lines() {
                    let (said, code) = shell.call(command);
                    assert_eq!(code, 0, "{command}: {said}");
                    commands += 1;
                    until_it_listens(&mut shell, command, &free);
                }
            }
            "console" => {
                let (call, shown) = block.split_once('\n').unwrap();
                until_said(&mut shell, call.strip_prefix("$ ").unwrap(), shown);
                answers += 1;
            }
            kind => panic!("{kind}"),
        }
    }
    assert_eq!((commands, answers), (11, 4));
    // All that it started is ended.
    let (left, _) = shell.call("wait; jobs -rp");
    assert_eq!(left, "");
}

/// What was started in the background is there in a moment, for whoever types.
fn until_it_listens(shell: &mut Shell, command: &str, free: &[std::net::SocketAddr]) {
    if !command.ends_with('&') {
        return;
    }
    let deadline = Instant::now() + PATIENCE;
    for address in free {
        let is_named = command.contains(&address.to_string());
        while is_named && std::net::TcpStream::connect(address).is_err() {
            let said = std::fs::read_to_string(shell_file(shell)).unwrap_or_default();
            assert!(Instant::now() < deadline, "{command}: {said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Where the background writes.
fn shell_file(shell: &Shell) -> String {
    format!("/proc/{}/cwd/background", shell.child.id())
}

/// What is shown comes, if not at once.
fn until_said(shell: &mut Shell, command: &str, shown: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (said, _) = shell.call(command);
        if shape(&said) == shape(shown) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{command}:\n{said}\n\nand not\n{shown}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}
