//! What a webhook adds to an event before which it is asked, beyond the bare request.

use super::bare::Bare;
use super::context::{Context, NO_NGINX};
use super::events::{self, PARAMETERS};
use super::figure::{Figure, Goal, Measured, median};
use super::program;
use super::sink::Sink;
use servo_webhooks::{Allow, Configuration, Connector, Event, LoadOptions, Options, Webhooks};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Events of a round, and how many come in a row before it is the other's turn.
const BLOCKS: usize = 40;
const BLOCK: usize = 50;

/// Events of a round that come after a rest, and the rest.
const RESTED: usize = 100;
const REST: Duration = Duration::from_millis(5);

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let folder = context.folder("before");
    let Some(sink) = Sink::start(&folder, 1) else {
        measured.skip(&format!("before an event: {NO_NGINX}"));
        return measured;
    };
    let request = program::recorded(&folder, "before:adjust", 0);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let webhooks = webhooks(&sink.url("/"));
    let bare = Bare::new(&[sink.url("/")], &request);
    let event = event();
    let ask = async || {
        let started = Instant::now();
        let outcome = webhooks.before(&event).await.unwrap();
        let took = micros(started);
        assert!(!outcome.is_cancelled());
        assert_eq!(outcome.webhooks[0].status, Some(200));
        took
    };
    let send = async || {
        let started = Instant::now();
        bare.send(0).await;
        micros(started)
    };
    let columns = context.rounds(|| {
        let (mut ours, mut bares) = (Vec::new(), Vec::new());
        let (mut rested, mut bares_rested) = (Vec::new(), Vec::new());
        runtime.block_on(async {
            for _ in 0..BLOCKS {
                for _ in 0..BLOCK {
                    ours.push(ask().await);
                }
                for _ in 0..BLOCK {
                    bares.push(send().await);
                }
            }
            for _ in 0..RESTED {
                sleep(REST).await;
                rested.push(ask().await);
                sleep(REST).await;
                bares_rested.push(send().await);
            }
        });
        [
            median(&ours),
            median(&bares),
            last_hundredth(&ours),
            last_hundredth(&bares),
            median(&rested),
            median(&bares_rested),
        ]
    });
    let [ours, bares, ours_last, bares_last, rested, bares_rested] = columns;
    for (name, ours, bares, most) in [
        ("added before an event, median", &ours, &bares, Some(50.0)),
        (
            "added before an event, 99th percentile",
            &ours_last,
            &bares_last,
            Some(200.0),
        ),
        (
            "added before an event, median, after 5 ms of rest",
            &rested,
            &bares_rested,
            None,
        ),
    ] {
        let added: Vec<f64> = ours.iter().zip(bares).map(|(a, b)| a - b).collect();
        let mut figure = Figure::new(name, "us", &added).beside("bare round trip", bares);
        figure.goal = most.map(Goal::at_most);
        measured.figures.push(figure);
    }
    measured
}

fn webhooks(url: &str) -> Webhooks {
    let connector = Connector::built_in().unwrap();
    let yaml = events::configuration([("before:adjust", url)], "");
    let configuration = Configuration::read(
        &connector,
        "bench.yaml",
        "".as_ref(),
        yaml.as_bytes(),
        &LoadOptions::default(),
    )
    .unwrap();
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    Webhooks::start(configuration, options, ()).unwrap()
}

fn event() -> Event {
    let parameters = serde_json::value::RawValue::from_string(PARAMETERS.to_owned()).unwrap();
    Event::new("adjust")
        .unwrap()
        .with_parameters(&parameters)
        .unwrap()
}

fn micros(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e6
}

/// The 99th percentile.
fn last_hundredth(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() * 99 / 100]
}
