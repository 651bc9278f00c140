//! A secret is replaced by another one.

use super::{MEASURE, Operator, shows};

#[test]
fn a_secret_is_rotated_without_a_lost_delivery() {
    let Some(operator) = Operator::new() else {
        return;
    };
    // The responder accepts both while they rotate.
    let responder = operator.listens("--secret env:OLD --secret env:NEW");
    let hook = |secrets: &str| {
        format!(
            "- {{name: hook, events: after:measure, url: '{}', secret: {secrets}, backoff: false}}\n",
            responder.url
        )
    };
    operator.configures(&hook("{env: OLD}"));
    // A person types the events and the signals.
    let mut shell = operator.setup().start(&["sh"]);
    shell.press("mkfifo events; servo-webhooks run --events events --allow loopback --log-level info & exec 3>events\r");
    let event = |id: &str| format!("echo '{{\"event\":\"after:measure\",\"id\":\"{id}\"}}' >&3\r");
    shell.press(&event("one"));
    shell.until("a delivery", |screen| {
        screen.matches("\"delivered\"").count() == 1
    });
    operator.configures(&hook("[{env: NEW}, {env: OLD}]"));
    shell.press("kill -HUP $!\r");
    shell.until("a reload", |screen| {
        screen.contains("reloaded") || screen.contains("read anew")
    });
    shell.press(&event("two"));
    shell.until("another delivery", |screen| {
        screen.matches("\"delivered\"").count() == 2
    });
    shell.press("exec 3>&-; wait $!; echo \"it ended with $?\"; exit\r");
    shell.until_shown("it ended with 0");
    shell.finish().exits(0);
    shows(
        &responder.stops().exits(0),
        &["2 requests: 2 verified, 0 refused"],
    );
    // Then the old one goes: what it signed is refused.
    let responder = operator.listens("--secret env:NEW");
    operator.configures(&format!(
        "- {{name: hook, events: after:measure, url: '{}', secret: [{{env: NEW}}, {{env: OLD}}]}}\n",
        responder.url
    ));
    operator.runs(&[MEASURE]).exits(0);
    shows(&responder.stops().exits(0), &["1 request: 1 verified"]);
}
