//! Headers and smuggling: whatever a configuration, an event, a message, an expression or
//! a connector says, a request stays one request, and its protected headers stay the
//! host's. Seen in the bytes on the wire.

mod cases;
mod text;

use crate::class::Finding;
use crate::faulty_connector::{Fault, sabotage};
use crate::wire::{Recorder, Wire};
use cases::{Case, Make, configuration, event, expression, guest, message, url};
use fastrand::Rng;
use serde_json::json;
use servo_webhooks::__internal::config::decided_by;
use servo_webhooks::{
    Allow, Component, Configuration, Connector, EventOutcome, Input, LoadOptions, Options, Webhooks,
};
use std::path::Path;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Cases of each kind in one round.
const EACH: usize = 400;
const SEED: u64 = 20_261_124;

/// Names that are the host's, and how often each comes.
const PROTECTED: [(&str, usize); 8] = [
    ("host", 1),
    ("content-length", 1),
    ("content-type", 1),
    ("x-servo-event", 1),
    ("x-servo-delivery", 1),
    ("x-servo-attempt", 1),
    ("connection", 0),
    ("x-servo-trigger", 0),
];

pub fn run(connector: &Connector, rounds: usize, finding: &mut Finding) {
    let echo = sabotage(Component::built_in().bytes(), "sign", &Fault::EchoSecrets);
    let echo = Connector::new(&Component::from_bytes("echo", echo)).unwrap();
    let kinds: [(&str, Make, &Connector); 6] = [
        ("configuration", configuration, connector),
        ("url", url, connector),
        ("event", event, connector),
        ("message", message, connector),
        ("expression", expression, connector),
        ("connector", guest, &echo),
    ];
    let trying = async {
        let mut all = 0;
        for http2 in [false, true] {
            let recorder = Recorder::start(http2).await;
            for (kind, make, sender) in kinds {
                let mut random = Rng::with_seed(SEED);
                let mut sent = 0;
                for number in 0..EACH * rounds {
                    let mut case = make(&mut random);
                    finding.cases += 1;
                    let told = tell(connector, sender, &recorder, &mut case, http2).await;
                    match told {
                        Ok(requests) => sent += requests,
                        Err(why) => finding.wrong.push(format!(
                            "{kind}, seed {SEED}, case {number}, HTTP/2 {http2}: {why}: {}",
                            case.webhook
                        )),
                    }
                }
                all += sent;
                if sent == 0 {
                    finding.wrong.push(format!("{kind}: nothing was sent"));
                }
            }
        }
        let cases = finding.cases;
        finding.remarks.push(format!(
            "{all} of {cases} cases came to a request, the others were refused before"
        ));
    };
    block_in_place(|| Handle::current().block_on(trying));
}

/// Makes the request of a case, if there is one; how many came.
async fn tell(
    good: &Connector,
    sender: &Connector,
    recorder: &Recorder,
    case: &mut Case,
    http2: bool,
) -> Result<usize, String> {
    let origin = format!("http://{}", recorder.address);
    let path = case.webhook["path"].take();
    let webhook = case.webhook.as_object_mut().unwrap();
    webhook.remove("path");
    webhook.insert(
        "url".to_owned(),
        json!(format!("{origin}{}", path.as_str().unwrap_or("/hook"))),
    );
    webhook.insert("backoff".to_owned(), json!(false));
    webhook.insert(
        "http_version".to_owned(),
        json!(if http2 { "2" } else { "1.1" }),
    );
    webhook.entry("secret").or_insert(json!("s"));
    let text = json!([case.webhook]).to_string();
    let mut options = LoadOptions::default();
    "/servos/web".clone_into(&mut options.source);
    let Ok(read) = Configuration::read(
        good,
        "hostile.yaml",
        Path::new(""),
        text.as_bytes(),
        &options,
    ) else {
        return Ok(0);
    };
    let Ok(stated) = Input::parse(&case.stated) else {
        return Ok(0);
    };
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    let webhooks = Webhooks::start(decided_by(sender, read), options, ()).unwrap();
    let outcome = match &stated {
        Input::Before(event) => webhooks.before(event).await.map(EventOutcome::from),
        Input::After(event, results) => webhooks.after(event, results).await.map(Into::into),
        Input::Message(message) => webhooks.message(message).await.map(Into::into),
    };
    webhooks.idle().await;
    let requests = recorder.take();
    let Ok(outcome) = outcome else {
        return if requests.is_empty() {
            Ok(0)
        } else {
            Err("no event was sent".to_owned())
        };
    };
    if requests.len() > 1 {
        return Err(format!("{} requests", requests.len()));
    }
    for request in &requests {
        let wire = request.as_ref().map_err(String::clone)?;
        check(wire, &recorder.address.to_string(), &outcome.event, case)?;
    }
    Ok(requests.len())
}

fn check(wire: &Wire, host: &str, event: &str, case: &Case) -> Result<(), String> {
    if !wire.line.starts_with("POST /") {
        return Err(format!("{:?}", wire.line));
    }
    for (name, count) in PROTECTED {
        if wire.all(name).len() != count {
            return Err(format!("{name}: {:?}", wire.all(name)));
        }
    }
    if wire.all("host") != [host] || wire.all("x-servo-event") != [event] {
        return Err("another host or event".to_owned());
    }
    let own = case.own.as_ref().map(|(name, _)| name.to_lowercase());
    let known = |name: &str| {
        let of_the_host = ["x-servo-", "webhook-", "ce-"]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        of_the_host
            || PROTECTED.iter().any(|(known, _)| *known == name)
            || Some(name) == own.as_deref()
            || ["accept", "user-agent"].contains(&name)
    };
    if let Some((name, _)) = wire
        .headers
        .iter()
        .find(|(name, _)| !known(&name.to_lowercase()))
    {
        return Err(format!("a header {name:?}"));
    }
    if let Some((name, value)) = &case.own
        && wire.all(name) != [value.trim_matches([' ', '\t'])]
    {
        return Err(format!("{name}: {:?} for {value:?}", wire.all(name)));
    }
    for name in ["x-servo-signature", "x-servo-schema", "x-servo-timeout"] {
        if wire.all(name).len() > 1 {
            return Err(format!("{name}: {:?}", wire.all(name)));
        }
    }
    Ok(())
}
