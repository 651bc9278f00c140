//! Whole worlds of webhooks, from a seed, in virtual time.
//!
//! A world has webhooks, endpoints that answer, hang, fail, veto and come back, events before
//! and after, reloads, shutdowns, and a process that stands still. Three of four have a store,
//! and a process that dies at any moment. After each step everything is checked that must
//! always hold; see `ledger.rs` and `restart_ledger.rs`. A world that breaks a rule prints its
//! seed; `SEED=N cargo test -p lifecycle --test simulation` runs it again.
//!
//! `STEPS=100000000 cargo test --release -p lifecycle --test simulation` runs for longer.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a rule that is broken is to stop it"
)]

mod bounds;
mod breaker;
mod check;
mod deliveries;
mod disk;
mod endpoint;
mod gentle_start;
mod ledger;
mod loader;
mod pause;
mod questions;
mod restart;
mod restart_ledger;
mod store;
mod webhook;
mod world;
mod written;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use world::{Figures, World};

/// Of one world, at most: then another one begins.
const STEPS_OF_A_WORLD: u64 = 2_000;

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}

/// Runs a world to its end; how many steps it had, and what happened to its store.
fn run(seed: u64) -> (u64, Figures) {
    let world = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(seed);
        while world.steps < STEPS_OF_A_WORLD && !world.has_ended() {
            world.step();
        }
        world.end();
        (world.steps, world.figures)
    }));
    world.unwrap_or_else(|panic| {
        eprintln!("a rule was broken; run it again with SEED={seed}");
        resume_unwind(panic)
    })
}

#[test]
fn what_must_always_hold_holds() {
    if let Some(seed) = number("SEED") {
        run(seed);
        return;
    }
    let steps = number("STEPS").unwrap_or(1_000_000);
    // Other worlds each day would make a failure somebody else's.
    let (mut seed, mut done) = (number("FIRST_SEED").unwrap_or(0), 0);
    let mut all = Figures::default();
    while done < steps {
        let (more, figures) = run(seed);
        done += more;
        seed += 1;
        all.crashes += figures.crashes;
        all.restored += figures.restored;
        all.spilled += figures.spilled;
        all.orphaned += figures.orphaned;
        all.replayed += figures.replayed;
        all.forgotten += figures.forgotten;
    }
    println!("{done} steps in {seed} worlds: {all:?}");
}
