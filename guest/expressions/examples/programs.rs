//! Programs and inputs by chance, as cases for the example `play`.
//!
//!     cargo run -p expressions --example programs -- SEED COUNT | cargo run -p expressions --example play
#![allow(missing_docs)]

#[path = "../tests/generator/mod.rs"]
#[allow(dead_code)]
mod generator;

use generator::{Dice, input, program};

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse().ok());
    let mut number = |otherwise| numbers.next().flatten().unwrap_or(otherwise);
    let (seed, count): (u64, u64) = (number(1), number(10));
    for seed in seed..seed + count {
        let mut dice = Dice::new(seed);
        let expression = program(&mut dice, 1 + (seed % 4) as usize);
        let input = input(&mut dice, 3);
        println!(
            "{}",
            serde_json::json!({"expression": expression, "input": input})
        );
    }
}
