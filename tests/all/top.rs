//! `top`: from metrics and from a store, in a terminal, in a pipe, and when there is nothing to
//! look at.

use crate::support;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::terminal::{self, CTRL_C, Setup, Terminal};
use serde_json::Value;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const ENTER: &str = "\u{1b}[?1049h";
const LEAVE: &str = "\u{1b}[?25h\u{1b}[?1049l";

/// Metrics of a program that delivers, of which one webhook is in trouble. Each time that they
/// are read more has happened.
struct Metrics {
    responder: Responder,
    is_ill: Arc<AtomicBool>,
}

impl Metrics {
    fn start() -> Self {
        let (reads, is_ill) = (AtomicU64::new(0), Arc::new(AtomicBool::new(false)));
        let ill = Arc::clone(&is_ill);
        let responder = Responder::start_sink(move |request| {
            if ill.load(Ordering::SeqCst) {
                return Reply::status(503);
            }
            assert_eq!(request.path, "/metrics");
            let reads = reads.fetch_add(1, Ordering::SeqCst);
            Reply::typed(200, "text/plain; version=0.0.4", &metrics(reads))
        });
        Self { responder, is_ill }
    }

    fn address(&self) -> String {
        self.responder.address.to_string()
    }
}

fn metrics(reads: u64) -> String {
    let name = |name: &str| format!("servo_webhooks_{name}");
    let mut text = String::from("# TYPE servo_webhooks_events counter\n");
    let mut line = |metric: &str, labels: &str, value: u64| {
        text += &format!("{}{{{labels}}} {value}\n", name(metric));
    };
    line("events_total", "side=\"after\"", 1_000 * reads);
    line("decisions_total", "result=\"failed_open\"", 2);
    line("store_size_bytes", "", 3 << 20);
    line("store_limit_bytes", "", 1 << 30);
    for (webhook, open) in [("busy", 0), ("stuck", 1), ("evil\\\"\u{202e}\u{1b}[2J", 0)] {
        let labels = |more: &str| format!("webhook=\"{webhook}\"{more}");
        line("paused", &labels(""), 0);
        line("switched_off", &labels(""), 0);
        for state in ["closed", "open", "half_open"] {
            let is_so = u64::from((state == "open") == (open == 1) && state != "half_open");
            line(
                "breaker_state",
                &labels(&format!(",state=\"{state}\"")),
                is_so,
            );
        }
        line("waiting", &labels(""), 77 * open);
        line("oldest_waiting_seconds", &labels(""), 90 * open);
        let delivered = if webhook == "busy" { 500 * reads } else { 0 };
        line(
            "deliveries_total",
            &labels(",outcome=\"delivered\""),
            delivered,
        );
        line(
            "deliveries_total",
            &labels(",outcome=\"failed\""),
            5 * open * reads,
        );
        for (bound, count) in [("0.05", 0), ("0.1", delivered), ("+Inf", delivered)] {
            let labels = labels(&format!(",le=\"{bound}\""));
            line("attempt_duration_seconds_bucket", &labels, count);
        }
    }
    text + "# EOF\n"
}

fn start(program: &Program, setup: &Setup, arguments: &[&str]) -> Terminal {
    let _ = program;
    setup.start(&[&["servo-webhooks", "top", "--interval", "100ms"], arguments].concat())
}

#[test]
fn a_terminal_shows_what_goes_on_and_is_given_back() {
    if !terminal::is_there() {
        return;
    }
    let (metrics, program) = (Metrics::start(), Program::empty());
    let address = metrics.address();
    for (columns, end) in [(120, "q"), (80, CTRL_C), (40, CTRL_C)] {
        let setup = Setup::new(columns, &program.path(""));
        let mut terminal = start(&program, &setup, &["--metrics", &address]);
        let screen = terminal.until("a rate", |screen| {
            let mut lines = screen.lines();
            lines.any(|line| line.starts_with("stuck")) && screen.contains("events/s")
        });
        let row = |name: &str| {
            let found = screen.lines().position(|line| line.starts_with(name));
            found.unwrap_or_else(|| panic!("{name}:\n{screen}"))
        };
        // What is in trouble comes first, and nothing of others does anything to a terminal.
        assert!(
            row("stuck") < row("busy") && row("busy") < row("evil"),
            "{screen}"
        );
        let widest = screen
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap();
        assert!(widest <= usize::from(columns), "{screen}");
        let stuck = screen.lines().nth(row("stuck")).unwrap();
        for word in ["open", "77"] {
            assert!(stuck.contains(word), "{screen}");
        }
        if columns == 120 {
            assert!(stuck.contains("1m30s"), "{screen}");
            assert!(
                screen.lines().nth(row("busy")).unwrap().contains("75ms"),
                "{screen}"
            );
            assert!(screen.contains("store 3 MiB of 1024 MiB"), "{screen}");
        }
        terminal.press(end);
        let ended = terminal.finish().exits(0);
        assert!(ended.raw.contains(ENTER), "{}", ended.raw);
        assert!(ended.raw.ends_with(LEAVE), "{:?}", ended.raw);
        assert!(ended.is_colored());
    }
}

#[test]
fn signals_and_another_size_are_heard() {
    if !terminal::is_there() {
        return;
    }
    let (metrics, program) = (Metrics::start(), Program::empty());
    let setup = Setup::new(100, &program.path(""));
    let script = format!(
        "tty > tty; echo $$ > pid; exec servo-webhooks top --interval 1h --metrics {}",
        metrics.address()
    );
    let terminal = setup.start(&["sh", "-c", &script]);
    terminal.until_shown("OLDEST");
    let told = |file: &str| std::fs::read_to_string(program.path(file)).unwrap();
    // It is drawn anew at once, and not when the hour is over.
    let resized = std::process::Command::new("stty")
        .args(["-F", told("tty").trim(), "cols", "40", "rows", "10"])
        .status();
    assert!(resized.unwrap().success());
    terminal.until("a narrow table", |screen| {
        screen.contains("WAITING") && !screen.contains("OLDEST")
    });
    support::signal(told("pid").trim().parse().unwrap(), "TERM");
    let ended = terminal.finish().exits(0);
    assert!(ended.raw.ends_with(LEAVE), "{:?}", ended.raw);
}

#[test]
fn what_is_away_may_come_back() {
    if !terminal::is_there() {
        return;
    }
    let (metrics, program) = (Metrics::start(), Program::empty());
    let setup = Setup::new(80, &program.path("")).variable("NO_COLOR", "1");
    let mut terminal = start(&program, &setup, &["--metrics", &metrics.address()]);
    terminal.until_shown("events/s");
    metrics.is_ill.store(true, Ordering::SeqCst);
    let screen = terminal.until_shown("answered 503");
    // What was seen last stays.
    assert!(screen.contains("stuck"), "{screen}");
    metrics.is_ill.store(false, Ordering::SeqCst);
    terminal.until("metrics again", |screen| !screen.contains("answered 503"));
    terminal.press("q");
    let ended = terminal.finish().exits(0);
    // Of a terminal without colours all but the colours is used.
    assert!(
        ended.raw.contains(ENTER) && !ended.raw.contains("\u{1b}[1m"),
        "{:?}",
        ended.raw
    );
}

#[test]
fn where_nobody_looks_it_prints_once() {
    let (metrics, program) = (Metrics::start(), Program::empty());
    let address = metrics.address();
    let arguments = ["top", "--interval", "100ms", "--metrics", &address];
    let finished = program.call(&arguments).exits(0);
    assert!(finished.stdout.contains("stuck"), "{}", finished.stdout);
    assert!(!finished.stdout.contains('\u{1b}'), "{}", finished.stdout);
    let anew = Metrics::start();
    let address_anew = anew.address();
    let finished = program
        .call(&[
            "top",
            "--interval",
            "100ms",
            "--metrics",
            &address_anew,
            "--json",
        ])
        .exits(0);
    let record: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(finished.stdout.lines().count(), 1);
    let of = |name: &str| {
        let webhooks = record["webhooks"].as_array().unwrap();
        let found = webhooks.iter().find(|webhook| webhook["webhook"] == name);
        found.unwrap_or_else(|| panic!("{name}: {record}"))
    };
    assert_eq!(of("stuck")["breaker"], "open");
    assert_eq!(of("stuck")["waiting"], 77);
    assert_eq!(of("stuck")["oldest_waiting_seconds"], 90.0);
    assert_eq!(of("stuck")["failed"], 5);
    let seconds = record["interval_seconds"].as_f64().unwrap();
    assert!(seconds >= 0.1, "{record}");
    let close = |value: &Value, expected: f64| {
        let value = value.as_f64().unwrap();
        assert!((value / expected - 1.0).abs() < 1e-6, "{value} {expected}");
    };
    close(&of("busy")["delivered_per_second"], 500.0 / seconds);
    close(&of("busy")["p50_seconds"], 0.075);
    close(&record["events_per_second"], 1_000.0 / seconds);
    assert_eq!(record["program"]["failed_open"], 2);
    // The variable that the program listens by is enough.
    let program = program.variable("SERVO_WEBHOOKS_METRICS", &address);
    program
        .call(&["top", "--once", "--interval", "100ms"])
        .exits(0);
    if terminal::is_there() {
        for (variable, value, more) in [("TERM", "dumb", &[][..]), ("TERM", "xterm", &["--once"])] {
            let setup = Setup::new(80, &program.path("")).variable(variable, value);
            let ended = setup.start(&[&["servo-webhooks"], &arguments[..], more].concat());
            let ended = ended.finish().exits(0);
            assert!(!ended.raw.contains(ENTER), "{:?}", ended.raw);
            assert!(ended.screen.contains("stuck"), "{}", ended.screen);
        }
    }
}

#[test]
fn what_cannot_be_looked_at_is_an_error_that_says_what_to_do() {
    let program = Program::empty();
    // Taken, and given back: nobody listens there.
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let page = Responder::start_sink(|request| match &*request.path {
        "/metrics" => Reply::typed(200, "text/html", "<!doctype html>\n<title>no</title>\n"),
        "/others" => Reply::typed(200, "text/plain", "go_goroutines 7\n"),
        _ => Reply::status(404),
    });
    for (metrics, said) in [
        (free.to_string(), "--metrics ADDRESS"),
        (page.url(""), "not the metrics of servo-webhooks: line 1"),
        (page.url("/others"), "none begins with servo_webhooks_"),
        (page.url("/x"), "answered 404"),
    ] {
        let finished = program.call(&["top", "--metrics", &metrics]).exits(1);
        assert!(finished.stderr.contains(said), "{}", finished.stderr);
        assert!(finished.stdout.is_empty(), "{}", finished.stdout);
        assert!(!finished.stderr.contains("/others"), "{}", finished.stderr);
    }
    for (arguments, said) in [
        (&["top"][..], "--metrics"),
        (&["top", "--metrics", "ftp://a"], "http://"),
        (&["top", "--metrics", "a:1", "--interval", "1ms"], "100ms"),
        (&["top", "--metrics", "a:1", "--store", "b"], "--store"),
        (&["top", "--store", "missing"], "missing"),
    ] {
        let finished = program.call(arguments).exits(2);
        assert!(
            finished.stderr.contains(said),
            "{arguments:?}: {}",
            finished.stderr
        );
    }
}

#[test]
fn a_store_is_looked_at_while_a_program_uses_it_and_afterwards() {
    let responder = Responder::start_sink(|request| match &*request.path {
        "/stuck" => Reply::status(503),
        "/asks" => Reply::cancel("no"),
        _ => Reply::status(200),
    });
    let hook = |name: &str, event: &str| {
        let url = responder.url(&format!("/{name}"));
        format!(
            "- {{name: {name}, events: '{event}', url: '{url}', secret: s, backoff: {{max_time: 1h, max_tries: 100}}}}\n"
        )
    };
    let program = Program::new(
        &[
            hook("well", "after:measure"),
            hook("stuck", "after:adjust"),
            hook("asks", "before:adjust"),
        ]
        .concat(),
    );
    let mut running = program.start_run(&["--store", "store", "--drain-timeout", "1s"]);
    running.feed("{\"event\":\"after:adjust\"}\n");
    running.until("it is accepted", |out| out.contains("accepted"));
    let look = || {
        let arguments = ["top", "--store", "store", "--interval", "500ms", "--json"];
        let finished = program.call(&arguments).exits(0);
        serde_json::from_str::<Value>(&finished.stdout).unwrap()
    };
    let of = |record: &Value, name: &str| {
        let webhooks = record["webhooks"].as_array().unwrap();
        let mut found = webhooks.iter().filter(|webhook| webhook["webhook"] == name);
        found.next().cloned().unwrap_or_default()
    };
    let record = look();
    assert_eq!(of(&record, "stuck")["waiting"], 1, "{record}");
    assert!(
        of(&record, "stuck")["oldest_waiting_seconds"]
            .as_f64()
            .is_some(),
        "{record}"
    );
    assert!(of(&record, "stuck")["breaker"].is_null());
    // What goes on while it looks.
    let mut looking = program.start(&["top", "--store", "store", "--interval", "4s", "--json"]);
    looking.close();
    let mut fed = 0;
    let record = loop {
        if let Some(status) = looking.child.try_wait().unwrap() {
            assert!(status.success());
            let finished = looking.finish().exits(0);
            break serde_json::from_str::<Value>(&finished.stdout).unwrap();
        }
        running.feed("{\"event\":\"after:measure\"}\n{\"event\":\"before:adjust\"}\n");
        fed += 1;
        running.until("it is settled", |out| {
            out.matches("\"outcome\":\"delivered\"").count() >= fed
        });
    };
    let (well, asks) = (of(&record, "well"), of(&record, "asks"));
    assert!(
        well["delivered_per_second"].as_f64().unwrap() > 0.0,
        "{record}"
    );
    assert!(well["p95_seconds"].as_f64().is_some(), "{record}");
    assert!(asks["vetoed"].as_u64().unwrap() > 0, "{record}");
    assert_eq!(asks["vetoed"], asks["asked"], "{record}");
    running.signal("TERM");
    running.finish();
    // Nobody uses it any more.
    let record = look();
    assert_eq!(of(&record, "stuck")["waiting"], 1, "{record}");
    assert_eq!(of(&record, "well")["delivered_per_second"], 0.0, "{record}");
}
