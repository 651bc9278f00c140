//! SIGINT and SIGTERM, one after the other, and SIGHUP.
//!
//! They are heard by a thread of their own, from before anything is opened until the
//! process ends, so that nothing else has to go on for that. A second one ends the
//! process, whatever else is stuck.

use super::exit::Exit;
use super::failed;
use super::stdio;
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// From the second signal on, the time to say what was not delivered.
const LAST_WORDS: Duration = Duration::from_millis(700);

/// The time for standard error to take the last line.
const LAST_LINE: Duration = Duration::from_millis(100);

/// What SIGHUP does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// The configuration is read anew.
    Reloads,
    /// What the system does with it: the terminal has gone.
    Ends,
}

/// What was heard so far.
#[derive(Clone, Debug, Default)]
struct Heard {
    /// Those that end the program, by name.
    ends: Vec<&'static str>,
    hangups: u64,
}

struct Ears {
    heard: watch::Sender<Heard>,
    /// Whether there is work that a signal lets be finished.
    works: watch::Sender<bool>,
}

static EARS: OnceLock<Ears> = OnceLock::new();

/// Waits for the signals that end the program.
pub struct Signals {
    heard: watch::Receiver<Heard>,
    seen: usize,
}

/// Waits for SIGHUP.
pub struct Hangups {
    heard: watch::Receiver<Heard>,
    seen: u64,
}

/// From here on the signals do not end the program by themselves. Until it works, one that
/// does ends it with this: there is nothing to be finished.
pub fn catch(exit: Exit, hangup: Hangup) {
    let ears = EARS.get_or_init(|| Ears {
        heard: watch::Sender::default(),
        works: watch::Sender::new(false),
    });
    start(hangup, move |mut caught| async move {
        let mut deadline: Option<Instant> = None;
        loop {
            let name = tokio::select! {
                () = wait(&mut caught.interrupt) => "SIGINT",
                () = wait(&mut caught.terminate) => "SIGTERM",
                () = wait(&mut caught.hangup) => {
                    ears.heard.send_modify(|heard| heard.hangups += 1);
                    continue;
                }
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => leave(Exit::Failed.code()),
            };
            if !*ears.works.borrow() {
                tracing::warn!("{name}: stopped during startup");
                leave(exit.code());
            }
            ears.heard.send_modify(|heard| heard.ends.push(name));
            match ears.heard.borrow().ends.len() {
                1 => {}
                2 => deadline = Some(Instant::now() + LAST_WORDS),
                _ => leave(Exit::Failed.code()),
            }
        }
    });
}

/// The first process of a container has no defaults: nothing that it does not catch ends
/// it. For a command that has nothing to finish they are caught to end it at once.
pub fn end_first_process() {
    if std::process::id() == 1 {
        start(Hangup::Ends, |mut caught| async move {
            let signal = tokio::select! {
                () = wait(&mut caught.interrupt) => SignalKind::interrupt(),
                () = wait(&mut caught.terminate) => SignalKind::terminate(),
            };
            // As a shell says it of a process that died of one.
            leave(128 + u8::try_from(signal.as_raw_value()).unwrap_or_default());
        });
    }
}

/// From here on there is something to be finished: whoever waits for the signals decides.
pub fn works() {
    if let Some(ears) = EARS.get() {
        ears.works.send_replace(true);
    }
}

/// Ends the process. Neither standard output nor error is waited for, or not for long.
fn leave(code: u8) -> ! {
    failed::seal(LAST_LINE);
    stdio::give_back();
    stdio::settle(LAST_LINE);
    std::process::exit(code.into())
}

/// What is caught.
struct Caught {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hangup: Option<Signal>,
}

/// Runs what listens on a thread of its own; returns when the signals are caught.
fn start<F: Future<Output = ()>>(
    hangup: Hangup,
    listen: impl FnOnce(Caught) -> F + Send + 'static,
) {
    let (ready, caught) = mpsc::channel::<()>();
    let started = thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(async {
                    let caught = Caught {
                        interrupt: catch_one(SignalKind::interrupt(), "SIGINT"),
                        terminate: catch_one(SignalKind::terminate(), "SIGTERM"),
                        hangup: match hangup {
                            Hangup::Reloads => catch_one(SignalKind::hangup(), "SIGHUP"),
                            Hangup::Ends => None,
                        },
                    };
                    drop(ready);
                    listen(caught).await;
                }),
                Err(error) => tracing::warn!(%error, "signals cannot be caught"),
            }
        });
    match started {
        // Ends with an error when the sender is gone.
        Ok(_) => drop(caught.recv()),
        Err(error) => tracing::warn!(%error, "signals cannot be caught"),
    }
}

impl Signals {
    /// Those from the beginning of the process on.
    pub fn new() -> Self {
        Self {
            heard: receiver(),
            seen: 0,
        }
    }

    /// How many were heard.
    pub fn heard(&self) -> usize {
        self.heard.borrow().ends.len()
    }

    /// The next one, by name.
    pub async fn next(&mut self) -> &'static str {
        let seen = self.seen;
        let heard = self.heard.wait_for(|heard| heard.ends.len() > seen).await;
        let name = heard.ok().and_then(|heard| heard.ends.get(seen).copied());
        match name {
            Some(name) => {
                self.seen += 1;
                name
            }
            None => std::future::pending().await,
        }
    }
}

impl Hangups {
    /// Those from the beginning of the process on.
    pub fn new() -> Self {
        Self {
            heard: receiver(),
            seen: 0,
        }
    }

    /// The next one; several at once may be one.
    pub async fn next(&mut self) {
        let seen = self.seen;
        let heard = self.heard.wait_for(|heard| heard.hangups > seen).await;
        match heard.ok().map(|heard| heard.hangups) {
            Some(hangups) => self.seen = hangups,
            None => std::future::pending().await,
        }
    }
}

fn receiver() -> watch::Receiver<Heard> {
    match EARS.get() {
        Some(ears) => ears.heard.subscribe(),
        None => watch::channel(Heard::default()).1,
    }
}

fn catch_one(kind: SignalKind, name: &str) -> Option<Signal> {
    signal(kind)
        .inspect_err(|error| tracing::warn!(%error, "{name} cannot be caught"))
        .ok()
}

async fn wait(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
