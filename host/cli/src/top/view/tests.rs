use super::*;
use crate::top::sample::{Counts, Latency, Program, Webhook};
use anstream::adapter::strip_str;
use std::time::Instant;

fn history() -> History {
    let start = Instant::now();
    let webhook = |name: &str, delivered: f64, more: Webhook| Webhook {
        name: name.to_owned(),
        counts: Counts {
            delivered,
            ..more.counts
        },
        ..more
    };
    let mut history = History::default();
    for second in [0.0, 2.0] {
        let stuck = Webhook {
            state: Some(State::On),
            breaker: Some(Breaker::Open),
            waiting: 1_234.0,
            oldest: Some(Duration::from_secs(75)),
            counts: Counts {
                failed: 4.0 + second,
                ..Counts::default()
            },
            ..Webhook::default()
        };
        let well = Webhook {
            state: Some(State::Paused),
            breaker: Some(Breaker::Closed),
            latency: Latency::Known(Some(0.0123), Some(1.25)),
            ..Webhook::default()
        };
        let hostile = "evil\u{202e}\n\u{1b}[2J".to_owned() + &"x".repeat(2_000);
        history.push(Sample {
            at: start + Duration::from_secs_f64(second),
            webhooks: vec![
                webhook("store", 100.0 + 25.0 * second, well),
                webhook("stuck", 7.0, stuck),
                webhook(&hostile, 0.0, Webhook::default()),
            ],
            program: Program {
                events: Some(10.0 * second),
                failed_open: Some(3.0),
                store_bytes: Some(12_582_912.0),
                store_limit: Some(1_073_741_824.0),
                store_accepting: Some(false),
                ..Program::default()
            },
        });
    }
    history
}

fn shown(width: Option<usize>, height: Option<usize>) -> String {
    let lines = lines("servo-webhooks top", &history(), width, height);
    strip_str(&lines.join("\n")).to_string()
}

#[test]
fn a_table_with_what_is_in_trouble_first() {
    let shown = shown(None, None);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "servo-webhooks top");
    assert_eq!(lines[1], "10.0 events/s   3 failed open");
    assert_eq!(
        lines[2],
        "store 12 MiB of 1024 MiB   the store accepts nothing"
    );
    let words = |line: &str| -> Vec<String> {
        line.split("  ")
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(words(lines[4])[..3], ["WEBHOOK", "STATE", "BREAKER"]);
    let stuck = [
        "stuck", "on", "open", "1234", "1m15s", "0.0", "6 (+2)", "0.0", "0", "0", "-", "-",
    ];
    let store = [
        "store", "paused", "closed", "0", "-", "25.0", "0", "0.0", "0", "0", "12ms", "1.2s",
    ];
    assert_eq!(words(lines[5]), stuck);
    assert_eq!(words(lines[6]), store);
    // Text of others stays in its place.
    assert_eq!(lines.len(), 8);
    assert!(
        !shown
            .chars()
            .any(|char| char != '\n' && rules::sanitize::is_unseen(char))
    );
    assert!(lines[7].chars().count() < 200);
}

#[test]
fn a_narrow_or_low_terminal_has_the_most_important() {
    for width in [20, 40, 60, 80, 120] {
        let shown = shown(Some(width), None);
        let widest = shown.lines().map(|line| line.chars().count()).max();
        assert!(
            widest.is_some_and(|widest| widest <= width.max(NAME)),
            "{width}:\n{shown}"
        );
        assert!(shown.contains("stuck"), "{shown}");
    }
    assert!(shown(Some(60), None).contains("WAITING"));
    let low = shown(Some(80), Some(7));
    assert_eq!(low.lines().count(), 7, "{low}");
    assert!(
        low.contains("stuck") && low.ends_with("and 2 more"),
        "{low}"
    );
}
