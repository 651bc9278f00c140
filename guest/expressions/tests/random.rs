//! Whatever a program makes of an input is JSON, or an error; it never panics.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, dead_code)]

mod generator;

use expressions::{Expression, read, write};
use generator::{Dice, input, program};
use serde_json::value::RawValue;

/// The outputs of a program that are looked at.
const MOST: usize = 16;

/// Runs a program on inputs; whether it was compiled.
fn run(program: &str, inputs: &[String]) -> bool {
    let Ok(expression) = Expression::compile(program) else {
        return false;
    };
    for input in inputs {
        let outputs = expression.run(read(input).unwrap(), "2026-11-23T11:23:42.5+01:00");
        for output in outputs.take(MOST) {
            let Ok(text) = output.and_then(|value| write(&value)) else {
                continue;
            };
            // Deeper than the check can look is not deeper than is written.
            if let Err(error) = serde_json::from_str::<&RawValue>(&text) {
                let deep = error.to_string().contains("recursion limit");
                assert!(deep, "{error}\n{program}\n{input}\n{text}");
            }
        }
    }
    true
}

/// `PROGRAMS=625000 INPUTS=16 cargo test --release` looks at ten million; `SEED` says where to
/// begin.
#[test]
fn what_comes_out_is_json() {
    let number = |name: &str, otherwise| {
        let text = std::env::var(name).ok();
        text.map_or(otherwise, |text| text.parse::<u64>().unwrap())
    };
    let (seed, count) = (number("SEED", 1), number("PROGRAMS", 3_000));
    let inputs_each = number("INPUTS", 4);
    // Nested programs call the evaluator deep; how deep they may is up to the sandbox.
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    let play = move || {
        let mut compiled = 0;
        for seed in seed..seed + count {
            let mut dice = Dice::new(seed);
            let depth = 1 + (seed % 4) as usize;
            let program = program(&mut dice, depth);
            let inputs: Vec<_> = (0..inputs_each).map(|_| input(&mut dice, 3)).collect();
            compiled += u64::from(run(&program, &inputs));
            if count > 100_000 && seed % 50_000 == 0 {
                println!("{seed}: {compiled} compiled");
            }
        }
        compiled
    };
    let compiled = thread.spawn(play).unwrap().join().unwrap();
    println!("{compiled} of {count} programs ran on {inputs_each} inputs each");
    assert!(compiled * 10 > count * 8, "{compiled} of {count}");
}
