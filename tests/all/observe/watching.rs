//! `top`, which reads the metrics that the program really has.

use super::Watched;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use serde_json::Value;

#[test]
fn top_shows_what_a_program_does() {
    let responder = Responder::start(|request| match &*request.path {
        "/asks" => Reply::cancel("no"),
        "/gone" => Reply::status(410),
        _ => Reply::status(200),
    });
    let hook = |name: &str, event: &str| {
        let url = responder.url(&format!("/{name}"));
        format!("- {{name: {name}, events: '{event}', url: '{url}', secret: s}}\n")
    };
    let hooks = [
        hook("tells", "after:measure"),
        hook("asks", "before:adjust"),
        hook("gone", "after:adjust"),
    ];
    let program = Program::new(&hooks.concat());
    let served = Watched::serve(&program, &["--store", "store"]);
    for event in [
        "after:measure",
        "after:measure",
        "before:adjust",
        "after:adjust",
    ] {
        assert!(served.post(&format!("{{\"event\":\"{event}\"}}")).status < 300);
    }
    for (webhook, outcome, count) in [("tells", "delivered", "2"), ("gone", "failed", "1")] {
        let labels = format!("webhook=\"{webhook}\",outcome=\"{outcome}\"");
        served.until(
            &format!("servo_webhooks_deliveries_total{{{labels}}}"),
            count,
        );
    }
    // What waits on disk is counted every few seconds.
    for webhook in ["tells", "gone"] {
        let sample = format!("servo_webhooks_waiting{{webhook=\"{webhook}\"}}");
        served.until(&sample, "0.0");
    }
    let arguments = ["top", "--metrics", &served.metrics, "--interval", "200ms"];
    let finished = program
        .call(&[&arguments[..], &["--json"]].concat())
        .exits(0);
    let record: Value = serde_json::from_str(&finished.stdout).unwrap();
    let of = |name: &str| {
        let webhooks = record["webhooks"].as_array().unwrap();
        let found = webhooks.iter().find(|webhook| webhook["webhook"] == name);
        found.unwrap_or_else(|| panic!("{name}: {record}"))
    };
    let expected = [
        ("tells", "on", 2, 0, 0, 0),
        ("asks", "on", 0, 0, 1, 1),
        ("gone", "off", 0, 1, 0, 0),
    ];
    for (name, state, delivered, failed, asked, vetoed) in expected {
        let webhook = of(name);
        assert_eq!(webhook["state"], state, "{webhook}");
        assert_eq!(webhook["breaker"], "closed", "{webhook}");
        assert_eq!(webhook["delivered"], delivered, "{webhook}");
        assert_eq!(webhook["failed"], failed, "{webhook}");
        assert_eq!(webhook["asked"], asked, "{webhook}");
        assert_eq!(webhook["vetoed"], vetoed, "{webhook}");
        assert_eq!(
            (&webhook["waiting"], &webhook["failed_open"]),
            (&0.into(), &0.into())
        );
        assert!(webhook["p95_seconds"].as_f64().unwrap() > 0.0, "{webhook}");
    }
    let whole = &record["program"];
    assert_eq!(whole["events"], 4, "{whole}");
    assert_eq!(whole["cancelled"], 1, "{whole}");
    assert_eq!(whole["dead_letters"], 1, "{whole}");
    assert_eq!(whole["store_accepting"], true, "{whole}");
    assert_eq!(whole["last_reload_successful"], true, "{whole}");
    assert!(whole["store_limit_bytes"].as_u64() > whole["store_bytes"].as_u64());
    served.end(0);
}
