//! The library as a servo host uses it.

mod connectors;
mod descriptors;
mod ends;
mod events;
mod futures;
mod network;
mod observers;
mod options;

use servo_webhooks::{
    Allow, Configuration, Connector, DeliveryOutcome, LoadOptions, Observer, Options, Publication,
    Webhooks,
};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Notes {
    deliveries: Arc<Mutex<Vec<DeliveryOutcome>>>,
    publications: Arc<Mutex<Vec<Publication>>>,
}

impl Observer for Notes {
    fn delivery(&self, outcome: DeliveryOutcome) {
        self.deliveries.lock().unwrap().push(outcome);
    }

    fn publication(&self, publication: Publication) {
        self.publications.lock().unwrap().push(publication);
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    options
}

fn start(connector: &Connector, yaml: &str, options: Options, notes: &Notes) -> Webhooks {
    let read = Configuration::read(
        connector,
        "test.yaml",
        Path::new(""),
        yaml.as_bytes(),
        &LoadOptions::default(),
    );
    Webhooks::start(read.unwrap(), options, notes.clone()).unwrap()
}

fn both_sides(url: &str, more: &str) -> String {
    format!(
        "- {{name: hook, events: [before:adjust, after:adjust], channels: news, response_channel: answers, url: '{url}', secret: s{more}}}\n"
    )
}

fn read(connector: &Connector, yaml: &str) -> Configuration {
    let (name, folder) = ("test.yaml", Path::new(""));
    let options = LoadOptions::default();
    Configuration::read(connector, name, folder, yaml.as_bytes(), &options).unwrap()
}
