//! What changes, what is kept of each attempt, and what was decided.

use crate::support::{NOW, World, delivery, end, go_on, id, number_of, ok, open, quick_dir};
use servo_webhooks_store::{
    AttemptEnd, Decision, DecisionFilter, DeliveryFilter, Reader, State, Store, StoreOptions,
};

#[test]
fn follow_tells_what_is_new_and_what_changed() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    ok(&store
        .accept(vec![delivery(1, "a"), delivery(2, "a")])
        .unwrap());
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
        found
            .iter()
            .map(|found| (number_of(found), found.state))
            .collect()
    };
    assert_eq!(look(&mut follow), []);
    ok(&store.accept(vec![delivery(3, "b")]).unwrap());
    assert_eq!(look(&mut follow), [(3, State::Waiting)]);
    ok(&store.settled(id(1), end(State::Delivered, 1)));
    ok(&store.settled(id(3), end(State::Failed, 1)));
    assert_eq!(
        look(&mut follow),
        [(1, State::Delivered), (3, State::Failed)]
    );
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
        store.began(id(1), attempt, 0);
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
        .map(|attempt| {
            (
                attempt.number,
                attempt.at,
                attempt.status,
                attempt.answer.as_deref(),
            )
        })
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
    check(
        DecisionFilter {
            cancelled: Some(true),
            ..base()
        },
        &|number| number % 7 == 0,
    );
    check(
        DecisionFilter {
            failed_open: Some(true),
            ..base()
        },
        &|number| number % 11 == 0,
    );
    check(
        DecisionFilter {
            webhook: Some("b".into()),
            ..base()
        },
        &|number| number % 2 == 1,
    );
    check(
        DecisionFilter {
            event_id: Some("event-9".into()),
            ..base()
        },
        &|number| number == 9,
    );
    let range = DecisionFilter {
        since: Some(NOW + 10),
        until: Some(NOW + 20),
        ..base()
    };
    check(range.clone(), &|number| (10..20).contains(&number));
    // The page behind another one.
    let place = reader.decisions(&range, 4, &mut go_on()).unwrap();
    let last = place.last().map(|decision| (decision.at, decision.seq));
    let behind = DecisionFilter {
        before: last,
        ..range
    };
    check(behind, &|number| (10..16).contains(&number));
}
