#![allow(clippy::unwrap_used, clippy::float_cmp)]
use super::*;
use crate::top::sample::Program;
use std::time::Instant;

fn sample(at: Instant, webhooks: Vec<Webhook>) -> Sample {
    Sample {
        at,
        webhooks,
        program: Program::default(),
    }
}

fn webhook(name: &str, delivered: f64, failed: f64) -> Webhook {
    Webhook {
        name: name.to_owned(),
        counts: Counts {
            delivered,
            failed,
            ..Counts::default()
        },
        ..Webhook::default()
    }
}

#[test]
fn rates_are_between_the_last_two_samples() {
    let (start, mut history) = (Instant::now(), History::default());
    history.push(sample(start, vec![webhook("a", 100.0, 1.0)]));
    assert!(history.rows()[0].rate(|counts| counts.delivered).is_none());
    let second = start + Duration::from_secs(2);
    history.push(sample(
        second,
        vec![webhook("a", 110.0, 1.0), webhook("new", 4.0, 0.0)],
    ));
    let rates: Vec<_> = history
        .rows()
        .iter()
        .map(|row| {
            (
                row.webhook.name.clone(),
                row.rate(|counts| counts.delivered).unwrap(),
            )
        })
        .collect();
    assert_eq!(rates, [("a".to_owned(), 5.0), ("new".to_owned(), 2.0)]);
    // A program that was started anew counts from nothing.
    history.push(sample(
        second + Duration::from_secs(1),
        vec![webhook("a", 7.0, 0.0)],
    ));
    let rows = history.rows();
    assert_eq!(rows[0].rate(|counts| counts.delivered), Some(7.0));
    assert_eq!(rows[0].more.unwrap().failed, 0.0);
}

#[test]
fn trouble_comes_first_and_then_what_waits() {
    let (start, mut history) = (Instant::now(), History::default());
    let waits = |name: &str, waiting| Webhook {
        waiting,
        ..webhook(name, 0.0, 0.0)
    };
    let open = Webhook {
        breaker: Some(Breaker::Open),
        ..webhook("open", 0.0, 0.0)
    };
    let failed = |count| webhook("failed", 0.0, count);
    let all = |count| {
        vec![
            webhook("quiet", 0.0, 0.0),
            waits("some", 3.0),
            failed(count),
            waits("many", 30.0),
            open.clone(),
        ]
    };
    history.push(sample(start, all(1.0)));
    history.push(sample(start + Duration::from_secs(1), all(2.0)));
    let names: Vec<_> = history
        .rows()
        .iter()
        .map(|row| row.webhook.name.clone())
        .collect();
    assert_eq!(names, ["failed", "open", "many", "some", "quiet"]);
}

#[test]
fn quantiles_are_those_of_the_window() {
    // As `histogram_quantile` of Prometheus: even within a bucket.
    let buckets = |counts: [f64; 4]| {
        Latency::Buckets(
            [0.1, 0.2, 1.0, f64::INFINITY]
                .into_iter()
                .zip(counts)
                .collect(),
        )
    };
    let now = buckets([10.0, 20.0, 20.0, 20.0]);
    assert_eq!(quantile(0.5, None, &now), Some(0.1));
    let close = |found: Option<f64>, expected: f64| {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-9, "{found}");
    };
    close(quantile(0.95, None, &now), 0.19);
    let later = buckets([10.0, 20.0, 30.0, 30.0]);
    close(quantile(0.5, Some(&now), &later), 0.6);
    // Nothing since: of all.
    close(quantile(0.95, Some(&now), &now), 0.19);
    // Begun anew.
    close(quantile(0.95, Some(&later), &now), 0.19);
    let beyond = buckets([0.0, 0.0, 0.0, 5.0]);
    assert_eq!(quantile(0.5, None, &beyond), Some(1.0));
    assert_eq!(quantile(0.5, None, &buckets([0.0; 4])), None);
    let known = Latency::Known(Some(1.0), Some(2.0));
    assert_eq!(quantile(0.5, None, &known), Some(1.0));
    assert_eq!(quantile(0.95, None, &known), Some(2.0));
}

#[test]
fn a_minute_of_samples_is_kept() {
    let (start, mut history) = (Instant::now(), History::default());
    for second in 0..1_000 {
        history.push(sample(start + Duration::from_secs(second), Vec::new()));
    }
    let window = history.samples.back().unwrap().at - history.samples.front().unwrap().at;
    assert!((60..=62).contains(&window.as_secs()), "{window:?}");
    for millisecond in 0..10_000 {
        let at = start + Duration::from_millis(1_000_000 + millisecond);
        history.push(sample(at, Vec::new()));
    }
    assert!(history.samples.len() <= MOST);
}
