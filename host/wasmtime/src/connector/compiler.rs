//! Compiles components that are not the built-in one, in a process of its own: what a
//! hostile file makes of the compiler ends with that process, and with its limits.

use super::error::ComponentError;
#[cfg(feature = "compile")]
use super::tuning;
use std::ffi::OsString;
#[cfg(feature = "compile")]
use std::io;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Bytes of address space that the process may take.
const MEMORY: u64 = 4 << 30;

/// Seconds of a processor that it may take.
const PROCESSOR: u64 = 60;

/// Files that it may have open: it opens none of its own.
#[cfg(all(feature = "compile", unix))]
const FILES: u64 = 16;

/// However busy the machine is.
const PATIENCE: Duration = Duration::from_secs(180);

/// Bytes of machine code that are taken from it.
const MOST: u64 = 512 << 20;

/// Bytes of what it says when it fails.
const MOST_SAID: u64 = 4 << 10;

/// A program that compiles one component: it reads it from standard input, and calls
/// [`Compiler::serve`], or [`Compiler::serve_service`] for the components that a
/// [`Service`](crate::Service) holds. `servo-webhooks compile` is one.
#[derive(Clone, Debug)]
pub struct Compiler {
    program: PathBuf,
    arguments: Vec<OsString>,
    patience: Duration,
}

/// Machine code that a process of our own made, and nobody else.
pub(super) struct Code(pub(super) Vec<u8>);

impl Compiler {
    /// A program that calls [`Compiler::serve`], with its arguments.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            patience: PATIENCE,
        }
    }

    /// How long it may take, however busy the machine is; 3 min without this.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The other side: limits this process, compiles what is on standard input, and
    /// writes the code to standard output. To be called before anything else is done.
    ///
    /// # Errors
    /// Why there is no code, for standard error.
    #[cfg(feature = "compile")]
    pub fn serve() -> Result<(), String> {
        Self::serve_with(&tuning::code())
    }

    /// The same for a component that a service is made of, which runs on another engine.
    ///
    /// # Errors
    /// Why there is no code, for standard error.
    #[cfg(all(feature = "compile", feature = "service"))]
    pub fn serve_service() -> Result<(), String> {
        Self::serve_with(&crate::hosted::tuning::code())
    }

    #[cfg(feature = "compile")]
    fn serve_with(config: &wasmtime::Config) -> Result<(), String> {
        limit().map_err(|error| format!("the limits cannot be set: {error}"))?;
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        let engine = wasmtime::Engine::new(config).map_err(|error| format!("{error:#}"))?;
        let code = engine
            .precompile_component(&bytes)
            .map_err(|error| error.root_cause().to_string())?;
        let mut out = io::stdout().lock();
        out.write_all(&code)
            .and_then(|()| out.flush())
            .map_err(|error| error.to_string())
    }

    pub(super) fn compile(&self, origin: &str, bytes: &[u8]) -> Result<Code, ComponentError> {
        let failed = |detail: String| ComponentError::Compiler {
            origin: origin.to_owned(),
            detail,
        };
        // It needs no environment, and shall not see the secrets that are in this one.
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child =
            child.map_err(|error| failed(format!("{}: {error}", self.program.display())))?;
        let answered = converse(&mut child, bytes, self.patience);
        // Whether or not it has ended by itself.
        let _ = child.kill();
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        let Some((code, said)) = answered else {
            let limit = crate::event::time::display(self.patience);
            return Err(failed(format!("it took longer than {limit}")));
        };
        if status.success() {
            return Ok(Code(code));
        }
        let said = String::from_utf8_lossy(&said);
        match (status.code(), said.trim().strip_prefix(REFUSED)) {
            (Some(_), Some(detail)) => Err(ComponentError::invalid(origin, detail)),
            _ => Err(failed(ended(
                status,
                said.lines().next().unwrap_or_default(),
            ))),
        }
    }
}

/// How a refusal begins, which is the component's fault and not the compiler's.
pub const REFUSED: &str = "refused: ";

/// Writes the component and reads what comes back: code, and what it says of errors.
/// None if it takes too long.
fn converse(child: &mut Child, bytes: &[u8], patience: Duration) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut stdin, stdout, stderr) = (
        child.stdin.take()?,
        child.stdout.take()?,
        child.stderr.take()?,
    );
    let (done, code) = mpsc::channel();
    let (told, said) = mpsc::channel();
    let read = |source: &mut dyn Read, most| {
        let mut read = Vec::new();
        let _ = source.take(most).read_to_end(&mut read);
        read
    };
    // Left behind if it takes too long: they end with the process.
    let (mut stdout, mut stderr) = (stdout, stderr);
    thread::spawn(move || done.send(read(&mut stdout, MOST)));
    thread::spawn(move || told.send(read(&mut stderr, MOST_SAID)));
    let bytes = bytes.to_vec();
    // An error means that the other side has ended: it says why.
    thread::spawn(move || drop(stdin.write_all(&bytes)));
    let code = code.recv_timeout(patience).ok()?;
    let said = said.recv_timeout(patience).ok()?;
    Some((code, said))
}

fn ended(status: ExitStatus, said: &str) -> String {
    let limits = format!(
        "it may take {PROCESSOR} s of a processor and {} GiB of memory",
        MEMORY >> 30
    );
    if said.is_empty() {
        format!("{status}; {limits}")
    } else {
        format!("{status}: {said}; {limits}")
    }
}

#[cfg(all(feature = "compile", unix))]
fn limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    for (resource, limit) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, PROCESSOR),
        (Resource::Nofile, FILES),
        (Resource::Core, 0),
    ] {
        let (current, maximum) = (Some(limit), Some(limit));
        setrlimit(resource, Rlimit { current, maximum })?;
    }
    Ok(())
}

#[cfg(all(feature = "compile", not(unix)))]
fn limit() -> io::Result<()> {
    Ok(())
}
