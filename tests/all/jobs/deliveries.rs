//! A first delivery, and those to services that want a form of their own.

use super::{MEASURE, Operator, adjustment, shows};

#[test]
fn a_first_delivery() {
    let Some(operator) = Operator::new() else {
        return;
    };
    operator
        .types("servo-webhooks generate --output servo.yaml")
        .exits(0);
    shows(
        &operator.types("servo-webhooks check").exits(0),
        &["ok: 3 webhooks"],
    );
    shows(
        &operator
            .types("servo-webhooks explain after:measure")
            .exits(0),
        &["measurements: fires", "approve-adjustments: does not fire"],
    );
    let responder = operator.listens("--secret env:SERVO_WEBHOOKS_SECRET");
    let starter = std::fs::read_to_string(operator.0.path("servo.yaml")).unwrap();
    operator.configures(&starter.replace("https://example.com", &responder.url));
    // The address of this machine is not public: what to do is said.
    let refused = operator.types("servo-webhooks trigger after:measure measurements");
    shows(&refused.exits(1), &["--allow loopback"]);
    shows(
        &operator
            .types("servo-webhooks trigger after:measure measurements --allow loopback")
            .exits(0),
        &["delivered"],
    );
    shows(
        &operator.runs(&[MEASURE]).exits(0),
        &[r#""outcome":"delivered""#],
    );
    let ended = responder.stops().exits(0);
    shows(
        &ended,
        &[
            "after:measure",
            "verified -> 200",
            "2 requests: 2 verified, 0 refused",
        ],
    );
}

#[test]
fn a_chat_room_and_a_cloud_event() {
    let Some(operator) = Operator::new() else {
        return;
    };
    let responder = operator.listens("--secret env:SERVO_WEBHOOKS_SECRET --verbose");
    operator.configures(&format!(
        r#"
- name: chat
  events: after:adjust
  url: {0}/chat
  secret: {{env: SERVO_WEBHOOKS_SECRET}}
  payload: '{{text: "\(.source // "a servo") made \(.parameters.adjustments | length) adjustments"}}'
- name: cloud
  events: after:measure
  url: {0}/cloud
  secret: {{env: SERVO_WEBHOOKS_SECRET}}
  format: cloudevents
"#,
        responder.url
    ));
    operator.0.write(
        "events.jsonl",
        format!(
            "{}\n{MEASURE}\n",
            adjustment(2).replace("before:", "after:")
        ),
    );
    let run = "servo-webhooks run --events events.jsonl --allow loopback --source /servos/web";
    operator.types(run).exits(0);
    shows(
        &responder.stops().exits(0),
        &[
            "\"text\": \"/servos/web made 1 adjustments\"",
            "\"specversion\": \"1.0\"",
            "\"type\": \"com.opsani.servo.after.measure\"",
            "2 requests: 2 verified, 0 refused",
        ],
    );
}
