//! What a store costs, beside the same program without one, and beside a bare loop that commits
//! the same rows with SQLite alone.

use super::bare_rows::{self, Rows};
use super::context::{Context, NO_NGINX};
use super::events;
use super::figure::{Figure, Goal, Measured, median};
use super::process::{self, cost};
use super::program::{self, INSTANCES, Running};
use super::sink::Sink;
use super::wire::Wire;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// Events of one run.
const COUNT: usize = 50_000;

/// Events that come alone, one after the other.
const ALONE: usize = 100;

/// Deliveries that wait at a start.
const WAITING: usize = 1_000_000;

/// Bytes of a body.
const SIZE: usize = 1000;

/// Memory that is kept for what waits is not what is measured here.
const FEW_IN_MEMORY: [&str; 2] = ["--max-waiting", "10000"];

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let folder = context.folder("store");
    let Some(sink) = Sink::start(&folder, 1) else {
        measured.skip(&format!("a store: {NO_NGINX}"));
        return measured;
    };
    configure(&folder, &sink.url("/"));
    let line = events::line("after:adjust", "", SIZE);
    events::write(&folder.join("events.jsonl"), &[line], COUNT);
    measured.figures.extend(delivered(context, &folder));
    configure(&folder, &sink.url("/busy"));
    measured.figures.push(written(context, &folder));
    measured.figures.extend(alone(context, &folder));
    configure(&folder, &sink.url("/busy"));
    measured.figures.push(at_rest(context, &folder));
    measured.figures.extend(crowd(context, &folder));
    measured
}

fn configure(folder: &Path, url: &str) {
    let more = ", name: told, backoff: {max_tries: 3, max_time: 1h}";
    let yaml = events::configuration([("after:adjust", url)], more);
    std::fs::write(folder.join("servo.yaml"), yaml).unwrap();
}

/// An empty place for a store.
fn fresh(folder: &Path) -> &'static str {
    let _ = std::fs::remove_dir_all(folder.join("kept"));
    "kept"
}

/// Endpoints answer: beside memory alone, and beside the rows of its history.
fn delivered(context: &Context, folder: &Path) -> Vec<Figure> {
    let mut figures = Vec::new();
    for instances in INSTANCES {
        let [ours, memory, bare] = context.rounds(|| {
            let run = || program::run(folder, "events.jsonl", instances);
            let memory = cost(&mut run()).rate(COUNT);
            let ours = cost(run().args(["--store", fresh(folder)])).rate(COUNT);
            [ours, memory, bare_rows::rate(folder, COUNT, Rows::History)]
        });
        let name = format!("deliveries with a store, {instances}");
        figures.push(
            Figure::new(&name, "/s", &ours)
                .beside("without one", &memory)
                .goal(Goal::at_least_times(0.8)),
        );
        figures.push(Figure::new(&name, "/s", &ours).beside("SQLite, the same rows", &bare));
    }
    figures
}

/// Endpoints are down: every body is written.
fn written(context: &Context, folder: &Path) -> Figure {
    let [ours, bare] = context.rounds(|| {
        let mut command = program::run(folder, "events.jsonl", INSTANCES[0]);
        command.args(["--store", fresh(folder)]).args(FEW_IN_MEMORY);
        let (running, lines) = running(&mut command);
        let began = Instant::now();
        for _ in 0..COUNT {
            accepted(&lines);
        }
        let rate = COUNT as f64 / began.elapsed().as_secs_f64();
        drop(running);
        [rate, bare_rows::rate(folder, COUNT, Rows::Bodies)]
    });
    Figure::new("accepted while the endpoint is down", "/s", &ours)
        .beside("SQLite, the same rows", &bare)
        .goal(Goal::at_least(15_000.0))
}

/// Events that come alone: when they reach their responder, and when they are accepted.
fn alone(context: &Context, folder: &Path) -> [Figure; 2] {
    let wire = Wire::start();
    configure(folder, &wire.url());
    let line = events::line("after:adjust", "", SIZE);
    let [arrival, acceptance] = context.rounds(|| {
        let mut command = program::run(folder, "-", INSTANCES[0]);
        let (mut running, lines) = running(command.args(["--store", fresh(folder)]));
        let (mut arrivals, mut acceptances) = (Vec::new(), Vec::new());
        for _ in 0..ALONE {
            let began = Instant::now();
            running.feed(&line);
            running.flush();
            let (_, arrived) = wire.take();
            arrivals.push((arrived - began).as_secs_f64() * 1e3);
            accepted(&lines);
            acceptances.push(began.elapsed().as_secs_f64() * 1e3);
        }
        acceptances.sort_unstable_by(f64::total_cmp);
        [median(&arrivals), acceptances[ALONE * 99 / 100]]
    });
    [
        Figure::new(
            "one event with a store reaches its responder",
            "ms",
            &arrival,
        )
        .goal(Goal::at_most(1.0)),
        Figure::new("the same is accepted, 99th percentile", "ms", &acceptance)
            .goal(Goal::at_most(25.0)),
    ]
}

/// What a store without deliveries takes of memory.
fn at_rest(context: &Context, folder: &Path) -> Figure {
    let [added] = context.rounds(|| {
        let [without, with] = [None, Some(fresh(folder))].map(|store| {
            let mut command = program::run(folder, "-", INSTANCES[0]);
            command.args(store.map(|store| ["--store", store]).into_iter().flatten());
            let mut running = Running::start(&mut command, |_| {});
            running.until_idle();
            process::resident(running.id())
        });
        [(with - without) / 1e6]
    });
    Figure::new("memory at rest that a store adds", "MB", &added).goal(Goal::at_most(6.0))
}

/// Very many deliveries that wait.
fn crowd(context: &Context, folder: &Path) -> [Figure; 2] {
    bare_rows::crowd(&folder.join("crowd"), WAITING);
    let line = events::line("after:adjust", "", SIZE);
    let [ready, memory] = context.rounds(|| {
        let began = Instant::now();
        let mut command = program::run(folder, "-", INSTANCES[0]);
        let (mut running, lines) = running(command.args(["--store", "crowd"]));
        running.feed(&line);
        running.flush();
        accepted(&lines);
        let ready = began.elapsed().as_secs_f64() * 1e3;
        running.until_idle();
        [ready, process::resident(running.id()) / 1e6]
    });
    [
        Figure::new(
            "accepted after a start with 1,000,000 waiting",
            "ms",
            &ready,
        )
        .goal(Goal::at_most(1000.0)),
        Figure::new("memory with 1,000,000 waiting on disk", "MB", &memory)
            .goal(Goal::at_most(60.0)),
    ]
}

/// Runs it; the lines that say that an event is accepted come one by one.
fn running(command: &mut std::process::Command) -> (Running, Receiver<()>) {
    let (say, lines) = mpsc::channel();
    let running = Running::start(command, move |line| {
        if line.contains(r#""outcome":"accepted""#) {
            let _ = say.send(());
        }
    });
    (running, lines)
}

fn accepted(lines: &Receiver<()>) {
    lines.recv_timeout(Duration::from_secs(60)).unwrap();
}
