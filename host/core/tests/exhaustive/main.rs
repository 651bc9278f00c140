//! Small worlds, searched to the end: two webhooks, three events, four answers, in every
//! order in which they can happen.
//!
//! A state is reached by the choices that led to it, which are made again from the start for
//! each: the core has no other way back. States that were seen are not entered again.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a rule that is broken is to stop it"
)]

mod questions;
mod settings;
mod world;

use lifecycle::OnError;
use settings::{Choice, Side, Start};
use std::collections::HashSet;
use world::World;

/// Every state that can be reached; how many there are.
fn search(start: Start) -> usize {
    let mut seen = HashSet::new();
    let mut frontier: Vec<Vec<Choice>> = vec![Vec::new()];
    while let Some(path) = frontier.pop() {
        let again = || {
            let mut world = World::new(start);
            for choice in &path {
                world.make(*choice);
            }
            world
        };
        for choice in again().choices() {
            let mut world = again();
            world.make(choice);
            if seen.insert(world.fingerprint()) {
                let mut path = path.clone();
                path.push(choice);
                frontier.push(path);
            }
        }
    }
    seen.len()
}

#[test]
fn nothing_can_go_wrong_in_a_small_world() {
    use OnError::{Cancel, Proceed};
    use Side::{After, Before};
    let quick = [
        [After, Before, Before],
        [Before, After, Before],
        [Before, Before, After],
    ];
    // Half a million states more: minutes, where the compiler does not optimise.
    let slow = [
        [After, After, Before],
        [Before, After, After],
        [After, Before, After],
    ];
    let worlds = if std::env::var_os("ALL_WORLDS").is_some() {
        [quick, slow].concat()
    } else {
        quick.into()
    };
    let mut states = 0;
    for events in worlds {
        for (failures, shared_endpoint, on_error) in [
            (0, false, [Proceed, Proceed]),
            (4, true, [Cancel, Proceed]),
            (4, false, [Cancel, Cancel]),
        ] {
            states += search(Start {
                events,
                on_error,
                failures,
                shared_endpoint,
            });
        }
    }
    println!("{states} states");
    assert!(states > 50_000, "it was not searched: {states} states");
}
