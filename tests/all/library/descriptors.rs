//! Many questions and few file descriptors.

use super::{Notes, both_sides, options, start};
use crate::support::responder::{Reply, Responder};
use servo_webhooks::{Connector, DeliveryStatus, Event, Results, WebhookStatus};
use std::process::Command;
use std::time::Duration;

/// Names the responder of the process with few descriptors.
const FEW: &str = "SERVO_WEBHOOKS_TEST_FEW_DESCRIPTORS";

#[cfg(unix)]
#[test]
fn two_thousand_questions_need_no_two_thousand_descriptors() {
    const NAME: &str =
        "library::descriptors::two_thousand_questions_need_no_two_thousand_descriptors";
    const QUESTIONS: usize = 2_000;
    if let Ok(url) = std::env::var(FEW) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(ask_at_once(&url, QUESTIONS));
    }
    rlimit::increase_nofile_limit(8_192).unwrap();
    let responder = Responder::start_sink(|_| Reply::cancel("no"));
    again_with(1024, NAME, &responder);
}

/// Starts a test again, in a process with so many descriptors.
#[cfg(unix)]
fn again_with(descriptors: usize, name: &str, responder: &Responder) {
    let limited = format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"");
    let status = Command::new("sh")
        .args(["-c", &limited])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(FEW, responder.url("/"))
        .status()
        .unwrap();
    assert!(status.success(), "see above");
}

#[cfg(unix)]
#[test]
fn a_delivery_that_this_machine_lacked_something_for_is_put_back_and_was_not_attempted() {
    const NAME: &str = "library::descriptors::a_delivery_that_this_machine_lacked_something_for_is_put_back_and_was_not_attempted";
    if let Ok(url) = std::env::var(FEW) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(tell_without_descriptors(&url));
    }
    let responder = Responder::start(|_| Reply::status(200));
    again_with(128, NAME, &responder);
    assert_eq!(responder.received().len(), 1);
}

async fn tell_without_descriptors(url: &str) {
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = both_sides(url, ", timeout: 200ms, backoff: false");
    let webhooks = start(&connector, &yaml, options(), &notes);
    let mut taken = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        taken.push(file);
    }
    let event = Event::new("adjust").unwrap();
    webhooks.after(&event, &Results::new()).await.unwrap();
    while webhooks.next_retry().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let asked = webhooks.before(&event).await.unwrap();
    assert_eq!(asked.webhooks[0].outcome, WebhookStatus::NoAnswer);
    let error = asked.webhooks[0].error.as_deref().unwrap();
    assert!(error.contains("no file descriptors left"), "{error}");
    drop(taken);
    webhooks.idle().await;
    let deliveries = notes.deliveries.lock().unwrap();
    assert_eq!(deliveries[0].outcome, DeliveryStatus::Delivered);
    assert_eq!(deliveries[0].attempts, 1, "the only one that it has");
}

async fn ask_at_once(url: &str, questions: usize) {
    let connector = Connector::built_in().unwrap();
    let yaml = both_sides(url, ", timeout: 30s");
    let webhooks = start(&connector, &yaml, options(), &Notes::default());
    let asking: Vec<_> = (0..questions)
        .map(|_| {
            let webhooks = webhooks.clone();
            tokio::spawn(async move {
                let event = Event::new("adjust").unwrap();
                webhooks.before(&event).await.unwrap()
            })
        })
        .collect();
    let mut vetoed = 0;
    for asked in asking {
        let asked = asked.await.unwrap();
        vetoed += usize::from(asked.is_cancelled());
    }
    assert_eq!(vetoed, questions);
}
