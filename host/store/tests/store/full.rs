//! A disk that is full, in a namespace with a small one.

use crate::child::{self, Child};
use crate::say;
use crate::support::{World, all, assert_whole, content, delivery, end, id, missing, ok, until};
use servo_webhooks_store::{Notice, Refused, State, Store, Trouble};
use std::fs;
use std::path::Path;
use std::time::Duration;

const SETTLED: u64 = 2000;

#[test]
fn way_4_and_5_a_full_disk_refuses_settles_and_goes_on_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let Some(command) = child::on_a_small_disk("full", directory.path()) else {
        return missing("a mount namespace, for a disk that is full");
    };
    assert_eq!(Child::of(command).finish().last().unwrap(), "done");
}

/// The directory is a disk of 32 MiB.
pub fn fills(disk: &Path) {
    let directory = disk.join("store");
    let world = World::new();
    let (store, _) = Store::open(&directory, world.options()).unwrap();
    for number in 0..SETTLED {
        ok_in_the_end(store.accept(vec![delivery(number, "a")]));
    }
    store.flush(Duration::from_secs(60)).unwrap();
    say!("filled");
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![0; 18 << 20]).unwrap();
    let mut acknowledged = Vec::new();
    let refused = (SETTLED..).find_map(|number| {
        let ticket = match store.accept(vec![delivery(number, "b")]) {
            Ok(ticket) => ticket,
            Err(refused) => return Some(refused),
        };
        match ticket.wait(crate::support::PATIENCE).unwrap() {
            Ok(()) => {
                acknowledged.push(number);
                None
            }
            Err(refused) => Some(refused),
        }
    });
    assert_eq!(refused, Some(Refused::Trouble(Trouble::Full)));
    say!("full after {}", acknowledged.len());
    assert!(!store.health().accepting());
    let notices = world.notices();
    assert!(
        notices.contains(&Notice::Trouble(Trouble::Full)),
        "{notices:?}"
    );
    // Nothing more is accepted, and all that was can be settled and removed.
    let refused = store.accept(vec![delivery(90_000, "a")]).unwrap_err();
    assert_eq!(refused, Refused::Trouble(Trouble::Full));
    let settled = (0..SETTLED).map(|number| store.settled(id(number), end(State::Delivered, 1)));
    let settled: Vec<_> = settled.collect();
    settled.iter().for_each(ok);
    assert!(!store.health().accepting(), "there is room already");
    say!("settled");
    let found = all(&directory);
    for number in &acknowledged {
        assert_eq!(found[&id(*number)].state, State::Waiting);
    }
    // A reader sees the end of those that were never accepted as nothing at all.
    assert_eq!(
        found.len() as u64,
        SETTLED + acknowledged.len() as u64,
        "what was refused is not there"
    );
    fs::remove_file(&ballast).unwrap();
    world.wait_for(|notice| (*notice == Notice::Recovered).then_some(()));
    ok(&store.accept(vec![delivery(100_000, "a")]).unwrap());
    assert!(store.health().accepting());
    let page = store.page("b", 0, 1).unwrap();
    assert_eq!(page[0].body.content, content(SETTLED));
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(&directory);
    say!("done");
}

fn ok_in_the_end(accepted: Result<servo_webhooks_store::Ticket, Refused>) {
    until(|| accepted.as_ref().ok());
}
