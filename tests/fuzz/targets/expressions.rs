//! An expression is compiled or refused. It is not run: what stops one that runs for ever
//! is the sandbox, and that is not here.
#![no_main]

use expressions::Expression;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(faults) = Expression::compile(text) {
        assert!(!faults.is_empty());
    }
});
