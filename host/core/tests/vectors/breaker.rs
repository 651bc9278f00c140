use crate::{cases, health, milliseconds, number, text, time};
use lifecycle::{Admission, Breaker, BreakerLimits, Change, Probe, Waited};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

fn play(case: &Value) {
    let limits = BreakerLimits {
        after: Duration::from_millis(number(&case["settings"], "after")),
        hold: Duration::from_millis(number(&case["settings"], "hold")),
    };
    let mut breaker = Breaker::default();
    let mut probes: HashMap<String, Probe> = HashMap::new();
    for step in case["steps"].as_array().unwrap() {
        let now = time(step, "at");
        let mut probe = || probes.remove(step["probe"].as_str()?);
        let mut done = match text(step, "happening") {
            "ask" => {
                let waited = match text(step, "waited") {
                    "fresh" => Waited::Not,
                    "held" => Waited::Some,
                    _ => Waited::Enough,
                };
                match breaker.admit(now, waited) {
                    Admission::Free => json!({"admission": "free"}),
                    Admission::Probe(probe) => {
                        probes.insert(text(step, "delivery").to_owned(), probe);
                        let kind = if probe.is_extra() {
                            "extra_probe"
                        } else {
                            "probe"
                        };
                        json!({"admission": kind})
                    }
                    Admission::Held(until) => {
                        json!({"admission": "held", "until": until.map(milliseconds)})
                    }
                }
            }
            "result" => {
                let last = step["last"].as_bool().unwrap();
                match breaker.note(limits, now, health(step), probe(), last) {
                    None => json!({"change": null}),
                    Some(Change::Opened {
                        failures,
                        lasting,
                        hold,
                    }) => json!({
                        "change": "opened", "failures": failures,
                        "lasting": lasting.as_millis(), "hold": hold.as_millis(),
                    }),
                    Some(Change::Reopened { hold }) => {
                        json!({"change": "reopened", "hold": hold.as_millis()})
                    }
                    Some(Change::Closed) => json!({"change": "closed"}),
                }
            }
            "given_back" => {
                breaker.release(probe().unwrap());
                json!({})
            }
            other => panic!("unknown happening: {other}"),
        };
        done["open"] = json!(!breaker.is_closed());
        assert_eq!(done, step["expect"], "{}: {step}", case["name"]);
    }
}

#[test]
fn breakers_live_as_the_vectors_say() {
    let cases = cases("breaker.json");
    assert!(cases.len() > 50);
    cases.iter().for_each(play);
}
