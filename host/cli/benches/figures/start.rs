//! The program from its start, at rest, and its component.

use super::bare::Order;
use super::context::{Context, NO_NGINX};
use super::events;
use super::figure::{Figure, Goal, Measured, median};
use super::process;
use super::program::{self, IN_FLIGHT, INSTANCES, Running};
use super::sink::Sink;
use super::wire::Wire;
use servo_webhooks::Component;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Starts of a round.
const STARTS: usize = 15;

/// Deliveries before the program is left at rest.
const COUNT: usize = 100_000;

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = Measured {
        figures: starts(context),
        ..Measured::default()
    };
    measured.add(at_rest(context));
    let [lean, complete] = [Component::built_in(), Component::complete()]
        .map(|component| component.info().size as f64 / 1e3);
    measured.figures.push(
        Figure::new("component without expressions", "kB", &[lean]).goal(Goal::at_most(300.0)),
    );
    measured.figures.push(
        Figure::new("component with expressions", "kB", &[complete])
            .beside("without them", &[lean]),
    );
    measured
}

/// To the first delivery on the wire, and to the end of `list`, beside a process that does nothing.
fn starts(context: &Context) -> Vec<Figure> {
    let folder = context.folder("start");
    let wire = Wire::start();
    let url = wire.url();
    let configuration = events::configuration([("after:adjust", url.as_str())], "");
    std::fs::write(folder.join("servo.yaml"), configuration).unwrap();
    let line = events::line("after:adjust", "", 1000);
    events::write(&folder.join("events.jsonl"), &[line], 1);
    let [first, list, nothing] = context.rounds(|| {
        let (mut first, mut list, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..STARTS {
            let mut command = program::run(&folder, "events.jsonl", "fresh");
            command.stdout(Stdio::null());
            let started = Instant::now();
            let mut child = command.spawn().unwrap();
            let (_, arrived) = wire.take();
            first.push((arrived - started).as_secs_f64() * 1e3);
            assert!(child.wait().unwrap().success());
            list.push(ends(&mut program::program(&folder, &["list"])));
            nothing.push(ends(&mut Command::new("true")));
        }
        [median(&first), median(&list), median(&nothing)]
    });
    let beside = "`true`";
    vec![
        Figure::new("start to the first delivery on the wire", "ms", &first)
            .beside(beside, &nothing)
            .goal(Goal::at_most(30.0)),
        Figure::new("`list`", "ms", &list)
            .beside(beside, &nothing)
            .goal(Goal::at_most(15.0)),
    ]
}

/// Milliseconds from the start of a command to its end.
fn ends(command: &mut Command) -> f64 {
    let started = Instant::now();
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
    started.elapsed().as_secs_f64() * 1e3
}

/// Memory after many deliveries, beside the bare client after as many requests.
fn at_rest(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let folder = context.folder("rest");
    let Some(sink) = Sink::start(&folder, 1) else {
        measured.skip(&format!("memory at rest: {NO_NGINX}"));
        return measured;
    };
    let order = Order {
        urls: vec![sink.url("/")],
        count: COUNT,
        in_flight: IN_FLIGHT,
        request: program::recorded(&folder, "after:adjust", 1000),
    };
    let output = order.command(&folder.join("order")).output().unwrap();
    let bare: f64 = String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .unwrap();
    let url = sink.url("/");
    let configuration = events::configuration([("after:adjust", url.as_str())], "");
    std::fs::write(folder.join("servo.yaml"), configuration).unwrap();
    let line = events::line("after:adjust", "", 1000);
    for instances in INSTANCES {
        let mut running = Running::start(&mut program::run(&folder, "-", instances), |_| {});
        for _ in 0..COUNT {
            running.feed(&line);
        }
        running.until_idle();
        let resident = process::resident(running.id());
        running.finish();
        let name = format!("memory at rest after 100,000 deliveries, {instances}");
        measured.figures.push(
            Figure::new(&name, "MB", &[resident / 1e6])
                .beside("bare hyper", &[bare / 1e6])
                .goal(Goal::at_most(25.0)),
        );
    }
    measured
}
