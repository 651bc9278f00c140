//! What an embedder says of where requests go, and who answers them.

use super::{both_sides, options, read};
use crate::support::responder::{Reply, Responder};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use servo_webhooks::{
    Allow, Configuration, Connector, Event, LoadOptions, Options, Reference, Resolver, Results,
    Transport, WebhookSpec, WebhookStatus, Webhooks,
};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test]
async fn what_is_denied_or_does_not_pass_the_check_is_never_connected_to() {
    let responder = Responder::start(|_| Reply::status(200));
    let connector = Connector::built_in().unwrap();
    let loopback = || Allow::parse(["loopback"]).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let check = move |host: &str, address: std::net::IpAddr| {
        noted.lock().unwrap().push((host.to_owned(), address));
        false
    };
    for (allow, says) in [
        (
            loopback().with_denied(["127.0.0.0/8"]).unwrap(),
            "is denied",
        ),
        (loopback().with_denied(["loopback"]).unwrap(), "is denied"),
        (
            loopback().with_check(check),
            "refused by the host's own check",
        ),
    ] {
        let configuration = read(&connector, &both_sides(&responder.url("/"), ""));
        let webhooks = Webhooks::start(configuration, options().with_allow(allow), ()).unwrap();
        let before = webhooks.before(&Event::new("adjust").unwrap()).await;
        let webhook = before.unwrap().webhooks.remove(0);
        assert_eq!(webhook.outcome, WebhookStatus::NoAnswer);
        let error = webhook.error.unwrap();
        assert!(error.contains(says), "{error}");
    }
    assert!(responder.received().is_empty());
    let home = std::net::IpAddr::from([127, 0, 0, 1]);
    assert_eq!(*asked.lock().unwrap(), [("127.0.0.1".to_owned(), home)]);
    let name = loopback().with_denied(["localhost"]).unwrap();
    let yaml = both_sides("http://localhost:9/", "");
    let options = options().with_allow(name);
    let webhooks = Webhooks::start(read(&connector, &yaml), options, ()).unwrap();
    let before = webhooks.before(&Event::new("adjust").unwrap()).await;
    let error = before.unwrap().webhooks.remove(0).error.unwrap();
    assert_eq!(error, "localhost is denied");
}

#[tokio::test]
async fn a_transport_of_its_own_answers_a_test() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let transport = Transport::new(move |request: Request<Bytes>| {
        let event = request.headers()["x-servo-event"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(request.headers().contains_key("x-servo-signature"));
        noted
            .lock()
            .unwrap()
            .push((request.uri().to_string(), event.clone()));
        async move {
            if event.starts_with("after:") {
                return Err("the cable is cut".to_owned());
            }
            let mut answer = Response::new(Bytes::from_static(br#"{"reason": "not today"}"#));
            *answer.status_mut() = StatusCode::FORBIDDEN;
            let cancel = "application/vnd.opsani.servo.errors.CancelEventError+json"
                .parse()
                .unwrap();
            answer.headers_mut().insert("content-type", cancel);
            Ok(answer)
        }
    });
    let connector = Connector::built_in().unwrap();
    let url = "https://nowhere.example/path";
    let hook = WebhookSpec::new(url, "a secret that is long enough to be one")
        .with_event("before:adjust")
        .with_event("after:measure")
        .without_retries();
    let configuration = Configuration::of(&connector, &[hook], &LoadOptions::default()).unwrap();
    let options = Options::default().with_transport(transport);
    let notes = super::Notes::default();
    let webhooks = Webhooks::start(configuration, options, notes.clone()).unwrap();
    let adjust = Event::new("adjust").unwrap();
    let asked = webhooks.before(&adjust).await.unwrap();
    assert_eq!(asked.reason(), Some("not today"));
    let measure = Event::new("measure").unwrap();
    let told = webhooks.after(&measure, &Results::new()).await.unwrap();
    assert!(told.is_accepted());
    assert_eq!(webhooks.shutdown(Duration::from_secs(30)).await, 0);
    let deliveries = notes.deliveries.lock().unwrap();
    let error = deliveries[0].error.as_deref().unwrap();
    assert!(error.contains("the cable is cut"), "{error}");
    let sent =
        [("before:adjust"), ("after:measure")].map(|event| (url.to_owned(), event.to_owned()));
    assert_eq!(*seen.lock().unwrap(), sent);
}

#[test]
fn what_is_wrong_in_a_webhook_of_rust_is_told_without_its_secrets() {
    let connector = Connector::built_in().unwrap();
    let hook = WebhookSpec::new("https://example.com/k3y", "s3cret")
        .with_event("adjust")
        .with_header("Authorization", "Bearer t0ken");
    let read = Configuration::of(&connector, &[hook], &LoadOptions::default());
    let error = read.unwrap_err();
    let problems = error.problems().unwrap();
    assert!(
        problems
            .iter()
            .any(|problem| problem.path == "webhooks[0].events[0]"
                || problem.path == "[0].events[0]"),
        "{problems:?}"
    );
    let shown = format!("{error} {error:?} {}", problems.render(false));
    for secret in ["k3y", "s3cret", "t0ken"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_resolver_that_has_nothing_says_why_and_no_value() {
    let connector = Connector::built_in().unwrap();
    let sealed = Resolver::new(|reference| match reference {
        Reference::Env("SEALED") => Some(Err("the vault is sealed".to_owned())),
        Reference::Env("EMPTY") => Some(Ok(String::new())),
        _ => None,
    });
    for (name, says) in [
        ("SEALED", "cannot be resolved: the vault is sealed"),
        ("EMPTY", "was resolved to nothing"),
        ("NOT_SET_ANYWHERE", "is not set"),
    ] {
        let yaml = both_sides("https://example.com/", "");
        let yaml = yaml.replace("secret: s", &format!("secret: {{env: {name}}}"));
        let options = LoadOptions::default().with_resolver(sealed.clone());
        let read = Configuration::read(
            &connector,
            "test.yaml",
            Path::new(""),
            yaml.as_bytes(),
            &options,
        );
        let error = read.unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(says), "{error}");
    }
}
