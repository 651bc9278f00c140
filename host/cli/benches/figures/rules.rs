//! What the rules cost in the sandbox, beside the same rules called natively.

use super::context::Context;
use super::events::{self, PARAMETERS};
use super::figure::{Curve, Figure, Goal, Growth, Measured, median};
use super::native::{Native, Sha1};
use servo_webhooks::__internal::connector::{Contract, Rendered, Shape, wit};
use servo_webhooks::Connector;
use std::hint::black_box;
use std::time::Instant;

/// A UUID, as ids and deliveries have them.
pub const ID: &str = "01a20aa8-f525-771f-81b4-4d748b3035ec";

/// As the host writes it.
pub const CREATED: &str = "2026-11-23T11:23:42.243402+00:00";

/// Of an after event, with the default retries.
pub const POLICY: &str = "after 12 180000000000";

const WHEN: &str =
    r#"{"when": ".parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)"}"#;
const PAYLOAD: &str = r#"{"payload": "{\"@timestamp\": .created_at, event: {action: .event, id: .id}, components: [.results[].value.components[]?]}"}"#;

/// Bytes of a body, from 1 KB to 10 MB.
const SIZES: [usize; 5] = [1000, 10_000, 100_000, 1_000_000, 10_000_000];

/// What it is called on the plot, and how it is made.
const WAYS: [&str; 4] = [
    "fresh",
    "warm",
    "native, software SHA-1",
    "native, SHA instructions",
];

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let connector = Connector::built_in().unwrap();
    let sizes: Vec<[Vec<f64>; 4]> = SIZES
        .iter()
        .map(|size| render_and_sign(context, &connector, *size))
        .collect();
    let mut figures = Vec::new();
    for (index, most) in [(0, 12.0), (1, 6.0)] {
        let name = format!(
            "render, sign and judge, 1 KB, {}, ruling remembered",
            WAYS[index]
        );
        let figure = Figure::new(&name, "us", &sizes[0][index]);
        let goal = Goal::at_most(most);
        figures.push(figure.clone().goal(goal).beside(WAYS[2], &sizes[0][2]));
        figures.push(figure.beside(WAYS[3], &sizes[0][3]));
    }
    figures.push(judge(context, &connector));
    for index in [0, 1] {
        let name = format!("render and sign, 1 MB, {}", WAYS[index]);
        let figure = Figure::new(&name, "us", &sizes[3][index]);
        let goal = Goal::at_most_times(1.3);
        figures.push(figure.beside(WAYS[2], &sizes[3][2]).goal(goal));
    }
    figures.extend(expressions(context));
    Measured {
        figures,
        growth: vec![growth(&sizes)],
        skipped: Vec::new(),
    }
}

/// Microseconds of each way, for each round. The host judges an answer only once of each
/// kind: a ruling `delivered` is remembered.
fn render_and_sign(context: &Context, connector: &Connector, size: usize) -> [Vec<f64>; 4] {
    let results = events::results(size);
    let kept = connector.clone().reuse_instances();
    let native = Native::new(&results);
    let (body, signature) = signed(connector, &results);
    for sha1 in [Sha1::Software, Sha1::Instructions] {
        assert_eq!(native.signed(sha1), (body.clone(), signature.clone()));
    }
    let (batches, calls) = match size {
        ..10_000 => (400, 10),
        _ => ((20_000_000 / size).clamp(3, 400), 1),
    };
    let time =
        |call: &dyn Fn() -> (String, String)| micros(batches, calls, || drop(black_box(call())));
    context.rounds(|| {
        [
            time(&|| signed(connector, &results)),
            time(&|| signed(&kept, &results)),
            time(&|| native.signed(Sha1::Software)),
            time(&|| native.signed(Sha1::Instructions)),
        ]
    })
}

/// A ruling that is not remembered.
fn judge(context: &Context, connector: &Connector) -> Figure {
    let native = Native::new("[]");
    let [fresh, natively] = context.rounds(|| {
        [
            micros(400, 10, || judged(connector)),
            micros(400, 10, || native.judged()),
        ]
    });
    Figure::new("judge, fresh, not remembered", "us", &fresh).beside("native", &natively)
}

fn growth(sizes: &[[Vec<f64>; 4]]) -> Growth {
    let curve = |way: usize| Curve {
        name: WAYS[way].to_owned(),
        points: SIZES
            .iter()
            .zip(sizes)
            .map(|(size, times)| (*size as f64, median(&times[way])))
            .collect(),
    };
    Growth {
        name: "render and sign, us".to_owned(),
        with: "bytes of the body".to_owned(),
        logarithmic: (true, true),
        curves: (0..WAYS.len()).map(curve).collect(),
    }
}

fn expressions(context: &Context) -> Vec<Figure> {
    let results = events::results(SIZES[0]);
    // Never hears of an expression.
    let plain = Connector::built_in().unwrap();
    let connector = Connector::built_in().unwrap();
    let shapes = [WHEN, PAYLOAD].map(|fields| shape(&connector, fields));
    let time = |connector: &Connector, shape: &Shape| {
        micros(400, 10, || {
            drop(black_box(render(connector, shape, &results)))
        })
    };
    let default = Shape::default();
    let [path, before, after, when, payload] = context.rounds(|| {
        [
            micros(400, 10, || drop(black_box(signed(&plain, &results)))),
            time(&plain, &default),
            time(&connector, &default),
            time(&connector, &shapes[0]),
            time(&connector, &shapes[1]),
        ]
    });
    let beside = "default render and sign";
    vec![
        Figure::new("render with `when`", "us", &when).beside(beside, &path),
        Figure::new("render with `payload`", "us", &payload).beside(beside, &path),
        Figure::new("default render beside expressions", "us", &after)
            .beside("without them", &before),
    ]
}

/// The median of so many batches of so many calls: microseconds of one call.
pub fn micros(batches: usize, calls: u32, mut call: impl FnMut()) -> f64 {
    call();
    let times: Vec<f64> = (0..batches)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..calls {
                call();
            }
            started.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
        })
        .collect();
    median(&times)
}

fn shape(connector: &Connector, fields: &str) -> Shape {
    let mut webhook: serde_json::Value = serde_json::from_str(fields).unwrap();
    webhook["events"] = "after:adjust".into();
    webhook["url"] = "http://127.0.0.1/".into();
    webhook["secret"] = serde_json::json!({"handle": 0});
    let document = serde_json::json!([webhook]).to_string();
    let read = Contract::of(connector)
        .parse_config(&document, &[], "")
        .unwrap();
    Shape {
        token: read.webhooks[0].shape.clone(),
        warm: true,
    }
}

fn notification(results: &str) -> (wit::Notification<'_>, usize) {
    let notification = wit::Notification::Event(wit::EventParam {
        name: "after:adjust",
        id: ID,
        created: CREATED,
        parameters: PARAMETERS,
        results: Some(results),
    });
    (notification, PARAMETERS.len() + results.len())
}

fn body(rendered: Rendered) -> String {
    match rendered {
        Ok(wit::Rendering::Send(request)) => request.body.unwrap(),
        other => unreachable!("{other:?}"),
    }
}

fn render(connector: &Connector, shape: &Shape, results: &str) -> String {
    let (notification, size) = notification(results);
    body(
        Contract::of(connector)
            .render(shape, notification, size)
            .unwrap(),
    )
}

/// Renders and signs as for a single webhook; body and signature.
fn signed(connector: &Connector, results: &str) -> (String, String) {
    let (notification, size) = notification(results);
    let rendered = Contract::of(connector).render_to_sign(&Shape::default(), notification, size);
    let (rendered, mut sandbox) = rendered.unwrap();
    let body = body(rendered);
    let context = wit::SigningContext {
        delivery: ID,
        attempt: 1,
        now: 0,
    };
    let content = wit::Content::Text(&body);
    let signed =
        Contract::of(connector).sign_in(sandbox.as_mut(), "", &["secret"], context, content);
    let signature = signed.unwrap().unwrap().swap_remove(0).value;
    (body, signature)
}

fn judged(connector: &Connector) {
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
    let ruling = Contract::of(connector).judge(POLICY, attempt).unwrap();
    assert!(matches!(black_box(ruling).verdict, wit::Verdict::Delivered));
}
