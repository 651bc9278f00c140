//! What it costs to be watched: metrics that are scraped, traces of one event in a hundred, and a
//! page that stays open, each beside the program without.

use super::context::{Context, NO_NGINX};
use super::events;
use super::figure::{Figure, Goal, Measured, median};
use super::process::{self, cost};
use super::program;
use super::sink::Sink;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Deliveries of one run of `run`, and of one of `serve`.
const COUNT: usize = 100_000;
const POSTED: usize = 20_000;

/// Connections that events are posted on.
const CLIENTS: usize = 8;

/// Between two scrapes, and between two looks at the page: oftener than anybody does.
const PAUSE: Duration = Duration::from_secs(1);

/// Webhooks, and scrapes of one round.
const WEBHOOKS: usize = 1000;
const SCRAPES: usize = 15;

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let folder = context.folder("observing");
    let Some(sink) = Sink::start(&folder, 1) else {
        measured.skip(&format!("the cost of being watched: {NO_NGINX}"));
        return measured;
    };
    let url = sink.url("/");
    let configuration = events::configuration([("after:adjust", url.as_str())], "");
    std::fs::write(folder.join("servo.yaml"), configuration).unwrap();
    let line = events::line("after:adjust", "", 1000);
    events::write(
        &folder.join("events.jsonl"),
        std::slice::from_ref(&line),
        COUNT,
    );
    let [without, metrics, traces] = context.rounds(|| {
        let run = || program::run(&folder, "events.jsonl", "fresh");
        [
            cost(&mut run()).micros(COUNT),
            scraped(run()),
            cost(run().envs(sampled(&sink))).micros(COUNT),
        ]
    });
    let figure = |name: &str, values: &[f64], most: f64| {
        Figure::new(&format!("processor of a delivery, {name}"), "us", values)
            .beside("without", &without)
            .goal(Goal::at_most_times(most))
    };
    measured
        .figures
        .push(figure("metrics scraped every second", &metrics, 1.01));
    measured
        .figures
        .push(figure("traces of one in a hundred", &traces, 1.03));
    let [alone, open] =
        context.rounds(|| [posted(&folder, &line, false), posted(&folder, &line, true)]);
    measured.figures.push(
        Figure::new("processor of a delivery of `serve`, page open", "us", &open)
            .beside("without", &alone)
            .goal(Goal::at_most_times(1.01)),
    );
    let [scrape] = context.rounds(|| [scrape_of_many(&folder, &url)]);
    measured
        .figures
        .push(Figure::new("`/metrics` of 1,000 webhooks", "ms", &scrape).goal(Goal::at_most(20.0)));
    measured
}

/// Traces of one event in a hundred, sent to the sink.
fn sampled(sink: &Sink) -> [(&'static str, String); 3] {
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url("")),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio".to_owned()),
        ("OTEL_TRACES_SAMPLER_ARG", "0.01".to_owned()),
    ]
}

/// Microseconds of a delivery while metrics are scraped.
fn scraped(mut command: Command) -> f64 {
    let address = free();
    command.args(["--metrics", &address]);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| look(&address, "/metrics", &over));
        let cost = cost(&mut command);
        over.store(true, Ordering::Relaxed);
        cost.micros(COUNT)
    })
}

/// Looks again and again until it is over; before the program listens nobody answers.
fn look(address: &str, path: &str, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let _ = TcpStream::connect(address).map(|stream| get(stream, path));
        thread::sleep(PAUSE);
    }
}

fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Reads a page whole; its bytes.
fn get(mut stream: TcpStream, path: &str) -> usize {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    if stream.write_all(request.as_bytes()).is_ok() {
        let _ = stream.read_to_end(&mut answer);
    }
    answer.len()
}

/// `serve` in a folder; killed when it is dropped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Serving {
    /// Starts it, and waits until these addresses answer.
    fn start(folder: &Path, arguments: &[&str], addresses: &[&str]) -> Self {
        let mut command = program::program(folder, &["serve", "--allow", "loopback"]);
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let serving = Self(command.spawn().unwrap());
        let started = Instant::now();
        for address in addresses {
            while TcpStream::connect(*address).is_err() {
                assert!(
                    started.elapsed() < Duration::from_secs(10),
                    "it does not listen"
                );
                thread::sleep(Duration::from_millis(5));
            }
        }
        serving
    }
}

/// Microseconds of a delivery of `serve`, and whether somebody has its page open.
fn posted(folder: &Path, line: &str, open: bool) -> f64 {
    let (events, page) = (free(), free());
    let mut arguments = vec!["--bind", &events];
    let mut addresses = vec![events.as_str()];
    if open {
        arguments.extend(["--page", &page]);
        addresses.push(&page);
    }
    let serving = Serving::start(folder, &arguments, &addresses);
    let over = AtomicBool::new(false);
    let before = process::scheduled(serving.0.id());
    thread::scope(|scope| {
        if open {
            scope.spawn(|| look(&page, "/", &over));
        }
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| post(&events, line, POSTED / CLIENTS)))
            .collect();
        clients
            .into_iter()
            .for_each(|client| client.join().unwrap());
        over.store(true, Ordering::Relaxed);
    });
    let spent = process::scheduled(serving.0.id()) - before;
    spent as f64 / 1e3 / POSTED as f64
}

/// Posts an event so often on one connection.
fn post(address: &str, line: &str, count: usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let request = format!(
        "POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{line}",
        line.len()
    );
    for _ in 0..count {
        stream.write_all(request.as_bytes()).unwrap();
        let mut status = String::new();
        reader.read_line(&mut status).unwrap();
        assert!(status.starts_with("HTTP/1.1 202"), "{status}");
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            match header.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap();
                }
                Some(_) => {}
                None => break,
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
    }
}

/// Milliseconds of one scrape, of a program with many webhooks.
fn scrape_of_many(folder: &Path, url: &str) -> f64 {
    let mut yaml = String::new();
    for number in 0..WEBHOOKS {
        writeln!(
            yaml,
            "- {{name: webhook-{number}, events: 'after:adjust', url: '{url}', secret: s3cr3t}}"
        )
        .unwrap();
    }
    std::fs::write(folder.join("many.yaml"), yaml).unwrap();
    let (events, metrics) = (free(), free());
    let arguments = [
        "--config",
        "many.yaml",
        "--bind",
        &events,
        "--metrics",
        &metrics,
    ];
    let _serving = Serving::start(folder, &arguments, &[&events, &metrics]);
    let scrapes: Vec<f64> = (0..SCRAPES)
        .map(|_| {
            let stream = TcpStream::connect(&metrics).unwrap();
            let started = Instant::now();
            let bytes = get(stream, "/metrics");
            assert!(bytes > WEBHOOKS * 1000, "{bytes} bytes");
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    median(&scrapes)
}
