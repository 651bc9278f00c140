//! A veto above a limit, three ways, that holds when its responder is down.

use super::{Operator, adjustment, shows};

#[test]
fn a_veto_above_two_cores_three_ways() {
    let Some(operator) = Operator::new() else {
        return;
    };
    let (big, small) = (adjustment(4), adjustment(1));
    let hook = |url: &str, more: &str| {
        format!(
            "- {{name: limit, events: before:adjust, url: '{url}/', secret: {{env: SERVO_WEBHOOKS_SECRET}}{more}}}\n"
        )
    };
    let secret = "--secret env:SERVO_WEBHOOKS_SECRET";
    let cancelled = r#""outcome":"cancelled","reason":"at most 2 cores""#;

    // In the webhook: nobody is asked about less.
    let responder = operator.listens(&format!("{secret} --answer 'cancel:at most 2 cores'"));
    let condition =
        ", when: '.parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)'";
    operator.configures(&hook(&responder.url, condition));
    shows(&operator.runs(&[&big]).exits(0), &[cancelled]);
    shows(
        &operator.runs(&[&small]).exits(0),
        &[r#""outcome":"proceed""#, "skipped"],
    );
    // A slip in the condition: in doubt it is asked.
    let slip = ", when: '.parameters.adjustment[] | .value > 2'";
    operator.configures(&hook(&responder.url, slip));
    shows(&operator.runs(&[&big]).exits(0), &[cancelled, "WARN"]);
    let ended = responder.stops().exits(0);
    shows(&ended, &["2 requests: 2 verified, 0 refused"]);

    // In the responder: all are asked about.
    operator.0.write(
        "rules.yaml",
        "- when: .body.parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)\n  answer: cancel:at most 2 cores\n",
    );
    let responder = operator.listens(&format!("{secret} --script rules.yaml"));
    operator.configures(&hook(&responder.url, ""));
    shows(&operator.runs(&[&big]).exits(0), &[cancelled]);
    shows(
        &operator.runs(&[&small]).exits(0),
        &[r#""outcome":"proceed""#, "proceeded"],
    );
    let url = responder.url.clone();
    let ended = responder.stops().exits(0);
    shows(
        &ended,
        &["-> 200 cancel: at most 2 cores", "2 requests: 2 verified"],
    );

    // When it is down: without `on_error: cancel` the adjustment would be made.
    operator.configures(&hook(&url, ""));
    shows(
        &operator.runs(&[&small]).exits(0),
        &[r#""outcome":"proceed""#, "no_answer"],
    );
    operator.configures(&hook(&url, ", on_error: cancel"));
    shows(
        &operator.runs(&[&small]).exits(0),
        &[r#""outcome":"cancelled""#, "connection refused"],
    );
}
