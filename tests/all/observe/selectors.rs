//! Dashboard, alerts and documents, held to the metrics that the program has.

use super::Watched;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::{has, missing, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

const DASHBOARD: &str = "docs/observe/servo-webhooks.dashboard.json";
const RULES: &str = "docs/observe/servo-webhooks.rules.yml";
const REFERENCE: &str = "docs/reference/metrics.md";
const GUIDE: &str = "docs/guides/observe.md";

const PREFIX: &str = "servo_webhooks_";

/// What Prometheus adds to each sample, and the bound of a bucket.
const ADDED: [&str; 3] = ["job", "instance", "le"];

/// Labels with their values, for each name of a sample.
type Samples = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// The metrics of a program in which everything has happened that makes one appear.
fn live() -> String {
    let responder = Responder::start(|request| match &*request.path {
        "/asks" => Reply::cancel("no"),
        _ => Reply::status(200),
    });
    let hook = |name: &str, event: &str| {
        let url = responder.url(&format!("/{name}"));
        format!("- {{name: {name}, events: '{event}', url: '{url}', secret: s}}\n")
    };
    let program = Program::new(
        &[
            hook("tells", "after:measure"),
            hook("asks", "before:adjust"),
        ]
        .concat(),
    );
    let served = Watched::serve(&program, &["--store", "store"]);
    for event in ["after:measure", "before:adjust"] {
        assert!(served.post(&format!("{{\"event\":\"{event}\"}}")).status < 300);
    }
    served.until(
        "servo_webhooks_deliveries_total{webhook=\"tells\",outcome=\"delivered\"}",
        "1",
    );
    served.until(
        "servo_webhooks_answers_total{webhook=\"asks\",result=\"cancelled\"}",
        "1",
    );
    let metrics = served.metrics();
    served.end(0);
    metrics
}

fn samples(metrics: &str) -> Samples {
    let mut samples = Samples::new();
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let end = line.find(['{', ' ']).unwrap();
        let labels = samples.entry(line[..end].to_owned()).or_default();
        for (name, _, value) in matchers(&line[end..]) {
            labels.entry(name).or_default().insert(value);
        }
    }
    samples
}

/// What stands in braces at the beginning of a text: label, operator, value.
fn matchers(text: &str) -> Vec<(String, String, String)> {
    let Some(mut rest) = text.strip_prefix('{') else {
        return Vec::new();
    };
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', ',', '\n']);
        if rest.is_empty() || rest.starts_with('}') {
            return found;
        }
        let name = rest.find(['=', '!']).unwrap_or_else(|| panic!("{text}"));
        let quote = rest.find('"').unwrap_or_else(|| panic!("{text}"));
        let value = &rest[quote + 1..];
        let end = value.find('"').unwrap_or_else(|| panic!("{text}"));
        found.push((
            rest[..name].trim().to_owned(),
            rest[name..quote].trim().to_owned(),
            value[..end].to_owned(),
        ));
        rest = &value[end + 1..];
    }
}

/// The names of metrics in a text, each with what follows.
fn names(text: &str) -> Vec<(&str, &str)> {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let places = text.match_indices(PREFIX);
    places
        .map(|(place, _)| {
            let rest = &text[place..];
            rest.split_at(rest.find(|char| !is_name(char)).unwrap_or(rest.len()))
        })
        .collect()
}

/// What is wrong with the queries in a text.
fn faults(text: &str, samples: &Samples) -> Vec<String> {
    let (mut faults, mut labels) = (Vec::new(), BTreeSet::new());
    for (name, rest) in names(text) {
        let Some(known) = samples.get(name) else {
            faults.push(format!("there is no {name}"));
            continue;
        };
        labels.extend(known.keys().map(String::as_str));
        for (label, operator, value) in matchers(rest) {
            if ADDED.contains(&&*label) {
                continue;
            }
            let Some(values) = known.get(&label) else {
                faults.push(format!("{name} has no label {label}"));
                continue;
            };
            let is_pattern = operator.ends_with('~');
            let wanted = value
                .split('|')
                .filter(|_| is_pattern || !value.contains('|'));
            for value in wanted.filter(|value| !value.starts_with('$')) {
                if !values.contains(value) {
                    faults.push(format!("{name} has no {label} {value}"));
                }
            }
        }
    }
    for list in text.split("by (").skip(1) {
        let (list, _) = list.split_once(')').unwrap();
        for label in list.split(',').map(str::trim) {
            if !ADDED.contains(&label) && !labels.contains(label) {
                faults.push(format!("no metric of it has the label {label}: {text}"));
            }
        }
    }
    faults
}

/// All queries of a dashboard.
fn queries(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains(PREFIX) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| queries(value, found)),
        Value::Object(members) => members.values().for_each(|value| queries(value, found)),
        _ => {}
    }
}

/// The expressions of alerts, by name.
fn alerts(rules: &str) -> BTreeMap<String, String> {
    let mut alerts = BTreeMap::new();
    for alert in rules.split("- alert: ").skip(1) {
        let (name, rest) = alert.split_once('\n').unwrap();
        let (_, expression) = rest.split_once("expr: ").unwrap();
        let (expression, _) = expression.split_once("labels:").unwrap();
        alerts.insert(name.to_owned(), expression.to_owned());
    }
    alerts
}

#[test]
fn dashboard_alerts_and_documents_name_what_there_is() {
    let metrics = live();
    let samples = samples(&metrics);
    let mut shown = Vec::new();
    queries(&serde_json::from_str(&read(DASHBOARD)).unwrap(), &mut shown);
    assert!(shown.len() >= 25, "{}", shown.len());
    let alerts = alerts(&read(RULES));
    assert!(alerts.len() >= 10, "{alerts:?}");
    for query in shown.iter().chain(alerts.values()) {
        assert_eq!(faults(query, &samples), [""; 0], "{query}");
    }
    // What is written in prose: samples, or a histogram as a whole.
    let families: BTreeSet<&str> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    for page in [REFERENCE, GUIDE, "docs/reference/output.md"] {
        for (name, _) in names(&read(page)) {
            let is_known = samples.contains_key(name) || families.contains(name);
            assert!(is_known, "{page}: {name}");
        }
    }
    // And the other way round: each is described, and most can be seen.
    let reference = read(REFERENCE);
    for name in samples.keys() {
        let parts = ["_bucket", "_sum", "_count"];
        let histogram = parts.iter().find_map(|part| name.strip_suffix(part));
        let family = histogram
            .filter(|name| families.contains(name))
            .unwrap_or(name);
        assert!(reference.contains(&format!("| `{family}` |")), "{family}");
        let seen = |text: &String| text.contains(family);
        assert!(shown.iter().any(seen), "{family} is not on the dashboard");
    }
}

#[test]
fn what_is_wrong_with_a_query_is_found() {
    let samples =
        samples("servo_webhooks_a_total{webhook=\"x\",state=\"open\"} 1\nservo_webhooks_b 2\n");
    for (query, fault) in [
        ("rate(servo_webhooks_a[5m])", "there is no servo_webhooks_a"),
        (
            "servo_webhooks_a_total{hook=\"$webhook\"}",
            "has no label hook",
        ),
        (
            "servo_webhooks_a_total{state=~\"open|shut\"}",
            "has no state shut",
        ),
        (
            "servo_webhooks_a_total{state!=\"shut\"}",
            "has no state shut",
        ),
        (
            "sum by (hook) (servo_webhooks_a_total)",
            "has the label hook",
        ),
        (
            "sum by (webhook) (servo_webhooks_b)",
            "has the label webhook",
        ),
    ] {
        let found = faults(query, &samples);
        assert!(
            found.len() == 1 && found[0].contains(fault),
            "{query}: {found:?}"
        );
    }
    let right = "sum by (webhook, le) (servo_webhooks_a_total{webhook=~\"$webhook\", instance=\"x\", state=~\"open\"})";
    assert_eq!(faults(right, &samples), [""; 0]);
}

fn promtool(arguments: &[&str], input: &str) {
    let mut tool = Command::new("promtool")
        .args(arguments)
        .current_dir(root().join("docs/observe"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    tool.stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&said)
    );
}

#[test]
fn promtool_accepts_metrics_and_rules_and_their_tests() {
    if !has("promtool") {
        return missing("promtool, of Debian's package prometheus");
    }
    promtool(&["check", "metrics"], &live());
    promtool(&["check", "rules", "servo-webhooks.rules.yml"], "");
    promtool(&["test", "rules", "servo-webhooks.rules.test.yml"], "");
    // Each alert has its test, with a time at which it fires, and its runbook.
    let tests = read("docs/observe/servo-webhooks.rules.test.yml");
    let guide = read(GUIDE);
    let rules = read(RULES);
    let alerts: Vec<String> = alerts(&rules).into_keys().collect();
    let described = guide
        .lines()
        .filter_map(|line| line.strip_prefix("### Servo"));
    let mut described: Vec<String> = described.map(|name| format!("Servo{name}")).collect();
    described.sort();
    assert_eq!(described, alerts);
    for alert in &alerts {
        let (_, test) = tests.split_once(&format!("- name: {alert}\n")).unwrap();
        let test = test.split("- name: ").next().unwrap();
        assert!(test.contains("exp_labels:"), "{alert}");
        assert_eq!(test.matches("exp_alerts: []").count(), 2, "{alert}");
    }
    let with = |what: &str| rules.matches(&format!("          {what}: ")).count();
    for what in ["summary", "description", "runbook", "severity"] {
        assert_eq!(with(what), alerts.len(), "{what}");
    }
}

/// A dashboard that Grafana takes: panels with numbers of their own that do not overlap.
#[test]
fn the_dashboard_is_whole() {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels
        .iter()
        .map(|panel| panel["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), panels.len());
    let mut taken = BTreeSet::new();
    for panel in panels {
        let place = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        let (left, top) = (place("x"), place("y"));
        assert!(left + place("w") <= 24, "{}", panel["title"]);
        for x in left..left + place("w") {
            for y in top..top + place("h") {
                assert!(taken.insert((x, y)), "{} overlaps", panel["title"]);
            }
        }
        if panel["type"] != "row" {
            assert!(!panel["targets"].as_array().unwrap().is_empty());
            assert_eq!(panel["datasource"]["uid"], "${datasource}");
        }
    }
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<_> = variables
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["datasource", "instance", "webhook"]);
}
