//! What a delivery costs beside the bare HTTP request: `cargo bench --bench deliveries`.
//!
//! nginx answers 204 on this machine. The same number of requests with the same headers
//! and a body of 1 KB is made by a bare hyper client in a process of its own, and by
//! `servo-webhooks run` with fresh and with warm instances, in turn and three times each;
//! wrk shows what the machine can do. Wants nginx, and wrk if it is there.
#![allow(clippy::unwrap_used, missing_docs)]

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Requests of one run.
const COUNT: usize = 100_000;

/// Requests in flight.
const ABREAST: usize = 64;

/// Runs of each, in turn.
const ROUNDS: usize = 3;

/// The argument with which this program calls itself as the bare client.
const BARE: &str = "--bare";

/// Wall and processor time of [`COUNT`] requests.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    processor: Duration,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(place) = arguments.iter().position(|argument| argument == BARE) {
        bare(arguments[place + 1].parse().unwrap());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(sink) = Sink::start(folder.path()) else {
        println!("SKIPPED: nginx is not there (apt-get install nginx-light wrk)");
        return;
    };
    write_events(folder.path(), sink.port);
    let mut runs: [Vec<Cost>; 3] = Default::default();
    for _ in 0..ROUNDS {
        let this = std::env::current_exe().unwrap();
        runs[0].push(cost(
            Command::new(this).args([BARE, &sink.port.to_string()]),
        ));
        for (place, instances) in [(1, "fresh"), (2, "warm")] {
            runs[place].push(cost(&mut program(folder.path(), instances)));
        }
    }
    let [bare, fresh, warm] = runs.map(|runs| median(&runs));
    println!(
        "{:<46} {:>6} {:>12} {:>12} {:>6}",
        "figure", "goal", "ours", "beside", "ratio"
    );
    let rate = |cost: Cost| COUNT as f64 / cost.wall.as_secs_f64();
    let micros = |cost: Cost| cost.processor.as_secs_f64() * 1e6 / COUNT as f64;
    for (name, ours, least, most) in [("fresh", fresh, 0.65, 2.2), ("warm", warm, 0.8, 1.6)] {
        row(
            &format!("deliveries a second, {name}; beside bare hyper"),
            least,
            rate(ours),
            rate(bare),
        );
        row(
            &format!("CPU us a delivery, {name}; beside bare hyper"),
            most,
            micros(ours),
            micros(bare),
        );
    }
    match wrk(folder.path(), sink.port) {
        Some(limit) => row(
            "deliveries a second, fresh; beside wrk",
            0.5,
            rate(fresh),
            limit,
        ),
        None => println!("SKIPPED: wrk is not there (apt-get install wrk)"),
    }
}

fn row(name: &str, goal: f64, ours: f64, beside: f64) {
    println!(
        "{name:<46} {goal:>6.2} {ours:>12.1} {beside:>12.1} {:>6.2}",
        ours / beside
    );
}

fn median(runs: &[Cost]) -> Cost {
    let middle = |time: fn(&Cost) -> Duration| {
        let mut times: Vec<Duration> = runs.iter().map(time).collect();
        times.sort_unstable();
        times[times.len() / 2]
    };
    Cost {
        wall: middle(|cost| cost.wall),
        processor: middle(|cost| cost.processor),
    }
}

/// nginx, which answers 204; ends when it is dropped.
struct Sink {
    nginx: Child,
    port: u16,
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Its worker goes with it: a single process.
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

impl Sink {
    fn start(folder: &Path) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let text = format!(
            "daemon off; master_process off; pid {0}/pid; error_log {0}/log; events {{ worker_connections 4096; }}
             http {{ access_log off; keepalive_requests 1000000000; client_body_buffer_size 64k;
                     client_body_temp_path {0}; proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};
                     server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }} }}",
            folder.display()
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text).unwrap();
        let mut nginx = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(nginx.try_wait().unwrap().is_none(), "nginx did not start");
            assert!(started.elapsed() < Duration::from_secs(10), "no nginx");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { nginx, port })
    }
}

/// Bodies of 1 KB.
fn write_events(folder: &Path, port: u16) {
    let yaml =
        format!("- {{events: 'after:adjust', url: 'http://127.0.0.1:{port}/', secret: s3cr3t}}\n");
    std::fs::write(folder.join("servo.yaml"), yaml).unwrap();
    let mut settings = String::new();
    for number in 0..7 {
        write!(settings, r#",{{"name":"cpu{number}","type":"range","pinned":false,"value":2.5,"unit":"cores","min":0.5,"max":8.0,"step":0.5}}"#).unwrap();
    }
    let line = format!(
        r#"{{"event":"after:adjust","parameters":{{"adjustments":[{{"component_name":"web","setting_name":"cpu","value":2.5}}]}},"results":[{{"connector":"kubernetes","value":{{"components":[{{"name":"web","settings":[{}]}}],"metrics":[]}}}}]}}"#,
        &settings[1..]
    );
    let file = std::fs::File::create(folder.join("events.jsonl")).unwrap();
    let mut file = std::io::BufWriter::new(file);
    for _ in 0..COUNT {
        writeln!(file, "{line}").unwrap();
    }
    file.flush().unwrap();
}

fn program(folder: &Path, instances: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servo-webhooks"));
    command
        .args(["run", "--events", "events.jsonl", "--allow", "loopback"])
        .args(["--instances", instances, "--log-level", "error"])
        .args(["--connections", &ABREAST.to_string()])
        .current_dir(folder);
    command
}

/// Runs a command to its end.
fn cost(command: &mut Command) -> Cost {
    let (started, before) = (Instant::now(), of_children());
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
    Cost {
        wall: started.elapsed(),
        processor: of_children() - before,
    }
}

/// The processor time of the children that have ended, in steps of 10 ms.
fn of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<u64> = after_name
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    // cutime and cstime, see proc(5); the state is the first here.
    Duration::from_millis(10 * (fields[13] + fields[14]))
}

/// The bare client: ready-made headers and body, nothing else.
fn bare(port: u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build(connector);
    let body = Bytes::from(vec![b'x'; 1000]);
    let left = Arc::new(AtomicUsize::new(COUNT));
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..ABREAST {
            let (client, body, left) = (client.clone(), body.clone(), Arc::clone(&left));
            tasks.spawn(async move {
                let more = |left: usize| left.checked_sub(1);
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
                    .is_ok()
                {
                    let request = request(port, body.clone());
                    let answer = client.request(request).await.unwrap();
                    assert_eq!(answer.status(), 204);
                    answer.into_body().collect().await.unwrap();
                }
            });
        }
        tasks.join_all().await;
    });
}

fn request(port: u16, body: Bytes) -> Request<Full<Bytes>> {
    Request::post(format!("http://127.0.0.1:{port}/"))
        .header("content-type", "application/vnd.opsani.servo-webhooks+json")
        .header("x-servo-event", "after:adjust")
        .header("x-servo-schema", "1")
        .header("x-servo-delivery", "01a20aa8-f6a5-74da-87cc-3accaf9b6684")
        .header("x-servo-attempt", "1")
        .header(
            "x-servo-signature",
            "6158d22a38d7471948620f48a3365eb1b45d725d",
        )
        .header("user-agent", "servo-webhooks/0.1.0")
        .body(Full::new(body))
        .unwrap()
}

/// Requests a second of wrk.
fn wrk(folder: &Path, port: u16) -> Option<f64> {
    let script = "wrk.method = 'POST'\nwrk.body = string.rep('x', 1000)\n";
    std::fs::write(folder.join("post.lua"), script).unwrap();
    let output = Command::new("wrk")
        .args(["-t1", "-c64", "-d3", "-s", "post.lua"])
        .arg(format!("http://127.0.0.1:{port}/"))
        .current_dir(folder)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))?;
    line.trim().parse().ok()
}
