//! A configuration is read or refused, with a place for each problem.
#![no_main]

use libfuzzer_sys::fuzz_target;
use servo_webhooks::Severity;
use servo_webhooks::__internal::config::Document;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let document = match Document::parse("fuzz.yaml", Path::new(""), bytes) {
        Ok(document) => document,
        Err(problems) => {
            assert!(problems.to_string().contains("fuzz.yaml"));
            return;
        }
    };
    assert!(serde_json::from_str::<serde_json::Value>(document.json()).is_ok());
    let read = documents::config::parse(document.json(), &[], "");
    let located = read.problems.into_iter().map(|problem| {
        document.locate(Severity::Error, &problem.path, problem.at_key, problem.message)
    });
    let count = document.problems().len();
    let all: Vec<_> = located.chain(document.problems().to_vec()).collect();
    assert!(all.len() >= count);
    let _ = document.report(all).to_string();
});
