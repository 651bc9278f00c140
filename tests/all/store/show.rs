//! `show`: a delivery with every attempt, an event, or a webhook as before.

use super::history::{History, text};

#[test]
fn a_delivery_is_shown_with_each_attempt() {
    let history = History::new();
    let mut running = history.program.start_run(&["--store", "store"]);
    running.feed("{\"event\": \"after:promote\", \"id\": \"p-1\"}\n");
    let before = history.responder.received().len();
    history.responder.until_received(before + 2);
    history.mend();
    running.close();
    let told = running.finish().exits(0).of_type("delivery");
    let shown = history.records(&["show", &text(&told[0], "delivery")]);
    assert_eq!(shown[0]["attempts"], told[0]["attempts"]);
    let attempts = shown[0]["attempt_records"].as_array().unwrap();
    let received = history.responder.received();
    let received = received.iter().filter(|one| one.path.starts_with("/away"));
    let numbers: Vec<String> = received
        .map(|request| request.header("x-servo-attempt").to_owned())
        .collect();
    let listed: Vec<String> = attempts
        .iter()
        .map(|one| one["attempt"].to_string())
        .collect();
    assert_eq!(listed, numbers);
    let (last, failed) = attempts.split_last().unwrap();
    assert_eq!(last["status"], 200);
    assert!(
        failed.iter().all(|attempt| attempt["status"] == 503),
        "{failed:?}"
    );
    let times: Vec<String> = attempts
        .iter()
        .map(|attempt| text(attempt, "time"))
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn an_id_is_that_of_a_delivery_or_of_an_event() {
    let history = History::new();
    let failed = history.delivery("failed");
    let shown = history.records(&["show", &failed]);
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["delivery"], *failed);
    let attempts = shown[0]["attempt_records"].as_array().unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0]["attempt"], 1);
    assert_eq!(attempts[0]["status"], 400);
    assert_eq!(attempts[0]["error"], "answered 400");
    assert!(attempts[0]["elapsed_ms"].as_i64().unwrap() >= 0);
    assert!(text(&attempts[0], "time") <= text(&shown[0], "settled"));
    // What was sent is what is kept.
    let mut sent = history.responder.received().into_iter();
    let sent = sent.find(|one| one.path.starts_with("/bad")).unwrap();
    assert_eq!(shown[0]["body_bytes"], sent.body.len());
    let text_of = history.call(&["show", &failed]).exits(0).stdout;
    assert!(text_of.contains(&format!("{failed} (failed)")), "{text_of}");
    assert!(text_of.contains("status 400 in "), "{text_of}");

    let of_event = history.records(&["show", "m-1"]);
    let webhooks: Vec<String> = of_event.iter().map(|one| text(one, "webhook")).collect();
    assert_eq!(webhooks, ["good", "bad"]);
    let decided = history.records(&["show", "a-1"]);
    assert_eq!(decided[0]["type"], "decision");
}

#[test]
fn a_webhook_comes_before_an_event_of_the_same_name() {
    let event = "{\"event\": \"after:measure\", \"id\": \"good\"}\n";
    let history = History::of(event, &[]);
    let shown = history.records(&["show", "good"]);
    assert_eq!(shown[0]["events"][0], "after:measure");
    // Without a configuration there are no webhooks.
    let shown = history.records(&["show", "good", "--config", "nowhere.yaml"]);
    assert_eq!((shown.len(), &shown[0]["id"]), (2, &"good".into()));
}

#[test]
fn what_is_unknown_says_where_to_look() {
    let history = History::new();
    let said = history.call(&["show", "m-9"]).exits(1);
    assert!(said.stderr.contains("the id \"m-9\""), "{}", said.stderr);
    let id = "01a2097b-4814-72ba-a1ed-4e1ee3ccf15c";
    let said = history.call(&["show", id]).exits(1);
    assert!(said.stderr.contains(id), "{}", said.stderr);
    let said = history.program.call(&["show", id]).exits(2);
    assert!(
        said.stderr.contains("hint: --store DIR shows"),
        "{}",
        said.stderr
    );
    let said = history.program.call(&["show", "nobody"]).exits(2);
    assert!(!said.stderr.contains("hint"), "{}", said.stderr);
}
