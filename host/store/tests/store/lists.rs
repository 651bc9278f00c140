//! Questions to a store, while it is written.

use crate::support::{NOW, delivery, end, go_on, id, number_of, open, quick_dir};
use servo_webhooks_store::{DeliveryFilter, NewDelivery, OpenError, Reader, State, Store};
use std::ops::ControlFlow;
use std::path::Path;

const ALL: u64 = 20_000;

/// More than a question reads at once. Every tenth failed, the last ten wait.
fn fill(store: &Store) {
    for number in 0..ALL {
        let webhook = if number % 3 == 0 { "a" } else { "b" };
        let new = NewDelivery {
            event: if number % 5 == 0 {
                "channel:x"
            } else {
                "after:adjust"
            }
            .into(),
            ..delivery(number, webhook)
        };
        store.accept(vec![new]).unwrap();
        if number < ALL - 10 {
            let failed = number % 10 == 0;
            let state = if failed {
                State::Failed
            } else {
                State::Delivered
            };
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
    found.iter().map(number_of).collect()
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
    let states = |states: &[State]| DeliveryFilter {
        states: states.to_vec(),
        ..base()
    };
    let waits = |number| number >= ALL - 10;
    let failed = |number: u64| number.is_multiple_of(10) && !waits(number);
    check(states(&[State::Waiting]), &waits);
    check(states(&[State::Failed]), &failed);
    check(states(&[State::Delivered]), &|number| {
        !waits(number) && !failed(number)
    });
    check(states(&[State::Failed, State::Waiting]), &|number| {
        waits(number) || failed(number)
    });
    check(states(&[State::Forgotten]), &|_| false);
    check(
        DeliveryFilter {
            webhook: Some("a".into()),
            ..base()
        },
        &|number| number % 3 == 0,
    );
    check(
        DeliveryFilter {
            webhook: Some("c".into()),
            ..base()
        },
        &|_| false,
    );
    check(
        DeliveryFilter {
            event: Some("channel:x".into()),
            ..states(&[State::Failed])
        },
        &failed,
    );
    check(
        DeliveryFilter {
            event_id: Some("event-42".into()),
            ..base()
        },
        &|number| number == 42,
    );
    check(
        DeliveryFilter {
            ids: vec![id(9), id(15_000), id(ALL)],
            ..base()
        },
        &|number| [9, 15_000].contains(&number),
    );
    let (since, until) = (NOW + 500, NOW + 15_001);
    check(
        DeliveryFilter {
            since: Some(since),
            until: Some(until),
            ..base()
        },
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
fn pages_of_a_list_are_the_list() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    fill(&store);
    let reader = Reader::open(directory.path()).unwrap();
    let ask = |filter: &DeliveryFilter, limit| {
        let found = reader.deliveries(filter, limit, &mut go_on());
        found.unwrap()
    };
    for states in [vec![], vec![State::Failed], vec![State::Waiting]] {
        let all = DeliveryFilter {
            states,
            until: Some(NOW + 19_000),
            since: Some(NOW + 1_000),
            ..DeliveryFilter::default()
        };
        let whole = ask(&all, 100_000);
        let (mut pages, mut page) = (Vec::new(), all.clone());
        loop {
            let found = ask(&page, 777);
            let Some(last) = found.last() else { break };
            page.before = Some((last.accepted, last.seq));
            pages.extend(found);
        }
        assert!(pages == whole, "{:?}", all.states);
    }
}

#[test]
fn a_long_question_can_be_ended() {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    fill(&store);
    let mut reader = Reader::open(directory.path()).unwrap();
    let nothing = DeliveryFilter {
        event: Some("there is none".into()),
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
    let ended = reader
        .export(false, &mut std::io::sink(), &mut end)
        .unwrap_err();
    assert_eq!(ended.to_string(), "cancelled");
    assert!(
        seen.iter()
            .all(|seen| seen.total == Some(ALL) && seen.done > 0)
    );
    // And it goes on answering.
    assert!(reader.check(&mut go_on()).unwrap().is_whole());
    let stats = reader.stats(&mut go_on()).unwrap();
    assert_eq!(
        (stats.waiting, stats.failed, stats.delivered),
        (10, 1999, ALL - 2009)
    );
    assert_eq!(
        stats.webhooks["a"].waiting + stats.webhooks["b"].waiting,
        10
    );
    assert_eq!(
        (stats.oldest, stats.newest),
        (Some(NOW), Some(NOW + 19_999))
    );
    assert_eq!(stats.oldest_waiting, Some(NOW + 19_990));
    let bytes: usize = (0..ALL - 10)
        .step_by(10)
        .map(|number| crate::support::content(number).len())
        .sum();
    assert_eq!(stats.failed_bytes, bytes as u64);
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
