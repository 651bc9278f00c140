//! A drain, and what is dropped.

use super::{Notes, both_sides, options, start};
use crate::support::responder::{Reply, Responder};
use futures_util::FutureExt;
use servo_webhooks::{Connector, DeliveryStatus, Event, Results, WebhookStatus};
use std::io::Read;
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_accepted_while_all_is_drained_is_what_is_reported() {
    const EACH: usize = 1_000;
    let responder = Responder::start_sink(|_| Reply::status(200));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = both_sides(&responder.url("/"), "");
    let webhooks = start(&connector, &yaml, options(), &notes);
    let telling: Vec<_> = (0..8)
        .map(|_| {
            let webhooks = webhooks.clone();
            tokio::spawn(async move {
                let (event, none) = (Event::new("adjust").unwrap(), Results::new());
                let mut accepted = 0;
                for _ in 0..EACH {
                    let told = webhooks.after(&event, &none).await.unwrap();
                    match told.webhooks[0].outcome {
                        WebhookStatus::Accepted => accepted += 1,
                        _ => {
                            let error = told.webhooks[0].error.as_deref().unwrap();
                            assert!(error.starts_with("closed: "), "{error}");
                        }
                    }
                    tokio::task::yield_now().await;
                }
                accepted
            })
        })
        .collect();
    while webhooks.waiting() < 50 {
        tokio::task::yield_now().await;
    }
    let undelivered = webhooks.shutdown(Duration::from_millis(5)).await;
    let reported = notes.deliveries.lock().unwrap().len();
    let mut accepted = 0;
    for told in telling {
        accepted += told.await.unwrap();
    }
    assert!(accepted > 0 && accepted < 8 * EACH, "{accepted}");
    assert_eq!(reported, accepted, "at the moment when drain returns");
    let deliveries = notes.deliveries.lock().unwrap();
    let left = deliveries
        .iter()
        .filter(|delivery| delivery.outcome == DeliveryStatus::Undelivered);
    assert_eq!((left.count(), deliveries.len()), (undelivered, accepted));
}

/// A responder that takes requests and never answers; each connection that a request has
/// begun to come on.
fn silent() -> (String, mpsc::Receiver<std::net::TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut method = [0; 4];
            if stream.read_exact(&mut method).is_ok() && sender.send(stream).is_err() {
                return;
            }
        }
    });
    (url, receiver)
}

/// Waits until the other side has closed a connection.
fn until_closed(mut stream: std::net::TcpStream) {
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    // A reset is an end as well; a timeout is none.
    if let Err(error) = stream.read_to_end(&mut Vec::new()) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_drop_the_last_one_ends_what_is_in_flight() {
    let (url, connections) = silent();
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = both_sides(&url, ", timeout: 1h");
    let webhooks = start(&connector, &yaml, options(), &notes);
    let event = Event::new("adjust").unwrap();
    webhooks.after(&event, &Results::new()).await.unwrap();
    let stream = connections.recv().unwrap();
    drop(webhooks);
    {
        let deliveries = notes.deliveries.lock().unwrap();
        assert_eq!(deliveries.len(), 1);
        assert_eq!(deliveries[0].outcome, DeliveryStatus::Undelivered);
    }
    tokio::task::spawn_blocking(move || until_closed(stream))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_future_that_is_dropped_leaves_nothing_behind() {
    let (url, connections) = silent();
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = format!(
        "- {{events: after:adjust, url: '{url}', secret: s, when: 'def f: f; f'}}\n\
         - {{events: before:adjust, url: '{url}', secret: s, timeout: 1h}}\n"
    );
    let webhooks = start(&connector, &yaml, options(), &notes);
    let (event, none) = (Event::new("adjust").unwrap(), Results::new());
    for _ in 0..4 {
        // Its expression is at work.
        let told = webhooks.after(&event, &none).now_or_never();
        assert!(told.is_none());
        let own = webhooks.clone();
        let asking = tokio::spawn(async move {
            let event = Event::new("adjust").unwrap();
            own.before(&event).await
        });
        let stream = tokio::task::block_in_place(|| connections.recv().unwrap());
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        tokio::task::block_in_place(|| until_closed(stream));
    }
    assert_eq!(webhooks.waiting(), 0);
    assert_eq!(webhooks.shutdown(Duration::ZERO).await, 0);
    assert!(notes.deliveries.lock().unwrap().is_empty());
}
