//! What it says of a wrong configuration, and of a hostile connector.

use super::{Canaries, planted, responder};
use crate::support::faulty_connector::{Fault, sabotage};
use crate::support::program::Program;
use servo_webhooks::Component;

#[test]
fn none_is_seen_in_a_wrong_configuration() {
    let canaries = Canaries::default();
    let put = |place| canaries.put(place);
    for yaml in [
        format!(
            "- {{events: 'before:adjust', url: 'ftp://x/{}', secret: '{}'}}",
            put("path"),
            put("key")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://{}:{}@x/', secret: s}}",
            put("user"),
            put("password")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: ['{}', 3]}}",
            put("key")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: 'whsec_{}'}}",
            put("badkey")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: s, headers: {{'X-A': \"{}\\n\"}}}}",
            put("header")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: s, headers: {{Host: '{}'}}}}",
            put("host")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: {{file: missing}}, headers: {{a: '{}'}}}}",
            put("header")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: s, headers: '{}'}}",
            put("headers")
        ),
        format!(
            "- {{events: 'before:adjust', url: 'http://x/', secret: '{}'\n  :",
            put("brokenyaml")
        ),
    ] {
        let said = Program::new(&yaml).call(&["check", "--log-level", "trace"]);
        canaries.are_not_in(&said, "check");
        assert!(said.stderr.contains("servo.yaml"), "{}", said.stderr);
    }
}

/// A connector sees the keys while it signs: what it says then is not passed on.
#[test]
fn none_is_seen_in_what_a_hostile_connector_says() {
    let canaries: &'static Canaries = Box::leak(Box::default());
    let responder = responder(canaries);
    for fault in [Fault::EchoSecrets, Fault::TellSecret] {
        let program = planted(canaries, &responder);
        program.write(
            "hostile.wasm",
            sabotage(Component::built_in().bytes(), "sign", &fault),
        );
        for command in [
            &["check"][..],
            &["list"],
            &["trigger", "after:adjust", "accepts", "--allow", "loopback"],
        ] {
            let said = program.call(
                &[
                    command,
                    &["--component", "hostile.wasm", "--log-level", "trace"],
                ]
                .concat(),
            );
            canaries.are_not_in(&said, &format!("{fault:?}, {command:?}"));
        }
        let said = program.run(
            "{\"event\":\"before:adjust\"}\n",
            &["--component", "hostile.wasm", "--log-level", "trace"],
        );
        canaries.are_not_in(&said, &format!("{fault:?}"));
    }
    assert_eq!(responder.received().len(), 0);
}
