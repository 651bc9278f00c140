//! Without a store: the last deliveries and decisions of this process.

use super::{DELIVERED, configuration, serve};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::time::Duration;

/// As the page says.
const KEPT: usize = 500;

#[test]
fn the_last_deliveries_are_kept_and_older_ones_go() {
    let sink = Responder::start_sink(|_| Reply::status(204));
    let program = Program::new(&configuration(&sink.url("/c0nfidential-path")));
    let served = serve(&program, &[]);
    for number in 0..KEPT + 100 {
        served.event(&format!(
            "{{\"event\":\"after:measure\",\"id\":\"m-{number}-\"}}"
        ));
    }
    served
        .until(&format!("/deliveries?id=m-{}-", KEPT + 99), DELIVERED)
        .exits(200);
    served
        .get("/deliveries?id=m-0-")
        .exits(200)
        .has("Nothing fits");
    // All pages together are what is kept.
    let (mut path, mut seen) = ("/deliveries".to_owned(), std::collections::BTreeSet::new());
    loop {
        let page = served.get(&path).exits(200).has("the last 500");
        let ids = page.body.split("href=\"/delivery?id=").skip(1);
        seen.extend(ids.map(|rest| rest.split('"').next().unwrap().to_owned()));
        let Some((before, _)) = page.body.split_once("\">Older</a>") else {
            break;
        };
        path = before
            .rsplit("href=\"")
            .next()
            .unwrap()
            .replace("&amp;", "&");
    }
    assert_eq!(seen.len(), KEPT);
    served
        .get("/replay")
        .exits(404)
        .has("start `serve` with --store");
    served.get("/dead-letters").exits(200).lacks("Replay");
    served.end(0);
}

#[test]
fn a_webhook_that_is_switched_off_fails_open_and_takes_its_time() {
    const SLOW: Duration = Duration::from_millis(300);
    let sink = Responder::start(|_| {
        std::thread::sleep(SLOW);
        Reply::status(410)
    });
    let program = Program::new(&configuration(&sink.url("/c0nfidential-path")));
    let served = serve(&program, &[]);
    for id in ["a-1", "a-2"] {
        served.event(&format!("{{\"event\":\"before:adjust\",\"id\":\"{id}\"}}"));
    }
    let list = served
        .until("/decisions?state=failed+open", "a-2")
        .exits(200);
    list.has("a-1");
    for (id, took) in [("a-1", true), ("a-2", false)] {
        let found = served.get(&format!("/decisions?id={id}")).exits(200);
        let (_, rest) = found.body.split_once("href=\"/decision?").unwrap();
        let link = rest.split('"').next().unwrap().replace("&amp;", "&");
        let decision = served.get(&format!("/decision?{link}")).exits(200);
        let decision = decision.has("failed open");
        let (_, after) = decision.body.split_once("<dt>Took</dt><dd>").unwrap();
        let span = after.split('<').next().unwrap();
        assert_eq!(span.len() > "99ms".len(), took, "{span}");
    }
    served.end(0);
}
