//! `top`: what goes on, again and again, from the metrics of a program or from a store.

mod exposition;
mod metrics_source;
mod report;
mod rows;
mod sample;
mod store_source;
mod view;

use super::args::TopCommand;
use super::exit::{Exit, Failure};
use super::stdio::Screen;
use super::{columns, json, setup, signals, stdio, units};
use anyhow::{Context, anyhow};
use metrics_source::MetricsSource;
use rows::History;
use rules::sanitize::sanitize;
use sample::Sample;
use std::io::{IsTerminal, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use store_source::StoreSource;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, sleep};

const NOTHING_LISTENS: &str =
    "`run` and `serve` have metrics where they are started with --metrics ADDRESS";

/// Runs the command.
pub fn run(command: &TopCommand) -> Result<Exit, Failure> {
    let runtime = setup::runtime()?;
    signals::works();
    let exit = runtime.block_on(async {
        let mut source = Source::open(command)?;
        let mut signals = signals::Signals::new();
        let shown = async {
            if command.once || command.json || !stdio::is_screen() {
                print(command, &mut source).await
            } else {
                watch(command, &mut source).await
            }
        };
        tokio::select! {
            shown = shown => shown,
            _ = signals.next() => Ok(Exit::Done),
        }
    });
    // A source that hangs is left behind, and so is whoever waits for a key.
    runtime.shutdown_background();
    exit
}

/// Where the numbers come from.
enum Source {
    Metrics(MetricsSource),
    Store(String, Arc<Mutex<StoreSource>>),
}

impl Source {
    fn open(command: &TopCommand) -> Result<Self, Failure> {
        match (&command.metrics, &command.store) {
            (Some(text), _) => MetricsSource::new(text)
                .map(Self::Metrics)
                .map_err(Failure::unusable),
            (None, Some(store)) => {
                let name = sanitize(&store.display().to_string());
                Ok(Self::Store(
                    name,
                    Arc::new(Mutex::new(StoreSource::open(store)?)),
                ))
            }
            // The arguments demand one.
            (None, None) => Err(Failure::unusable(anyhow!("--metrics or --store is needed"))),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Metrics(endpoint) => endpoint.origin(),
            Self::Store(name, _) => name,
        }
    }

    async fn sample(&self) -> Result<Sample, Failure> {
        match self {
            Self::Metrics(endpoint) => {
                let sample = endpoint.sample().await;
                sample.map_err(|why| Failure::from(anyhow!(why)).with_hint(NOTHING_LISTENS))
            }
            Self::Store(_, kept) => {
                let kept = Arc::clone(kept);
                let sample = spawn_blocking(move || {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.sample()
                });
                sample.await.context("stopped by a fault")?
            }
        }
    }
}

/// Prints what went on within one interval.
async fn print(command: &TopCommand, source: &mut Source) -> Result<Exit, Failure> {
    let mut history = History::default();
    history.push(source.sample().await?);
    sleep(command.interval).await;
    history.push(source.sample().await?);
    let mut out = stdio::output();
    if command.json {
        let record = report::record(source.name(), &history);
        writeln!(out, "{}", json::line(&record)?)?;
        return Ok(Exit::Done);
    }
    for line in view::lines(&title(command, source), &history, columns::width(), None) {
        writeln!(out, "{line}")?;
    }
    Ok(Exit::Done)
}

/// Shows what goes on until a signal comes, or the key that ends it.
async fn watch(command: &TopCommand, source: &mut Source) -> Result<Exit, Failure> {
    let mut history = History::default();
    // What is wrong at once is said where it stays.
    history.push(source.sample().await?);
    let screen = Screen::take().context("no thread for standard output can be started")?;
    let quit = quit_key();
    let mut resized = signal(SignalKind::window_change()).context("SIGWINCH")?;
    let mut ticks = interval(command.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut trouble = None;
    loop {
        draw(
            &screen,
            &title(command, source),
            &history,
            trouble.as_deref(),
        );
        tokio::select! {
            _ = ticks.tick() => match source.sample().await {
                Ok(sample) => {
                    history.push(sample);
                    trouble = None;
                }
                // It may come back.
                Err(failure) => trouble = Some(failure.to_string()),
            },
            _ = resized.recv() => {}
            () = quit.notified() => return Ok(Exit::Done),
            () = screen.closed() => return Ok(Exit::Failed),
        }
    }
}

fn title(command: &TopCommand, source: &Source) -> String {
    let interval = units::duration(command.interval);
    format!("servo-webhooks top   {}   every {interval}", source.name())
}

fn draw(screen: &Screen, title: &str, history: &History, trouble: Option<&str>) {
    let (width, height) = stdio::size();
    let last = trouble.map(|why| format!("{}: {}", super::color::error("error"), sanitize(why)));
    let room = height - usize::from(last.is_some());
    let mut lines = view::lines(title, history, Some(width), Some(room));
    lines.extend(last);
    lines.truncate(height);
    if !stdio::output_is_colored() {
        for line in &mut lines {
            *line = anstream::adapter::strip_str(line).to_string();
        }
    }
    screen.draw(&lines);
}

/// Told when `q` is pressed. A thread waits for keys as long as the process lives.
fn quit_key() -> Arc<Notify> {
    let quit = Arc::new(Notify::new());
    let told = Arc::clone(&quit);
    let mut keyboard = std::io::stdin();
    if keyboard.is_terminal() {
        thread::spawn(move || {
            let mut key = [0];
            while keyboard.read(&mut key).is_ok_and(|read| read > 0) {
                if key[0].eq_ignore_ascii_case(&b'q') {
                    told.notify_one();
                }
            }
        });
    }
    quit
}
