//! `decisions`: who was asked, who vetoed, and what failed open.

use super::history::{History, REASON, text};

#[test]
fn what_run_told_is_what_the_store_tells() {
    let history = History::new();
    let listed = history.records(&["decisions"]);
    let told = history.told.of_type("event");
    let told: Vec<_> = told
        .iter()
        .filter(|line| text(line, "event").starts_with("before:"))
        .collect();
    assert_eq!((told.len(), listed.len()), (2, 2));
    for (told, listed) in told.into_iter().zip(&listed) {
        for name in ["event", "id", "outcome", "reason"] {
            assert_eq!(listed[name], told[name], "{name}");
        }
        let (of_told, of_listed) = (&told["webhooks"][0], &listed["webhooks"][0]);
        for name in ["webhook", "outcome", "attempts", "status"] {
            assert_eq!(of_listed[name], of_told[name], "{name}");
        }
        assert!(text(listed, "time") <= text(told, "time"));
    }
    // Each was asked with the id that the store names.
    for (listed, path) in listed.iter().zip(["/approve", "/audit"]) {
        let mut received = history.responder.received().into_iter();
        let request = received.find(|one| one.path.starts_with(path)).unwrap();
        let delivery = text(&listed["webhooks"][0], "delivery");
        assert_eq!(request.header("x-servo-delivery"), delivery);
        // By which the decision is found again.
        for command in [
            &["decisions", "--delivery", &delivery][..],
            &["show", &delivery],
        ] {
            let found = history.records(command);
            assert_eq!(found, std::slice::from_ref(listed), "{command:?}");
        }
    }
}

#[test]
fn a_delivery_that_is_no_question_belongs_to_no_decision() {
    let history = History::new();
    let delivered = history.delivery("delivered");
    let said = history
        .call(&["decisions", "--delivery", &delivered])
        .exits(0);
    assert_eq!(said.stdout, "no decisions\n");
    let said = history.call(&["decisions", "--delivery", "a-1"]).exits(2);
    assert!(
        said.stderr.contains("must be the id of a delivery"),
        "{}",
        said.stderr
    );
}

#[test]
fn what_failed_open_is_marked_and_found() {
    let history = History::new();
    for (arguments, expected) in [
        (&["--cancelled"][..], &["a-1"][..]),
        (&["--failed-open"], &["d-1"]),
        (&["--cancelled", "--failed-open"], &[]),
        (&["--webhook", "audit"], &["d-1"]),
        (&["--event", "before:adjust"], &["a-1"]),
        (&["--id", "a-1"], &["a-1"]),
        (&["--since", "1h"], &["a-1", "d-1"]),
        (&["--until", "1h"], &[]),
        (&["--limit", "1"], &["d-1"]),
    ] {
        let found = history.records(&[&["decisions"], arguments].concat());
        let ids: Vec<String> = found.iter().map(|record| text(record, "id")).collect();
        assert_eq!(ids, expected, "{arguments:?}");
    }
    let open = &history.records(&["decisions", "--failed-open"])[0];
    assert_eq!(open["failed_open"], true);
    assert_eq!(open["outcome"], "proceed");
    assert_eq!(open["webhooks"][0]["failed_open"], true);
    let table = history.call(&["decisions"]).exits(0).stdout;
    assert!(
        table.contains("audit: no answer, failed open: answered 500"),
        "{table}"
    );
    assert!(table.contains("approve: cancelled"), "{table}");
    let shown = history.call(&["show", "a-1"]).exits(0).stdout;
    assert!(
        shown.contains(REASON) && shown.contains("(cancelled)"),
        "{shown}"
    );
}
