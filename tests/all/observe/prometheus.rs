//! A real Prometheus of Debian, which scrapes the program through an outage.

use super::{Watched, ask};
use crate::support::daemon::{self, Daemon};
use crate::support::missing;
use crate::support::program::{Program, Running};
use crate::support::root;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// In which an alert must have fired, or fallen silent.
const PATIENCE: Duration = Duration::from_secs(150);

/// A Prometheus with our alerts, in which a minute is a second.
struct Prometheus {
    address: SocketAddr,
    _daemon: Daemon,
}

impl Prometheus {
    /// None where it is missing, which is said.
    fn start(target: &str) -> Option<Self> {
        let Some(program) = daemon::find("prometheus") else {
            missing("prometheus");
            return None;
        };
        let [address] = daemon::free();
        let listen = format!("--web.listen-address={address}");
        let arguments = [
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--storage.tsdb.retention.time=1h",
            &listen,
        ];
        let configuration = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: [rules.yml]\n\
             scrape_configs:\n- job_name: servo-webhooks\n  static_configs: [{{targets: ['{target}']}}]\n"
        );
        let rules = std::fs::read_to_string(root().join("docs/observe/servo-webhooks.rules.yml"));
        let files = [
            ("prometheus.yml", configuration),
            ("rules.yml", hurried(&rules.unwrap())),
        ];
        let daemon = Daemon::start(&program, &arguments, &files, &[address]);
        Some(Self {
            address,
            _daemon: daemon.unwrap(),
        })
    }

    /// What a query gives now.
    fn query(&self, query: &str) -> Vec<Value> {
        let escaped: String = query
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        // Of an older version, in which an answer comes in one piece.
        let head = format!("GET /api/v1/query?query={escaped} HTTP/1.0\r\n");
        let answer = ask(&self.address.to_string(), &head, "");
        if answer.status == 503 {
            // It is not ready yet.
            return Vec::new();
        }
        assert_eq!(answer.status, 200, "{}", answer.body);
        let found: Value = serde_json::from_str(&answer.body).unwrap();
        found["data"]["result"].as_array().unwrap().clone()
    }

    /// The alerts that fire.
    fn firing(&self) -> BTreeSet<String> {
        let found = self.query("ALERTS{alertstate=\"firing\"}");
        let name = |alert: &Value| alert["metric"]["alertname"].as_str().unwrap().to_owned();
        found.iter().map(name).collect()
    }

    /// Does something again and again until exactly these alerts fire.
    fn until_firing(&self, expected: &[&str], mut meanwhile: impl FnMut()) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let firing = self.firing();
            if firing.iter().eq(expected) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{firing:?}, and not {expected:?}"
            );
            meanwhile();
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The rules with minutes that are seconds, and a quarter of an hour that is three of them.
fn hurried(rules: &str) -> String {
    let mut hurried = rules.replace("> 900", "> 3").replace("[1h]", "[20s]");
    for minutes in [1, 2, 5, 10] {
        let seconds = if minutes == 10 { 12 } else { 2 + minutes };
        hurried = hurried.replace(&format!("[{minutes}m]"), &format!("[{seconds}s]"));
        hurried = hurried.replace(&format!("offset {minutes}m"), &format!("offset {seconds}s"));
        hurried = hurried.replace(&format!("for: {minutes}m"), "for: 1s");
    }
    let left = |line: &&str| line.contains("for: ") && !line.contains("for: 1s");
    let code = hurried.lines().filter(|line| !line.contains("description"));
    assert!(
        code.clone().filter(left).count() == 0 && !code.clone().any(|line| line.contains("m]"))
    );
    hurried
}

/// A responder that can be away.
fn responder(program: &Program, address: SocketAddr) -> Running {
    let running = program.start(&["listen", "--bind", &address.to_string()]);
    running.until_listening();
    running
}

#[test]
fn alerts_fire_in_an_outage_and_fall_silent_after_it() {
    let [address] = daemon::free();
    let hook = |name: &str, event: &str, more: &str| {
        format!(
            "- {{name: {name}, events: '{event}', url: 'http://{address}/', secret: s{more}}}\n"
        )
    };
    let configuration = [
        hook("store", "after:measure", ", backoff: false"),
        hook(
            "patient",
            "after:describe",
            ", backoff: {max_time: 1h, max_tries: 10000}",
        ),
        hook("asks", "before:adjust", ""),
        hook("guards", "before:check", ", on_error: cancel"),
    ]
    .concat();
    let program = Program::new(&configuration).variable("SERVO_WEBHOOKS_SECRET", "s");
    let listening = responder(&program, address);
    let more = [
        "--store",
        "store",
        "--breaker-after",
        "0s",
        "--breaker-hold",
        "200ms",
    ];
    let served = Watched::serve(&program, &more);
    let Some(prometheus) = Prometheus::start(&served.metrics) else {
        return served.end(0);
    };
    let post = |event: &str| {
        let status = served.post(&format!("{{\"event\":\"{event}\"}}")).status;
        assert!(status < 300, "{event}: {status}");
    };
    let all = [
        "after:measure",
        "after:describe",
        "before:adjust",
        "before:check",
    ];
    // All is well.
    all.iter().for_each(|event| post(event));
    let deadline = Instant::now() + PATIENCE;
    let proceeded =
        "servo_webhooks_decisions_total{result=\"proceed\",job=\"servo-webhooks\"} == 2";
    while prometheus.query(proceeded).is_empty() {
        assert!(Instant::now() < deadline, "nothing is scraped");
        std::thread::sleep(Duration::from_millis(100));
    }
    // Before its first scrape Prometheus knows of no target.
    prometheus.until_firing(&[], || {});
    // The responder dies, and somebody makes a mistake.
    listening.signal("TERM");
    listening.finish();
    program.write("servo.yaml", "- {name: [}");
    served.running.signal("HUP");
    let expected = [
        "ServoWebhooksBreakerOpen",
        "ServoWebhooksDeadLettersGrow",
        "ServoWebhooksDeliveriesLost",
        "ServoWebhooksFailedClosed",
        "ServoWebhooksFailedOpen",
        "ServoWebhooksOldestWaiting",
        "ServoWebhooksQuestionUnanswered",
        "ServoWebhooksReloadFailed",
    ];
    prometheus.until_firing(&expected, || all.iter().for_each(|event| post(event)));
    // It comes back, and the mistake is corrected.
    let listening = responder(&program, address);
    program.write("servo.yaml", &configuration);
    served.running.signal("HUP");
    // A breaker finds that out by its next delivery.
    prometheus.until_firing(&[], || all.iter().for_each(|event| post(event)));
    let deadline = Instant::now() + PATIENCE;
    while prometheus
        .query("sum(servo_webhooks_waiting) == 0")
        .is_empty()
    {
        assert!(Instant::now() < deadline, "what waited is not delivered");
        std::thread::sleep(Duration::from_millis(100));
    }
    // The program itself dies.
    served.end(0);
    prometheus.until_firing(&["ServoWebhooksDown"], || {});
    listening.signal("TERM");
    listening.finish();
}
