//! Many webhooks: one event to all of them, and an event to none.

use super::context::{Context, NO_NGINX};
use super::events;
use super::figure::{Curve, Figure, Goal, Growth, Measured, median};
use super::process::{Cost, cost};
use super::program;
use super::rules::micros;
use super::sink::Sink;
use futures_util::FutureExt;
use saphyr_parser::Parser;
use servo_webhooks::{Configuration, Connector, Event, LoadOptions, Options, Results, Webhooks};
use std::hint::black_box;
use std::time::Instant;

/// Deliveries of one run, and webhooks that share an event.
const COUNT: usize = 100_000;
const SHARING: usize = 100;

/// Webhooks that are configured, and the events that they listen to in turn.
const CONFIGURED: [usize; 5] = [1, 10, 100, 1000, 10_000];
const LISTENED: [&str; 5] = [
    "after:adjust",
    "before:adjust",
    "after:describe",
    "after:check",
    "after:startup",
];

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = sharing(context);
    measured.add(configured(context));
    measured
}

/// One event to a hundred webhooks, beside a hundred events to one.
fn sharing(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let folders = ["one", "many"].map(|name| context.folder(name));
    let Some(sink) = Sink::start(&folders[0], 1) else {
        measured.skip(&format!("one event to many webhooks: {NO_NGINX}"));
        return measured;
    };
    let (url, line) = (sink.url("/"), events::line("after:adjust", "", 1000));
    for (folder, webhooks) in folders.iter().zip([1, SHARING]) {
        let all = std::iter::repeat_n(("after:adjust", url.as_str()), webhooks);
        let configuration = events::configuration(all, "");
        std::fs::write(folder.join("servo.yaml"), configuration).unwrap();
        let file = folder.join("events.jsonl");
        events::write(&file, std::slice::from_ref(&line), COUNT / webhooks);
    }
    let wall = |cost: Cost| cost.wall.as_secs_f64() * 1e6 / COUNT as f64;
    let [one, many, one_wall, many_wall] = context.rounds(|| {
        let [one, many] =
            [0, 1].map(|index| cost(&mut program::run(&folders[index], "events.jsonl", "fresh")));
        [one.micros(COUNT), many.micros(COUNT), wall(one), wall(many)]
    });
    let beside = "100 events to one";
    measured.figures.push(
        Figure::new("one event to 100, processor of a delivery", "us", &many)
            .beside(beside, &one)
            .goal(Goal::at_most_times(0.6)),
    );
    measured.figures.push(
        Figure::new("one event to 100, time of a delivery", "us", &many_wall)
            .beside(beside, &one_wall),
    );
    measured
}

/// How long a configuration takes to load, and an event that nobody listens to.
fn configured(context: &Context) -> Measured {
    let connector = Connector::built_in().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let texts = CONFIGURED.map(|count| {
        let urls: Vec<String> = (0..count)
            .map(|index| format!("https://hooks.example.com/{index}"))
            .collect();
        let names = LISTENED.into_iter().cycle();
        let all = names.zip(urls.iter().map(String::as_str));
        events::configuration(all, "")
    });
    let mut loads = texts.each_ref().map(|_| Vec::new());
    let mut unheard = texts.each_ref().map(|_| Vec::new());
    let mut parsed = Vec::new();
    for _ in 0..context.rounds {
        for (index, text) in texts.iter().enumerate() {
            let started = Instant::now();
            let webhooks = load(&connector, text);
            loads[index].push(started.elapsed().as_secs_f64() * 1e3);
            unheard[index].push(of_unheard(&webhooks));
        }
        let started = Instant::now();
        assert!(Parser::new_from_str(&texts[4]).all(|event| event.is_ok()));
        parsed.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let curve = |name: &str, columns: &[Vec<f64>], unit: f64| Curve {
        name: name.to_owned(),
        points: CONFIGURED
            .iter()
            .zip(columns)
            .map(|(count, values)| (*count as f64, median(values) * unit))
            .collect(),
    };
    Measured {
        figures: vec![
            Figure::new("10,000 webhooks load", "ms", &loads[4])
                .beside("its YAML parsed", &parsed)
                .goal(Goal::at_most(500.0)),
            Figure::new("an event nobody of 10,000 listens to", "us", &unheard[4])
                .beside("of 10", &unheard[1])
                .goal(Goal::at_most(1.0)),
        ],
        growth: vec![Growth {
            name: "a configuration, us".to_owned(),
            with: "webhooks in it".to_owned(),
            logarithmic: (true, true),
            curves: vec![
                curve("to load it", &loads, 1e3),
                curve("an event nobody listens to", &unheard, 1.0),
            ],
        }],
        skipped: Vec::new(),
    }
}

fn load(connector: &Connector, text: &str) -> Webhooks {
    let configuration = Configuration::read(
        connector,
        "bench.yaml",
        "".as_ref(),
        text.as_bytes(),
        &LoadOptions::default(),
    )
    .unwrap();
    Webhooks::start(configuration, Options::default(), ()).unwrap()
}

fn of_unheard(webhooks: &Webhooks) -> f64 {
    let (event, results) = (Event::new("measure").unwrap(), Results::new());
    micros(200, 100, || {
        drop(black_box(webhooks.after(&event, &results).now_or_never()));
    })
}
