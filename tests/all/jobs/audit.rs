//! A configuration of somebody else's has to be answered for: what is wrong in it, and what it
//! comes to.

use super::{Operator, adjustment, shows};

const CONFIGURATION: &str = "webhooks:
  - name: store
    events: after:measure
    url: https://hooks.example.com/hunter2
    secret: {env: NEW}
    when: '.paramters.metrics | length > 0'
  - name: approve
    events: before:ajust
    url: http://10.0.0.7:8080/hunter2
    secret: [{env: NEW}, {env: OLD}]
    on_error: cancel
    backoff: {max_tries: 240, max_time: 6h}
    when: '.parameters.adjustments | any(.setting_name == \"cpu\" and .value >> 2)'
";

/// Whether a mark stands under this text of the line before it.
fn marks(screen: &str, text: &str) -> bool {
    let lines: Vec<&str> = screen.lines().collect();
    lines.windows(2).any(|pair| {
        let at = pair[1].find('^');
        at.is_some() && pair[0].find(text) == at
    })
}

#[test]
fn a_configuration_is_audited() {
    let Some(operator) = Operator::new() else {
        return;
    };
    // All at once, each with its place.
    operator.configures(CONFIGURATION);
    let check = "servo-webhooks check servo.yaml --strict";
    let wrong = operator.types(check).exits(2);
    shows(
        &wrong,
        &[
            "servo.yaml:6:13",
            "did you mean parameters?",
            "servo.yaml:8:13",
            "did you mean \"adjust\"?",
            "servo.yaml:13:",
            "webhooks[1].when",
        ],
    );
    assert!(marks(&wrong.screen, "paramters"), "{}", wrong.screen);
    assert!(marks(&wrong.screen, "> 2)'"), "{}", wrong.screen);
    // The cure of what is an error leaves warnings: errors to who is strict.
    let text = CONFIGURATION.replace(">> 2", "> 2");
    operator.configures(&text);
    shows(
        &operator.types("servo-webhooks check servo.yaml").exits(0),
        &["ok: 2 webhooks, 3 warnings", "warning: "],
    );
    shows(
        &operator.types(check).exits(2),
        &["servo.yaml:9:10", "10.0.0.7 is a private address"],
    );
    let text = text.replace("paramters", "parameters");
    operator.configures(&text.replace("ajust", "adjust"));
    shows(
        &operator.types(&format!("{check} --allow private")).exits(0),
        &["ok: 2 webhooks, no problems"],
    );

    // Who is asked, with which secret, and what if nobody answers.
    let mut setup = operator.setup();
    setup.columns = 240;
    let wide = setup
        .start(&["servo-webhooks", "list", "--wide"])
        .finish()
        .exits(0);
    let row = |name: &str| {
        let row = wide.screen.lines().find(|line| line.contains(name));
        row.unwrap().to_owned()
    };
    for part in ["ON ERROR", "WHEN", "SECRETS", "SIGNATURES"] {
        assert!(row("NAME").contains(part), "{}", wide.screen);
    }
    for part in [
        "before:adjust",
        "240 in 6h",
        "cancel",
        ".value > 2",
        "{env: NEW}",
    ] {
        assert!(row("approve").contains(part), "{}", wide.screen);
    }
    let shown = operator.types("servo-webhooks show approve").exits(0);
    shows(
        &shown,
        &[
            "approve (#1, enabled)",
            "timeout           5s (default)",
            "on_error          cancel",
            "up to 240 attempts of at most 5s each, within 6h",
            "and no longer than --before-budget (30s by",
            "without an answer the event is cancelled",
            "refused: 10.0.0.7 is a private address; allow it with --allow private",
        ],
    );

    // What would happen.
    operator.0.write(
        "events.jsonl",
        [adjustment(4), adjustment(1)].join("\n") + "\n",
    );
    let explained = operator
        .types("servo-webhooks explain --events events.jsonl --allow private")
        .exits(0);
    shows(
        &explained,
        &[
            "approve: fires: it listens to before:adjust",
            "approve: does not fire: when is false",
            "store: does not fire: it listens to after:measure",
        ],
    );
    shows(
        &operator
            .types("servo-webhooks explain before:adjust")
            .exits(0),
        &[
            "approve: fires",
            "but refused: 10.0.0.7 is a private address",
        ],
    );
    // No command showed what is confidential.
    for ended in [wrong, wide, shown, explained] {
        for secret in ["hunter2", "n3w", "s3cr3t"] {
            assert!(!ended.raw.contains(secret), "{}", ended.screen);
        }
    }
}
