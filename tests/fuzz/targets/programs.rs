//! Programs that are put together from bytes, run on inputs from the same bytes: what comes
//! out is JSON, and nothing panics. They end by their making.
#![no_main]

#[path = "../../../guest/expressions/tests/generator/mod.rs"]
#[allow(dead_code)]
mod generator;

use expressions::{Expression, read, write};
use generator::{Bytes, input, program};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut chance = Bytes(bytes);
    let input = input(&mut chance, 2);
    let program = program(&mut chance, 4);
    let Ok(expression) = Expression::compile(&program) else {
        return;
    };
    let Ok(input) = read(&input) else {
        panic!("{input} is not read");
    };
    for output in expression.run(input, "2026-11-23T11:23:42.5+01:00").take(16) {
        let Ok(text) = output.and_then(|value| write(&value)) else {
            continue;
        };
        if let Err(error) = serde_json::from_str::<serde_json::Value>(&text) {
            let deep = error.to_string().contains("recursion limit");
            assert!(deep, "{error}: {program} gave {text}");
        }
    }
});
