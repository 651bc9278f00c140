//! What a delivery costs, beside the bare request, beside wrk, and beside the original
//! connector's way of working.

use super::bare::Order;
use super::context::{Context, NO_NGINX};
use super::events;
use super::figure::{Figure, Goal, Measured};
use super::process::{self, Cost, cost};
use super::program::{self, IN_FLIGHT, INSTANCES};
use super::sink::Sink;
use super::wire::Recorded;
use std::path::Path;
use std::process::Command;

/// Deliveries of one run.
const COUNT: usize = 100_000;

/// Bytes of a body.
const SIZE: usize = 1000;

/// Requests of the original's way, which takes milliseconds for each.
const FEW: usize = 50;

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let folder = context.folder("deliveries");
    let Some(sink) = Sink::start(&folder, 1) else {
        measured.skip(&format!("deliveries: {NO_NGINX}"));
        return measured;
    };
    let url = sink.url("/");
    let request = program::recorded(&folder, "after:adjust", SIZE);
    let configuration = events::configuration([("after:adjust", url.as_str())], "");
    std::fs::write(folder.join("servo.yaml"), configuration).unwrap();
    let line = events::line("after:adjust", "", SIZE);
    events::write(&folder.join("events.jsonl"), &[line], COUNT);
    std::fs::write(folder.join("body"), &request.body).unwrap();
    let has_wrk = process::has("wrk");
    if !has_wrk {
        measured.skip("deliveries beside wrk: it is not there (apt-get install wrk)");
    }
    let has_httpx = Command::new(&context.python)
        .args(["-c", "import httpx"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has_httpx {
        measured.skip(&format!(
            "the original's way: {} has no httpx (pip install httpx; --python names another)",
            context.python.display()
        ));
    }
    let order = Order {
        urls: vec![url.clone()],
        count: COUNT,
        in_flight: IN_FLIGHT,
        request: request.clone(),
    };
    let (mut bare, mut ours) = (Vec::new(), [Vec::new(), Vec::new()]);
    let (mut wrk, mut original) = (Vec::new(), Vec::new());
    for _ in 0..context.rounds {
        bare.push(cost(&mut order.command(&folder.join("order"))));
        for (runs, instances) in ours.iter_mut().zip(INSTANCES) {
            let mut command = program::run(&folder, "events.jsonl", instances);
            runs.push(cost(&mut command));
        }
        if has_wrk {
            wrk.push(rate_of_wrk(&folder, &url, &request));
        }
        if has_httpx {
            original.push(the_original(context, &folder, &url));
        }
    }
    let bare = Costs::of(&bare, COUNT);
    let ours = ours.map(|runs| Costs::of(&runs, COUNT));
    for (index, least) in [(0, 0.65), (1, 0.8)] {
        let name = format!("deliveries, {}", INSTANCES[index]);
        measured.figures.push(
            Figure::new(&name, "/s", &ours[index].rates)
                .beside("bare hyper", &bare.rates)
                .goal(Goal::at_least_times(least)),
        );
    }
    for (index, most) in [(0, 2.2), (1, 1.6)] {
        let name = format!("processor of a delivery, {}", INSTANCES[index]);
        measured.figures.push(
            Figure::new(&name, "us", &ours[index].micros)
                .beside("bare hyper", &bare.micros)
                .goal(Goal::at_most_times(most)),
        );
    }
    if has_wrk {
        for (ours, instances) in ours.iter().zip(INSTANCES) {
            let name = format!("deliveries, {instances}");
            let figure = Figure::new(&name, "/s", &ours.rates).beside("wrk", &wrk);
            measured
                .figures
                .push(figure.goal(Goal::at_least_times(0.5)));
        }
    }
    if has_httpx {
        let original = Costs::of(&original, FEW);
        let way = "the original's way";
        measured.figures.push(
            Figure::new("deliveries, fresh", "/s", &ours[0].rates).beside(way, &original.rates),
        );
        measured.figures.push(
            Figure::new("processor of a delivery, fresh", "us", &ours[0].micros)
                .beside(way, &original.micros),
        );
    }
    measured
}

/// Of all rounds: so many a second, and microseconds of a processor for each.
struct Costs {
    rates: Vec<f64>,
    micros: Vec<f64>,
}

impl Costs {
    fn of(runs: &[Cost], count: usize) -> Self {
        Self {
            rates: runs.iter().map(|run| run.rate(count)).collect(),
            micros: runs.iter().map(|run| run.micros(count)).collect(),
        }
    }
}

/// Requests a second of wrk, with the same headers and the same body.
fn rate_of_wrk(folder: &Path, url: &str, request: &Recorded) -> f64 {
    let headers: String = request
        .headers
        .iter()
        .map(|(name, value)| format!("wrk.headers[{name:?}] = {value:?}\n"))
        .collect();
    let script =
        format!("wrk.method = 'POST'\n{headers}wrk.body = io.open('body', 'rb'):read('*a')\n");
    std::fs::write(folder.join("post.lua"), script).unwrap();
    let output = Command::new("wrk")
        .args(["--threads", "1", "--duration", "2s", "--script", "post.lua"])
        .args(["--connections", &IN_FLIGHT.to_string(), url])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("Non-2xx"), "{text}");
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix("Requests/sec:"));
    line.unwrap().trim().parse().unwrap()
}

/// A new client for each request, one after the other. Python's start is taken off.
fn the_original(context: &Context, folder: &Path, url: &str) -> Cost {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/figures/original.py");
    let run = |count: usize| {
        let mut command = Command::new(&context.python);
        command
            .arg(&script)
            .args([url, &count.to_string()])
            .current_dir(folder);
        cost(&mut command)
    };
    let (start, all) = (run(0), run(FEW));
    Cost {
        wall: all.wall - start.wall,
        processor: all.processor.saturating_sub(start.processor),
    }
}
