//! Deliveries to many endpoints, beside the bare client that goes to as many.

use super::bare::Order;
use super::context::{Context, NO_NGINX};
use super::events;
use super::figure::{Curve, Figure, Goal, Growth, Measured, median};
use super::process::cost;
use super::program::{self, IN_FLIGHT};
use super::sink::Sink;
use std::path::PathBuf;

/// Deliveries of one run.
const COUNT: usize = 30_000;

/// Webhooks, whatever the endpoints, and the events that they share.
const WEBHOOKS: usize = 1000;
const EVENTS: usize = 100;

/// Endpoints that they go to in turn.
const ENDPOINTS: [usize; 4] = [1, 10, 100, 1000];

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let sink = Sink::start(&context.folder("endpoints"), 1000);
    let Some(sink) = sink else {
        measured.skip(&format!("endpoints: {NO_NGINX}"));
        return measured;
    };
    let urls: Vec<String> = sink.urls().collect();
    let runs = ENDPOINTS.map(|count| Run::new(context, &urls[..count]));
    let mut ours = ENDPOINTS.map(|_| Vec::new());
    let mut bares = ENDPOINTS.map(|_| Vec::new());
    for _ in 0..context.rounds {
        for (index, run) in runs.iter().enumerate() {
            let mut command = program::run(&run.folder, "events.jsonl", "fresh");
            command.args(["--catalogue", "catalogue.json"]);
            ours[index].push(cost(&mut command).rate(COUNT));
            let bare = cost(&mut run.order.command(&run.folder.join("order")));
            bares[index].push(bare.rate(COUNT));
        }
    }
    measured.figures.push(
        Figure::new("deliveries to 1,000 endpoints, fresh", "/s", &ours[3])
            .beside("one endpoint", &ours[0])
            .goal(Goal::at_least_times(0.8)),
    );
    measured.figures.push(
        Figure::new("deliveries to 1,000 endpoints, fresh", "/s", &ours[3])
            .beside("bare hyper to 1,000", &bares[3]),
    );
    measured.figures.push(
        Figure::new("requests to 1,000 endpoints, bare hyper", "/s", &bares[3])
            .beside("one endpoint", &bares[0]),
    );
    let curve = |name: &str, columns: &[Vec<f64>]| Curve {
        name: name.to_owned(),
        points: ENDPOINTS
            .iter()
            .zip(columns)
            .map(|(count, rates)| (*count as f64, median(rates)))
            .collect(),
    };
    measured.growth.push(Growth {
        name: "deliveries a second".to_owned(),
        with: "endpoints".to_owned(),
        logarithmic: (true, false),
        curves: vec![curve("fresh", &ours), curve("bare hyper", &bares)],
    });
    measured
}

/// A run to so many endpoints, ready to be started.
struct Run {
    folder: PathBuf,
    order: Order,
}

impl Run {
    fn new(context: &Context, urls: &[String]) -> Self {
        let folder = context.folder(&format!("endpoints-{}", urls.len()));
        let request = program::recorded(&folder, "after:adjust", 1000);
        let names: Vec<String> = (0..EVENTS).map(|index| format!("after:e{index}")).collect();
        // Those that share an event go to as many endpoints as there are.
        let sharing = WEBHOOKS / EVENTS;
        let events = names
            .iter()
            .flat_map(|name| std::iter::repeat_n(name.as_str(), sharing));
        let webhooks = events.zip(urls.iter().map(String::as_str).cycle());
        std::fs::write(
            folder.join("servo.yaml"),
            events::configuration(webhooks, ""),
        )
        .unwrap();
        events::write_catalogue(&folder.join("catalogue.json"), &names);
        let lines: Vec<String> = names
            .iter()
            .map(|name| events::line(name, "", 1000))
            .collect();
        events::write(
            &folder.join("events.jsonl"),
            &lines,
            COUNT * EVENTS / WEBHOOKS,
        );
        let order = Order {
            urls: urls.to_vec(),
            count: COUNT,
            in_flight: IN_FLIGHT,
            request,
        };
        Self { folder, order }
    }
}
