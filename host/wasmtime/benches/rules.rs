//! What the rules cost in the sandbox: `cargo bench`. Each figure is the median of many
//! calls, beside what it is to be compared with from the same run.
#![allow(clippy::unwrap_used, missing_docs)]

use futures_util::FutureExt;
use servo_webhooks::connector::{Shape, wit};
use servo_webhooks::{Configuration, Connector, Event, Options, Reading, Results, Webhooks};
use std::hint::black_box;
use std::time::{Duration, Instant};

const PARAMETERS: &str = r#"{"adjustments":[{"component_name":"web","setting_name":"cpu","value":2.5},{"component_name":"db","setting_name":"mem","value":"4GiB"}],"control":{"settlement":null}}"#;
const RESULTS: &str = r#"[{"connector":"kubernetes","value":{"components":[{"name":"web","settings":[{"name":"cpu","type":"range","pinned":false,"value":2.5,"unit":"cores","min":0.5,"max":8.0,"step":0.5}]},{"name":"db","settings":[{"name":"mem","type":"range","pinned":false,"value":4.0,"unit":"GiB","min":1.0,"max":16.0,"step":1.0}]}],"metrics":[]}}]"#;

/// Of an after event, with the default retries.
const POLICY: &str = "after 12 180000000000";

const WHEN: &str =
    r#"{"when": ".parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)"}"#;
const PAYLOAD: &str = r#"{"payload": "{\"@timestamp\": .created_at, event: {action: .event, id: .id}, components: [.results[].value.components[]?]}"}"#;

fn main() {
    let connector = Connector::built_in().unwrap();
    let default = median(20_000, || {
        drop(black_box(render(&connector, &Shape::default())))
    });
    let path = median(20_000, || whole_path(&connector));
    println!("{:<44} {:>9} {:>9} {:>7}", "", "median", "beside", "ratio");
    line("render, sign, judge, fresh; beside render", path, default);
    for (name, fields) in [("when", WHEN), ("payload", PAYLOAD)] {
        let shape = shape(&connector, fields);
        let warm = median(20_000, || drop(black_box(render(&connector, &shape))));
        line(
            &format!("{name}, warm; beside the default path"),
            warm,
            path,
        );
    }
    let again = median(20_000, || {
        drop(black_box(render(&connector, &Shape::default())))
    });
    line("render after expressions; beside before", again, default);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let ten = unheard(&connector, 10);
    line(
        "an unheard event, 10,000 webhooks; beside 10",
        unheard(&connector, 10_000),
        ten,
    );
}

fn line(name: &str, ours: Duration, beside: Duration) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let ratio = micros(ours) / micros(beside);
    println!(
        "{name:<44} {:>6.1} us {:>6.1} us {ratio:>7.2}",
        micros(ours),
        micros(beside)
    );
}

fn median(count: usize, mut call: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..count)
        .map(|_| {
            let started = Instant::now();
            call();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[count / 2]
}

fn shape(connector: &Connector, fields: &str) -> Shape {
    let mut webhook: serde_json::Value = serde_json::from_str(fields).unwrap();
    webhook["events"] = "after:adjust".into();
    webhook["url"] = "http://127.0.0.1/".into();
    webhook["secret"] = serde_json::json!({"handle": 0});
    let document = serde_json::json!([webhook]).to_string();
    let read = connector.parse_config(&document, &[], "").unwrap();
    Shape {
        token: read.webhooks[0].shape.clone(),
        warm: true,
    }
}

fn render(connector: &Connector, shape: &Shape) -> String {
    let occasion = wit::Occasion::Event(wit::EventParam {
        name: "after:adjust",
        id: "01a20aa8-f525-771f-81b4-4d748b3035ec",
        created: "2026-11-23T11:23:42.243402+00:00",
        parameters: PARAMETERS,
        results: Some(RESULTS),
    });
    let size = PARAMETERS.len() + RESULTS.len();
    match connector.render(shape, occasion, size) {
        Ok(Ok(wit::Rendering::Send(request))) => request.body.unwrap(),
        other => unreachable!("{other:?}"),
    }
}

fn whole_path(connector: &Connector) {
    let body = render(connector, &Shape::default());
    let stamp = wit::Stamp {
        delivery: "01a20aa8-f6a5-74da-87cc-3accaf9b6684",
        attempt: 1,
        now: 0,
    };
    let signed = connector.sign("", &["secret"], stamp, wit::Content::Text(&body));
    let answer = wit::Answer {
        status: 204,
        headers: &[],
        body: None,
    };
    let attempt = wit::Attempt {
        number: 1,
        elapsed: 0,
        now: 0,
        outcome: wit::Outcome::Answer(answer),
    };
    let ruling = connector.judge(POLICY, attempt).unwrap();
    assert!(matches!(ruling.verdict, wit::Verdict::Delivered));
    drop(black_box((signed, ruling)));
}

/// An event that none of so many webhooks listens to.
fn unheard(connector: &Connector, count: usize) -> Duration {
    use std::fmt::Write as _;
    let mut yaml = String::new();
    for index in 0..count {
        writeln!(
            yaml,
            "- {{events: 'after:e{index}', url: 'http://127.0.0.1/', secret: s}}"
        )
        .unwrap();
    }
    let configuration = Configuration::read(
        connector,
        "bench.yaml",
        "".as_ref(),
        yaml.as_bytes(),
        &Reading::default(),
    )
    .unwrap();
    let webhooks = Webhooks::start(connector, configuration, Options::default(), ()).unwrap();
    let (event, results) = (Event::new("measure").unwrap(), Results::new());
    median(20_000, || {
        drop(black_box(webhooks.after(&event, &results).now_or_never()))
    })
}
