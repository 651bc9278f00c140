//! Questions to a store, while it is written.

use crate::support::{NOW, World, delivery, end, go_on, id, ok, open, quick_dir};
use servo_webhooks_store::{
    AttemptEnd, Decision, DecisionFilter, DeliveryFilter, DeliveryRecord, NewDelivery, OpenError,
    Reader, State, Store, StoreOptions,
};
use std::ops::ControlFlow;
use std::path::Path;

const ALL: u64 = 20_000;

/// More than a question reads at once. Every tenth failed, the last ten wait.
fn fill(store: &Store) {
    for number in 0..ALL {
        let webhook = if number % 3 == 0 { "a" } else { "b" };
        let new = NewDelivery {
            event: if number % 5 == 0 { "channel:x" } else { "after:adjust" }.into(),
            ..delivery(number, webhook)
        };
        store.accept(vec![new]).unwrap();
        if number < ALL - 10 {
            let failed = number % 10 == 0;
            let state = if failed { State::Failed } else { State::Delivered };
            store.settled(id(number), end(state, 1));
        }
        if number % 1000 == 0 {
            store.flush(crate::support::PATIENCE).unwrap();
        }
    }
    store.flush(crate::support::PATIENCE).unwrap();
}

fn ask(directory: &Path, filter: &DeliveryFilter, limit: usize) -> Vec<u64> {
    let reader = Reader::open(directory).unwrap();
    let found = reader.deliveries(filter, limit, &mut go_on()).unwrap();
    found.iter().map(number).collect()
}

fn number(record: &DeliveryRecord) -> u64 {
    u64::try_from(record.accepted - NOW).unwrap()
}

#[test]
fn deliveries_are_found_by_every_filter_newest_first() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    fill(&store);
    let base = DeliveryFilter::default;
    let newest: Vec<_> = (0..ALL).rev().collect();
    let expected = |wanted: &dyn Fn(u64) -> bool, limit: usize| -> Vec<u64> {
        let wanted = newest.iter().copied().filter(|number| wanted(*number));
        wanted.take(limit).collect()
    };
    let check = |filter: DeliveryFilter, wanted: &dyn Fn(u64) -> bool| {
        for limit in [0, 1, 7, 100_000] {
            let found = ask(directory.path(), &filter, limit);
            assert!(found == expected(wanted, limit), "{filter:?}, {limit}");
        }
    };
    check(base(), &|_| true);
    let states = |states: &[State]| DeliveryFilter { states: states.to_vec(), ..base() };
    let waits = |number| number >= ALL - 10;
    let failed = |number: u64| number % 10 == 0 && !waits(number);
    check(states(&[State::Waiting]), &waits);
    check(states(&[State::Failed]), &failed);
    check(states(&[State::Delivered]), &|number| !waits(number) && !failed(number));
    check(states(&[State::Failed, State::Waiting]), &|number| waits(number) || failed(number));
    check(states(&[State::Forgotten]), &|_| false);
    check(
        DeliveryFilter { webhook: Some("a".into()), ..base() },
        &|number| number % 3 == 0,
    );
    check(DeliveryFilter { webhook: Some("c".into()), ..base() }, &|_| false);
    check(
        DeliveryFilter { event: Some("channel:x".into()), ..states(&[State::Failed]) },
        &failed,
    );
    check(
        DeliveryFilter { event_id: Some("event-42".into()), ..base() },
        &|number| number == 42,
    );
    check(
        DeliveryFilter { ids: vec![id(9), id(15_000), id(ALL)], ..base() },
        &|number| [9, 15_000].contains(&number),
    );
    let (since, until) = (NOW + 500, NOW + 15_001);
    check(
        DeliveryFilter { since: Some(since), until: Some(until), ..base() },
        &|number| (500..15_001).contains(&number),
    );
    check(
        DeliveryFilter {
            since: Some(since),
            until: Some(until),
            webhook: Some("b".into()),
            ..states(&[State::Failed])
        },
        &|number| (500..15_001).contains(&number) && failed(number) && number % 3 != 0,
    );
}

#[test]
fn a_long_question_can_be_ended() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    fill(&store);
    let mut reader = Reader::open(directory.path()).unwrap();
    let nothing = DeliveryFilter {
        event_id: Some("there is none".into()),
        ..DeliveryFilter::default()
    };
    let mut seen = Vec::new();
    let mut end = |progress: servo_webhooks_store::Progress| {
        seen.push(progress);
        ControlFlow::Break(())
    };
    let ended = reader.deliveries(&nothing, 1, &mut end).unwrap_err();
    assert_eq!(ended.to_string(), "cancelled");
    let ended = reader.stats(&mut end).unwrap_err();
    assert_eq!(ended.to_string(), "cancelled");
    let ended = reader.export(false, &mut std::io::sink(), &mut end).unwrap_err();
    assert_eq!(ended.to_string(), "cancelled");
    assert!(seen.iter().all(|seen| seen.total == Some(ALL) && seen.done > 0));
    // And it goes on answering.
    assert!(reader.check(&mut go_on()).unwrap().is_whole());
    let stats = reader.stats(&mut go_on()).unwrap();
    assert_eq!((stats.waiting, stats.failed, stats.delivered), (10, 1999, ALL - 2009));
    assert_eq!(stats.webhooks["a"].waiting + stats.webhooks["b"].waiting, 10);
    assert_eq!((stats.oldest, stats.newest), (Some(NOW), Some(NOW + 19_999)));
    assert_eq!(stats.oldest_waiting, Some(NOW + 19_990));
    let bytes: usize = (0..ALL - 10).step_by(10).map(|number| crate::support::content(number).len()).sum();
    assert_eq!(stats.failed_bytes, bytes as u64);
}

#[test]
fn follow_tells_what_is_new_and_what_changed() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    ok(&store.accept(vec![delivery(1, "a"), delivery(2, "a")]).unwrap());
    ok(&store.settled(id(2), end(State::Failed, 1)));
    let reader = Reader::open(directory.path()).unwrap();
    let mut follow = reader.follow(DeliveryFilter::default()).unwrap();
    let failed = DeliveryFilter {
        states: vec![State::Failed],
        ..DeliveryFilter::default()
    };
    let mut failures = reader.follow(failed.clone()).unwrap();
    let look = |follow: &mut servo_webhooks_store::Follow| -> Vec<(u64, State)> {
        let found = reader.changes(follow).unwrap();
        found.iter().map(|found| (number(found), found.state)).collect()
    };
    assert_eq!(look(&mut follow), []);
    ok(&store.accept(vec![delivery(3, "b")]).unwrap());
    assert_eq!(look(&mut follow), [(3, State::Waiting)]);
    ok(&store.settled(id(1), end(State::Delivered, 1)));
    ok(&store.settled(id(3), end(State::Failed, 1)));
    assert_eq!(look(&mut follow), [(1, State::Delivered), (3, State::Failed)]);
    assert_eq!(look(&mut follow), []);
    assert_eq!(look(&mut failures), [(3, State::Failed)]);
    // A replay of one that ended long ago is told too.
    let mut editor = servo_webhooks_store::Editor::open(directory.path()).unwrap();
    let replay = servo_webhooks_store::Replay {
        now: NOW,
        rate: None,
        new_id: None,
        dry_run: false,
    };
    editor.replay(&failed, &replay, &mut go_on()).unwrap();
    let mut told = Vec::new();
    crate::support::until(|| {
        told.extend(look(&mut follow));
        (told.len() >= 2).then_some(())
    });
    assert_eq!(told, [(2, State::Waiting), (3, State::Waiting)]);
    assert_eq!(follow.unwatched(), 0);
}

#[test]
fn answers_are_kept_as_far_as_is_wanted_and_each_attempt_is_told() {
    let directory = quick_dir();
    let options = StoreOptions {
        keep_answers: 4,
        ..World::new().options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    for attempt in 1..=3 {
        store.began(id(1), attempt);
        store.attempted(
            id(1),
            AttemptEnd {
                number: attempt,
                began: NOW + i64::from(attempt) * 100,
                elapsed: 5,
                status: Some(if attempt == 3 { 200 } else { 500 }),
                error: (attempt < 3).then(|| "500".into()),
                answer: Some(Box::from(&b"an answer"[..])),
            },
        );
    }
    ok(&store.settled(id(1), end(State::Delivered, 3)));
    let reader = Reader::open(directory.path()).unwrap();
    let details = reader.delivery(id(1)).unwrap().unwrap();
    let attempts: Vec<_> = details
        .attempts
        .iter()
        .map(|attempt| (attempt.number, attempt.at, attempt.status, attempt.answer.as_deref()))
        .collect();
    let answer = Some(&b"an a"[..]);
    let expected = [
        (1, NOW + 100, Some(500), answer),
        (2, NOW + 200, Some(500), answer),
        (3, NOW + 300, Some(200), answer),
    ];
    assert_eq!(attempts, expected);
    assert_eq!(details.delivery.attempts, 3);
    assert_eq!(reader.delivery(id(2)).unwrap(), None);
}

#[test]
fn decisions_are_found_by_every_filter_newest_first() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    for number in 0..10_000 {
        store.decided(Decision {
            event: "before:adjust".into(),
            event_id: format!("event-{number}").into(),
            at: NOW + number,
            elapsed: 3,
            cancelled: number % 7 == 0,
            reason: None,
            answers: vec![servo_webhooks_store::Answer {
                webhook: if number % 2 == 0 { "a" } else { "b" }.into(),
                delivery: None,
                result: "proceed".into(),
                failed_open: number % 11 == 0,
                attempts: 1,
                status: Some(200),
                error: None,
                elapsed: 2,
            }],
        });
    }
    store.flush(crate::support::PATIENCE).unwrap();
    let reader = Reader::open(directory.path()).unwrap();
    let check = |filter: DecisionFilter, wanted: &dyn Fn(i64) -> bool| {
        for limit in [1, 10, 100_000] {
            let found = reader.decisions(&filter, limit, &mut go_on()).unwrap();
            let found: Vec<_> = found.iter().map(|found| found.at - NOW).collect();
            let wanted = (0..10_000).rev().filter(|number| wanted(*number));
            assert_eq!(found, wanted.take(limit).collect::<Vec<_>>(), "{filter:?}");
        }
    };
    let base = DecisionFilter::default;
    check(base(), &|_| true);
    check(DecisionFilter { cancelled: Some(true), ..base() }, &|number| number % 7 == 0);
    check(DecisionFilter { failed_open: Some(true), ..base() }, &|number| number % 11 == 0);
    check(DecisionFilter { webhook: Some("b".into()), ..base() }, &|number| number % 2 == 1);
    check(
        DecisionFilter { event_id: Some("event-9".into()), ..base() },
        &|number| number == 9,
    );
    let range = DecisionFilter {
        since: Some(NOW + 10),
        until: Some(NOW + 20),
        ..base()
    };
    check(range, &|number| (10..20).contains(&number));
}

#[test]
fn a_reader_says_what_is_not_there() {
    let directory = quick_dir();
    let missing = Reader::open(&directory.path().join("none")).unwrap_err();
    assert!(matches!(missing, OpenError::Missing { .. }), "{missing}");
    std::fs::write(directory.path().join("store.db"), "").unwrap();
    let missing = Reader::open(directory.path()).unwrap_err();
    assert!(matches!(missing, OpenError::Missing { .. }), "{missing}");
}
